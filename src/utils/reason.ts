/** What went wrong, in one line: of HDF5's stack of errors, the system's or else the innermost one. */
export function reason(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const innermost = [...message.matchAll(/ in \w+\(\): (.*)/g)].at(-1)?.[1];
  const system = message.match(/error message = '([^']+)'/)?.[1];
  return (system ?? innermost ?? message.split('\n')[0]!).trim();
}
