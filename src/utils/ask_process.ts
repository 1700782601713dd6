import { type ChildProcess, fork } from 'node:child_process';

/** The process ended before it had answered; the message says how: a signal or an exit code. */
export class ProcessEndedError extends Error {}

/** The process can't be asked, whatever the question: it could not be started, say. */
export class ProcessUnreachableError extends Error {}

/**
 * Starts a program of Thaw's in a process of its own, for `askProcess`. What it prints is dropped.
 *
 * @param heapMegabytes What it may take of memory for JavaScript's objects. Defaults to what Node gives.
 */
export function startProcess(program: string, heapMegabytes?: number): ChildProcess {
  const { NODE_OPTIONS = '' } = process.env;
  // Among `execArgv` Node would no longer take out the text of `node --eval`, and run it there once more.
  const limit = heapMegabytes && { NODE_OPTIONS: `${NODE_OPTIONS} --max-old-space-size=${heapMegabytes}` };
  return fork(program, [], {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    env: { ...process.env, ...limit },
  });
}

/**
 * Sends `request` to a process and hands each reply to `take`, until that makes an answer of one. What crashes or goes round
 * for ever there doesn't here.
 *
 * @throws ProcessUnreachableError, ProcessEndedError, or what `take` throws.
 */
export async function askProcess<Reply, Answer>(
  child: ChildProcess,
  request: object,
  take: (reply: Reply) => Answer | undefined,
): Promise<Answer> {
  let forget = () => {};
  try {
    return await new Promise<Answer>((done, fail) => {
      const unreachable = (error: Error) => fail(new ProcessUnreachableError(error.message, { cause: error }));
      const ended = (code: number | null, signal: string | null) =>
        fail(new ProcessEndedError(signal ?? `exit code ${code}`));
      const replied = (reply: Reply) => {
        try {
          const answer = take(reply);
          if (answer !== undefined) done(answer);
        } catch (error) {
          fail(error);
        }
      };
      forget = () => child.off('message', replied).off('exit', ended).off('error', unreachable);
      child.on('message', replied).on('exit', ended).on('error', unreachable);
      child.send(request, (error) => error && unreachable(error));
    });
  } finally {
    forget();
  }
}
