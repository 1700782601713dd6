/** Whether a process of this computer runs, whoever's it is. */
export function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // One of another user is there and can't be asked.
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
