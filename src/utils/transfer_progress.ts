import { shown } from './shown';

/** `1234567` as `1.2 MB`. */
export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

/**
 * Reports on stderr how far a transfer is: one line that is updated on a terminal, elsewhere a line every 10 %.
 *
 * @param label What is being transferred.
 * @param format Writes an amount for people. Defaults to megabytes.
 * @param quietSeconds How long nothing is reported. Defaults to 0.
 * @returns A function to call with the amount done and the total (undefined where it isn't known).
 */
export function transferProgress(
  label: string,
  format: (amount: number) => string = megabytes,
  quietSeconds = 0,
): (done: number, total: number | undefined) => void {
  let last = -1;
  const begin = performance.now() + quietSeconds * 1000;
  return (done, total) => {
    if (performance.now() < begin) return;
    const fraction = total ? done / total : undefined;
    const step = fraction === undefined ? Math.floor(done / 10e6) : Math.floor(fraction * 10);
    const finished = fraction === 1;
    const text = `${shown(label)}: ${format(done)}${total ? ` of ${format(total)} (${Math.floor(fraction! * 100)} %)` : ''}`;
    if (process.stderr.isTTY) {
      const tick = finished ? Number.POSITIVE_INFINITY : Math.floor(Date.now() / 100);
      if (tick !== last) {
        process.stderr.write(`\r${text}\x1b[K${finished ? '\n' : ''}`);
        last = tick;
      }
    } else if (step > last) {
      process.stderr.write(`${text}\n`);
      last = step;
    }
  };
}
