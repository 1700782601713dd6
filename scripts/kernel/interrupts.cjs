/**
 * @file Interrupts while JavaScript gives the event loop no turn: a listener for SIGINT would hear of them only afterwards.
 */
const path = require('node:path');
const { Worker } = require('node:worker_threads');

/** Number of listeners for SIGINT that have been added since a cell began. */
const listeners = new Int32Array(new SharedArrayBuffer(4));

/** Starts what ends JavaScript that an interrupt does not reach (see interrupt_worker.cjs). */
function watchInterrupts() {
  process.on('newListener', (event) => event === 'SIGINT' && Atomics.add(listeners, 0, 1));
  process.on('removeListener', (event) => event === 'SIGINT' && Atomics.sub(listeners, 0, 1));
  // A worker hears no signals but by what Node keeps for itself.
  const execArgv = ['--expose-internals', '--no-warnings'];
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
