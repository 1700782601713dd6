/**
 * @file Runs cells, one after another, and gathers what fails: what they throw, and what is thrown later or rejected
 * without anybody waiting for it.
 */
const fs = require('node:fs');
const path = require('node:path');
const { setTimeout: sleep } = require('node:timers/promises');
const vm = require('node:vm');
const { createCompiler, wayBack } = require('./compiler.cjs'); // before anything of tslab
const { describe, describeTypeError, failure, Failures } = require('./failures.cjs');
const { forgetListeners } = require('./interrupts.cjs');
const { addCompiled } = require('./places.cjs');
const { createExecutor } = require('tslab/dist/executor');

const WAITS = 50; // of 10 ms, for what a cell leaves behind

/** @typedef {{ name: string, file: string, failures: InstanceType<typeof Failures>, interrupted: boolean, free(): void }} Cell */

/** @type {Cell | undefined} */
let running;
let lastName = '';
let runs = 0;
/** What failed while no cell ran. The next one fails for it. */
let late = new Failures();

/** An error that no one awaited fails the cell that runs, or else the next; it is printed below the last one. @param {unknown} reason */
function reportUnhandled(reason) {
  const failed = describe(reason);
  if (running) running.failures.add(failed);
  else if (late.add({ ...failed, text: `After the end of ${lastName}:\n${failed.text}` })) console.error(failed.text);
}

/** @param {import('tslab/dist/converter').Diagnostic[]} errors @param {string} text the cell's */
function reportTypeErrors(errors, text) {
  for (const { start, fileName } of new Map(errors.map((error) => [error.start, error])).values()) {
    // What explains an error is listed after it, at the same place.
    const messages = errors.filter((error) => error.start === start).map(({ messageText }) => messageText);
    const file = fileName && path.resolve(fileName);
    const imported = file && fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : text;
    const source = { name: fileName ?? running?.name ?? '', text: imported };
    const place = { source, line: start.line + 1, column: start.character + 1 };
    running?.failures.add(describeTypeError(messages.join('\n'), place));
  }
}

const node = createCompiler((output, text) => {
  if (running) addCompiled(running.file, wayBack(output, { name: running.name, text }));
}, reportTypeErrors);
const executor = createExecutor(
  process.cwd(),
  { node, browser: node, close: () => node.close() },
  {
    log: console.log,
    // tslab calls it with what was thrown, or with a format and the text of a type error, which has been reported.
    error: (thrown, ...rest) => rest.length === 0 && !running?.interrupted && running?.failures.add(describe(thrown)),
  },
);

const { runInThisContext } = vm;
/**
 * Cells begin by themselves: an interrupt ends all JavaScript that is on the stack, and the compiler and the kernel shall
 * not be. One that has come while the cell was compiled gets its turn before.
 * @type {typeof runInThisContext}
 */
vm.runInThisContext = (code, options) => {
  const cell = running;
  if (!cell || !code.endsWith('(__tslab__.exports, __tslab__.require)')) return runInThisContext(code, options);
  return new Promise((resolve, reject) => {
    const begin = () => {
      if (cell.interrupted) return;
      try {
        resolve(runInThisContext(code, { filename: cell.file }));
      } catch (error) {
        reject(error);
      }
    };
    setTimeout(begin, 1);
  });
};

/** Waits. What is ended in a callback of `setImmediate` takes the others with it, but not timers. @param {number} ms */
const wait = (ms) => sleep(ms, undefined, { ref: false });
/** Number of timers, files being read, child processes and the like that Node still waits for. */
const pending = () => process.getActiveResourcesInfo().length;

/** tslab finds `name` of an earlier cell, but not in the shorthand `{ name }`: there it is found as a global. */
function shareVariables() {
  for (const name of Object.keys(executor.locals)) {
    if (name in globalThis) continue;
    Object.defineProperty(globalThis, name, { get: () => executor.locals[name], configurable: true });
  }
}

/**
 * Runs a cell.
 *
 * @param {string} code @param {string} name `cell [3]`
 * @param {boolean} lingers whether the cell is to end only when what it leaves behind has, timers for example; but for that
 *   it has half a second
 * @returns what failed
 */
async function runCell(code, name, lingers) {
  // An interrupt from before, which the event loop has not had a turn to hear of, is none of this cell.
  await wait(1);
  const pendingBefore = pending();
  forgetListeners();
  const failures = new Failures();
  /** @type {Promise<void>} */
  const freed = new Promise((free) => {
    running = { name, file: `thaw:cell/${++runs}`, failures, interrupted: false, free };
  });
  const ended = wait(1)
    .then(() => executor.execute(code))
    .catch(reportUnhandled);
  await Promise.race([ended, freed]);
  // Two turns of the event loop bring the rejections that nobody awaits, and the requests sent while the cell ran.
  await wait(1);
  await wait(1);
  const waits = lingers ? WAITS : 0;
  for (let waited = 0; waited < waits && !failures.error() && pending() > pendingBefore; waited++) await wait(10);
  running = undefined;
  lastName = name;
  shareVariables();
  failures.addAll(late);
  late = new Failures();
  return failures;
}

/** Ends the cell that runs, if any does; what it awaits goes on. */
function interruptCell() {
  if (!running) return;
  running.interrupted = true;
  running.failures.add(failure('KeyboardInterrupt', 'the cell was interrupted'));
  running.free();
  executor.interrupt();
}

module.exports = { executor, interruptCell, reportUnhandled, runCell };
