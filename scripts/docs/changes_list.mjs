import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { read, root } from '../setup/steps.mjs';

const require = createRequire(import.meta.url);

/** @param {string | null} upstream such as tensorflow/tfjs#673 */
function link(upstream) {
  if (upstream === null) return 'none found';
  const [repository, number] = upstream.split('#');
  return `[${upstream}](https://github.com/${repository}/issues/${number})`;
}

/** The list of what Thaw changes in tfjs, as it stands in docs/tfjs_changes.md and in README.md. */
function lists() {
  /** @type {typeof import('../../src/tfjs/index.js')} */
  const { CHANGES } = require('../../dist/tfjs');
  /** @type {typeof import('../../src/tfjs/patch.js')} */
  const { changedMembers } = require('../../dist/tfjs/patch');
  const rows = CHANGES.map(({ what, why, upstream }) => {
    const members = [...new Set(changedMembers(what))].map((member) => `\`${member}\``).join(', ');
    return `| ${what} | ${why} | ${members || 'a callback of each training'} | ${link(upstream)} |`;
  });
  const page = `# What importing Thaw changes in tfjs

In the order in which it is done. Each change reaches every model of the process, whoever builds it. This page is made of
[src/tfjs/index.ts](../src/tfjs/index.ts) by \`npm run docs\`; for each row tests/tfjs/changes.test.ts shows that tfjs by itself still
needs it. Before all of them src/tfjs/raw.ts gives Node 23 and later \`util.isNullOrUndefined\` back, which tfjs-node calls
([tensorflow/tfjs#8609](https://github.com/tensorflow/tfjs/issues/8609)).

| what | because | where | told to tfjs |
|---|---|---|---|
${rows.join('\n')}
`;
  return { page, bullets: CHANGES.map(({ what }) => `- ${what}`).join('\n') };
}

/** The files that hold the list, with the list as it is now. */
function files() {
  const { page, bullets } = lists();
  const readme = read(path.join(root, 'README.md'));
  const [start, end] = ['<!-- made by npm run docs -->', '<!-- end -->'];
  const [before, rest = ''] = readme.split(start);
  const after = rest.split(end)[1];
  return { 'docs/tfjs_changes.md': page, 'README.md': `${before}${start}\n${bullets}\n${end}${after}` };
}

/** The names of the files whose list is not that of src/tfjs. */
export function staleLists() {
  return Object.entries(files())
    .filter(([name, content]) => read(path.join(root, name)) !== content)
    .map(([name]) => name);
}

/** Writes the list into those files. */
export function writeLists() {
  for (const [name, content] of Object.entries(files())) fs.writeFileSync(path.join(root, name), content);
}
