import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { root } from '../support/root';

const folder = mkdtempSync(join(tmpdir(), 'thaw-floors-'));
after(() => rmSync(folder, { recursive: true }));
// As for one who keeps his checkouts in a folder src.
const scratch = join(folder, 'src', 'checkout');
mkdirSync(scratch, { recursive: true });

const FLOORS = [
  ['tfjs'],
  ['utils'],
  ['layers', 'losses', 'metrics', 'plots', 'datasets'],
  ['saving'],
  ['models', 'callbacks', 'applications'],
];
const ROOMS = FLOORS.flat();
const floorOf = (room: string) => FLOORS.findIndex((floor) => floor.includes(room));

const { vcs: _, ...configuration } = JSON.parse(readFileSync(join(root, 'biome.json'), 'utf8'));
writeFileSync(join(scratch, 'biome.json'), JSON.stringify(configuration));
copyFileSync(join(root, 'floors.grit'), join(scratch, 'floors.grit'));

/** Lints files of these contents; gives what one of the two rules finds, as `file:line`. */
function found(files: Record<string, string[]>, rule: 'plugin' | 'lint/suspicious/noImportCycles'): string[] {
  for (const name of ['src', 'tests']) rmSync(join(scratch, name), { recursive: true, force: true });
  for (const [name, lines] of Object.entries(files)) {
    mkdirSync(dirname(join(scratch, name)), { recursive: true });
    writeFileSync(join(scratch, name), `${lines.join('\n')}\n`);
  }
  const biome = join(root, 'node_modules/@biomejs/biome/bin/biome');
  const args = ['ci', '--reporter=github', '--max-diagnostics=none', '.'];
  const { stdout, status } = spawnSync(process.execPath, [biome, ...args], { cwd: scratch, encoding: 'utf8' });
  const errors = stdout.split('\n').filter((line) => line.startsWith(`::error title=${rule},`));
  if (errors.length > 0) assert.notEqual(status, 0);
  return errors.map((line) => {
    const [, file, at] = /file=(.*?),line=(\d+)/.exec(line)!;
    return `${file!.slice(file!.indexOf('checkout/') + 'checkout/'.length)}:${at}`;
  });
}

test('every room has its floor', () => {
  const rooms = readdirSync(join(root, 'src'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  assert.deepEqual(rooms.map(({ name }) => name).sort(), [...ROOMS].sort());
});

test('an import from a higher floor, or from another room of the same, is an error', () => {
  const files: Record<string, string[]> = {};
  const expected: string[] = [];
  for (const room of ROOMS) {
    for (const [name, up] of [
      [`src/${room}/file.ts`, '..'],
      [`src/${room}/inner/file.ts`, '../..'],
    ] as const) {
      const lines = [`import './${ROOMS[0]}_like';`, `import '${up}/${room}/other';`];
      for (const other of ROOMS.filter((each) => each !== room)) {
        for (const path of [`${up}/${other}`, `${up}/${other}/file`, `${up}/${other}/inner/file`]) {
          lines.push(`import { x } from '${path}';`);
          if (floorOf(other) >= floorOf(room)) expected.push(`${name}:${lines.length}`);
        }
      }
      lines.push(`import * as tf from '${up}/tf';`);
      if (room === 'tfjs') expected.push(`${name}:${lines.length}`);
      for (const barrel of [up, `${up}/index`, 'thaw']) {
        // In a folder of a room, '..' is that room.
        lines.push(`import { y } from '${barrel}';`);
        expected.push(`${name}:${lines.length}`);
      }
      files[name] = lines;
    }
  }
  assert.deepEqual(found(files, 'plugin').sort(), expected.sort());
});

test('whatever the form of the import', () => {
  const lines = [
    "import { a } from '../models/a';",
    "import type { b } from '../models/a';",
    "import { type c } from '../models/a';",
    "import * as d from '../models/a';",
    "import '../models/a';",
    "export * from '../models/a';",
    "export { e } from '../models/a';",
    "export type { f } from '../models/a';",
    "const g = import('../models/a');",
    "const h = require('../models/a');",
    "const i = require.resolve('../models/a');",
    "type J = import('../models/a').J;",
    "import k = require('../models/a');",
    'import l from "../models/a";',
  ];
  const expected = lines.map((_, index) => `src/utils/file.ts:${index + 1}`);
  assert.deepEqual(found({ 'src/utils/file.ts': lines }, 'plugin').sort(), expected.sort());
});

test('tfjs-node comes in by one door', () => {
  const raw = ["import * as a from '@tensorflow/tfjs-node';", "export type { B } from '@tensorflow/tfjs-node/dist/b';"];
  const files = {
    'src/tfjs/raw.ts': [...raw, "import './patch';"],
    'src/tfjs/graph/trace.ts': [...raw, "import * as tf from '../raw';"],
    'src/tf.ts': ["import './tfjs';", "export * from './tfjs/raw';", "import './utils/reason';", ...raw],
    'src/utils/file.ts': [...raw, "import * as tf from '../tfjs/raw';", "import { x } from '../tfjs/log_values';"],
    'tests/benchmarks/side.ts': raw,
    'src/index.ts': [...raw, "export * from './tfjs/raw';", "export * as utils from './utils';"],
  };
  const expected = ['src/tfjs/raw.ts:3'];
  for (const line of [1, 2]) expected.push(`src/tfjs/graph/trace.ts:${line}`);
  for (const line of [3, 4, 5]) expected.push(`src/tf.ts:${line}`);
  for (const line of [1, 2, 3]) expected.push(`src/utils/file.ts:${line}`, `src/index.ts:${line}`);
  assert.deepEqual([...new Set(found(files, 'plugin'))].sort(), expected.sort());
});

test('imports that go in a circle are an error, those of types too', () => {
  const files = {
    'src/utils/a.ts': ["import type { B } from './b';", 'export type A = B[];'],
    'src/utils/b.ts': ["import type { A } from './a';", 'export type B = { a: A };'],
    'src/utils/c.ts': ["import type { A } from './a';", 'export type C = A;'],
  };
  assert.deepEqual(found(files, 'lint/suspicious/noImportCycles').sort(), ['src/utils/a.ts:1', 'src/utils/b.ts:1']);
});
