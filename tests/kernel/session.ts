import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { python } from '../support/python';

/** What the kernel answered to a cell: its reply, and the outputs that came before. */
export interface Answer {
  reply: { status: string; execution_count?: number; ename?: string; evalue?: string; traceback?: string[] };
  outputs: { type: string; text?: string; name?: string; ename?: string; execution_count?: number }[];
}

/** Cells that are sent at once, or what else happens (see kernel_session.py). */
export type Step =
  | string[]
  | { interrupt: string; at: string }
  | { interrupt: null; at: string }
  | { cell: string; at: string; command: string }
  | { command: string }
  | 'history';

/** Takes a kernel that works in `folder` through the steps; answers come for cells and for the history. */
export function session(folder: string, steps: Step[]): { answers: Answer[]; exited: boolean } {
  const script = path.join(__dirname, 'kernel_session.py');
  const env = { ...process.env, FORCE_COLOR: '1' }; // which must not colour what cells print
  const printed = execFileSync(python, [script, folder, JSON.stringify(steps)], { encoding: 'utf8', env });
  return JSON.parse(printed);
}

/** The kinds of a cell's outputs, in order. */
export const types = (answer: Answer | undefined) => answer?.outputs.map(({ type }) => type);

/** All that a cell printed. */
export const text = (answer: Answer | undefined) => answer?.outputs.map((output) => output.text ?? '').join('');

/** All that is told of what failed in a cell. */
export const trace = (answer: Answer | undefined) => answer?.reply.traceback?.join('\n') ?? '';
