/**
 * @file The thread that hears SIGINT while JavaScript holds up the kernel's own thread, `while (true) await null` or a loop
 * in a timer, and ends that JavaScript. What listens for SIGINT itself, as a training does, gets the time to end as it
 * likes, until SIGINT comes again.
 */
const { Session } = require('node:inspector');
const { parentPort, workerData: listeners } = require('node:worker_threads');
// @ts-expect-error: Node's own, which `--expose-internals` shows.
const { internalBinding } = require('internal/test/binding');

const PATIENCE = 1000; // milliseconds
let signals = 0;
let answered = 0; // number of the latest signal after which the event loop had a turn
/** @type {NodeJS.Timeout | undefined} */
let timer;
/** @type {Session | undefined} */
let session;

/** Ends the JavaScript that runs, unless it is the compiler, which would be left half-way. */
function terminate() {
  if (session) return; // the last try waits for native code to return
  const attempt = new Session();
  session = attempt;
  const close = () => {
    attempt.disconnect();
    session = undefined;
  };
  const end = () => {
    // Where nothing runs any more, the next innocent callback would be ended.
    if (signals === answered) return close();
    attempt.post('Runtime.evaluate', { expression: "globalThis[Symbol.for('thaw.end')]()" }, (_error, answer) => {
      if (answer?.result.value === false) setTimeout(end, 1);
      else close();
    });
  };
  attempt.connectToMainThread();
  // This runs amid whatever runs, and its stack shows that.
  attempt.post('Runtime.evaluate', { expression: 'new Error().stack' }, (error, answer) => {
    const compiles = /typescript-for-tslab|tslab\/dist\/converter/.test(answer?.result.value);
    setTimeout(() => {
      if (error || compiles) close();
      else end();
    }, PATIENCE / 10);
  });
}

function check() {
  const unanswered = signals - answered;
  if (unanswered === 0) return;
  if (unanswered > 1 || Atomics.load(listeners, 0) <= 0) terminate();
  timer = setTimeout(check, PATIENCE);
}

parentPort?.on('message', (signal) => {
  answered = signal;
});
const signal = new (internalBinding('signal_wrap').Signal)();
signal.onsignal = () => {
  if (signals === answered) {
    clearTimeout(timer);
    timer = setTimeout(check, PATIENCE);
  }
  parentPort?.postMessage(++signals);
};
signal.start(require('node:os').constants.signals.SIGINT);
