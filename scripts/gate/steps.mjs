import { run, say } from '../setup/steps.mjs';

const node = process.execPath;
const tsc = 'node_modules/typescript/bin/tsc';

/** Types, lint and format. */
export const check = [
  { what: 'types', program: node, args: [tsc, '-p', 'tests'] },
  { what: 'types of the page', program: node, args: [tsc, '-p', 'web', '--noEmit'] },
  {
    what: 'lint and format',
    program: node,
    args: ['node_modules/@biomejs/biome/bin/biome', 'ci', '--error-on-warnings', '.'],
  },
];

/** What makes the API's reference, with Node. */
export const typedoc = ['docs/api/node_modules/typedoc/bin/typedoc', '--options', 'docs/api/typedoc.json'];

/** Whether what the API's reference needs can be imported and has a docstring. */
export const reference = { what: "the API's reference", program: node, args: [...typedoc, '--emit', 'none'] };

/**
 * Runs steps one after another until one fails.
 * @param {{ what: string, program: string, args: string[] }[]} steps
 * @returns {Promise<number>} the exit code of the last one that ran
 */
export async function runSteps(steps) {
  for (const { what, program, args } of steps) {
    say(`\n■ ${what}`);
    const code = await run(program, args);
    if (code !== 0) {
      say(`\n✗ ${what} failed`);
      return code;
    }
  }
  return 0;
}
