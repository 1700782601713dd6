/** What a loop throws that an interrupt ended. */
export class InterruptedError extends Error {}

let interrupts = 0;
let watchers = 0;

/**
 * Watches for SIGINT (Ctrl-C, the notebook's stop button) until `release` is called. Where nothing else in the program
 * listens to it, it still ends the program at once, as if nobody watched.
 */
export function watchInterrupts(): { interrupted: () => boolean; release: () => void } {
  const before = interrupts;
  // First in the row: a listener added by `once` is gone from the count when its turn has come.
  if (watchers++ === 0) process.prependListener('SIGINT', count);
  return {
    interrupted: () => interrupts > before,
    release: () => {
      if (--watchers === 0) process.removeListener('SIGINT', count);
    },
  };
}

function count(): void {
  interrupts++;
  if (process.listenerCount('SIGINT') > 1) return;
  process.removeListener('SIGINT', count);
  process.kill(process.pid, 'SIGINT');
}
