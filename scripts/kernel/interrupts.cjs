/**
 * @file Interrupts while JavaScript gives the event loop no turn: a listener for SIGINT would hear of them only afterwards.
 */
const { Session } = require('node:inspector');
const path = require('node:path');
const { Worker } = require('node:worker_threads');

const INTERNALS = '--expose-internals';
/** Number of listeners for SIGINT that have been added since a cell began. */
const listeners = new Int32Array(new SharedArrayBuffer(4));

/**
 * @returns what ends the JavaScript on whose stack it is called, as if each of its functions had ended there: no `catch` and
 *   no `finally` holds it up. It gives false where it must be called again a little later.
 */
function ender() {
  // Node counts on callbacks to end or to throw, and where they did neither it would end the process: see its AsyncHooks.
  // Kernels that the spec of an older set-up starts lack the flag, and end where a callback of a timer is ended.
  const forgetCallbacks = process.execArgv.includes(INTERNALS)
    ? // @ts-expect-error: Node's own
      require('internal/async_hooks').clearAsyncIdStack
    : () => {};
  const session = new Session();
  session.connect();
  return () => {
    // JavaScript goes on to its next call or turn of a loop. In the function that notes which callback begins, that is
    // after it was noted: a callback more that neither ends nor throws.
    const [, , , innermost] = String(new Error().stack).split('\n');
    if (innermost?.includes('node:internal/async_hooks')) return false;
    forgetCallbacks();
    session.post('Runtime.terminateExecution');
    return true;
  };
}

/** Starts the thread that ends JavaScript which an interrupt does not reach (see interrupt_worker.cjs). */
function watchInterrupts() {
  process.on('newListener', (event) => event === 'SIGINT' && Atomics.add(listeners, 0, 1));
  process.on('removeListener', (event) => event === 'SIGINT' && Atomics.sub(listeners, 0, 1));
  Object.defineProperty(globalThis, Symbol.for('thaw.end'), { value: ender() });
  // A thread hears no signals but by what Node keeps for itself.
  const execArgv = [INTERNALS, '--no-warnings'];
  const worker = new Worker(path.join(__dirname, 'interrupt_worker.cjs'), { execArgv, workerData: listeners });
  worker.on('message', (question) => worker.postMessage(question));
  worker.on('error', console.error);
  worker.unref();
}

/** From now on listeners for SIGINT count as those of another cell. */
function forgetListeners() {
  Atomics.store(listeners, 0, 0);
}

module.exports = { forgetListeners, watchInterrupts };
