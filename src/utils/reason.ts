/**
 * What went wrong, in one line: of HDF5's stack of errors, the system's or else the innermost one; of fetch's "fetch failed",
 * why.
 */
export function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // Of fetch: its errors say nothing, their causes do, and a cause that stands for several has a code only.
  if (error instanceof TypeError && error.cause) return reason(error.cause);
  const message = error.message || (error as NodeJS.ErrnoException).code || error.name;
  const innermost = [...message.matchAll(/ in \w+\(\): (.*)/g)].at(-1)?.[1];
  const system = message.match(/error message = '([^']+)'/)?.[1];
  return (system ?? innermost ?? message.split('\n')[0]!).trim();
}
