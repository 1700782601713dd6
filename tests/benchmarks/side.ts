import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';

export const root = path.resolve(__dirname, '..', '..');
export const python = path.join(root, '.venv', 'bin', 'python');

/** A process that does one task after another, each a line of JSON: of Python Keras, or of Thaw where it is to be a new one. */
export class Side {
  private readonly process: ChildProcessWithoutNullStreams;
  private readonly answers: AsyncIterator<string>;
  private complaints = '';

  private constructor(
    private readonly program: string,
    executable: string,
  ) {
    this.process = spawn(executable, [path.join(__dirname, program)]);
    this.process.stderr.on('data', (data) => {
      this.complaints = `${this.complaints}${data}`.slice(-2000);
    });
    this.answers = createInterface({ input: this.process.stdout })[Symbol.asyncIterator]();
  }

  static keras = () => new Side('keras_side.py', python);
  static thaw = () => new Side('thaw_side.cjs', process.execPath);

  /**
   * What a task of the program returns: seconds, mostly.
   *
   * @throws Error with what the program complained of, when it fails.
   */
  async ask<Answer = number>(task: string, args: Record<string, unknown> = {}): Promise<Answer> {
    this.process.stdin.write(`${JSON.stringify({ task, args })}\n`);
    const { value, done } = await this.answers.next();
    if (done) throw new Error(`${this.program} ended at the task ${task}:\n${this.complaints}`);
    return JSON.parse(value);
  }

  async close(): Promise<void> {
    this.process.stdin.end();
    if (this.process.exitCode === null) await once(this.process, 'exit');
  }

  kill(): void {
    this.process.kill('SIGKILL');
  }
}
