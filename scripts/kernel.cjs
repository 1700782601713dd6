/** @file The entry of the notebooks' kernel: tslab, changed where notebooks need it to be (see scripts/kernel). */
const util = require('node:util');

// A cell may import tfjs-node before thaw: Node 23 removed a function that tfjs-node 4.22 calls.
Object.assign(util, { isNullOrUndefined: (/** @type {unknown} */ value) => value === null || value === undefined });
// Cells print into a notebook: without colours, also where the kernel was started from a terminal.
for (const stream of [process.stdout, process.stderr]) stream.isTTY = false;
delete process.env.FORCE_COLOR;
process.env.TF_CPP_MIN_LOG_LEVEL ??= '2'; // no notes about the processor's instruction sets

const { interruptCell, reportUnhandled } = require('./kernel/cells.cjs');
const { watchInterrupts } = require('./kernel/interrupts.cjs');
const { handler, Kernel } = require('./kernel/server.cjs');

process.on('uncaughtException', reportUnhandled);
process.on('unhandledRejection', reportUnhandled);
process.on('SIGINT', interruptCell);
watchInterrupts();
// Jupyter starts a kernel as leader of a group of processes: nothing that a cell started outlives it.
process.on('exit', () => {
  try {
    process.kill(-process.pid, 'SIGTERM');
  } catch {} // started by hand, it leads no group
});
const parent = process.ppid;
setInterval(() => process.ppid === parent || process.exit(), 1000).unref();

const { values } = util.parseArgs({ options: { 'config-path': { type: 'string' } } });
new Kernel(handler, values['config-path'] ?? '').init().catch((error) => {
  console.error(error);
  process.exit(1);
});
