import { parentPort, workerData } from 'node:worker_threads';
import { Deadline, NO_END } from './deadline';

// A thread of the process that reads HDF5 files, whose other thread may go round in HDF5 for ever: it ends the process
// when the one that asked is gone, and when a file takes too long. Nobody else can where that one is gone or stopped.

/** What the two threads share: 1 while HDF5 works, 0 while it waits for a file, or for what it has read to be taken. */
export type Working = Int32Array<SharedArrayBuffer>;

const TICK_MS = 100;

const working = workerData as Working;
const asker = process.ppid;

let deadline: Deadline | undefined;
let before = 0;

/** The seconds of a processor's time that this process has used. */
function worked(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

// The seconds that the file which is begun may take; 0 when it is read.
parentPort!.on('message', (seconds: number) => {
  before = worked();
  deadline = seconds > 0 ? new Deadline(seconds) : undefined;
});

setInterval(() => {
  if (process.ppid !== asker) process.kill(process.pid, 'SIGKILL');
  // Ticks are counted, not a clock: it goes on while a computer sleeps.
  const since = Atomics.load(working, 0) * (TICK_MS / 1000);
  if (deadline?.isOver(worked() - before, since)) process.kill(process.pid, NO_END);
}, TICK_MS);
