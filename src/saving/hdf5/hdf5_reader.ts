import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { askProcess, ProcessEndedError, ProcessUnreachableError, startProcess } from '../../utils/ask_process';
import type { WeightArray } from './weight_array';

/** A folder as it was read. */
export interface Hdf5Group {
  /** Its attributes that are texts, by name. */
  attrs: Map<string, string | string[]>;
  groups: Map<string, Hdf5Group>;
  arrays: Map<string, WeightArray>;
}

/** What the reading process is asked: the file, and how many bytes it has. */
export interface Hdf5Request {
  path: string;
  bytes: number;
}

/** What it answers: that it begins, each group and then what lies in it, and at last that this was all or why not. */
export type Hdf5Reply = { begun: true } | Hdf5Part | { read: true } | { reason: string };

/** A group or an array, as it is answered. */
type Hdf5Part = { path: string[] } & (Pick<Hdf5Group, 'attrs'> | WeightArray);

// A file that keeps HDF5 busy for longer is one that it runs around in for ever.
const SECONDS = 2;
const BYTES_PER_SECOND = 20e6;

const BUSY_MS = 500;
// A disk that doesn't answer keeps it waiting, without any work.
const MOST_PATIENCE = 20;

/** The process that reads could not be started, whatever the file. */
export class Hdf5ProcessError extends Error {
  constructor(cause: Error) {
    super(`The process that reads HDF5 files could not be started: ${cause.message}. Try again.`, { cause });
  }
}

// Starting the process takes a moment, so it stays a while for the next file.
const IDLE_MS = 10_000;

let spare: ChildProcess | undefined;

/** The process that waits for a file; none waits afterwards. */
function takeSpare(): ChildProcess | undefined {
  const taken = spare?.connected ? spare : undefined;
  spare = undefined;
  taken?.ref();
  taken?.channel?.ref();
  return taken;
}

/** Keeps a process that has read a good file, without keeping this one alive. */
function keep(child: ChildProcess): void {
  takeSpare()?.kill();
  spare = child;
  child.unref();
  child.channel?.unref();
  setTimeout(() => spare === child && takeSpare()?.kill(), IDLE_MS).unref();
}

/** The seconds of a processor's time that a process has used; undefined where the system has no file that tells. */
function processorSeconds({ pid }: ChildProcess): number | undefined {
  try {
    // After the name, which may hold anything, in brackets: user time and system time, in hundredths.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ');
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return undefined; // Not Linux, or the process is gone: then the clock decides.
  }
}

/**
 * A promise that is broken when HDF5 finds no end: when it has worked for some seconds, for large files more, since `begin`.
 *
 * @param worked The seconds that it has worked so far: on a busy machine, a part of those that pass. Undefined: not known.
 * @internal
 */
export function deadline(
  bytes: number,
  worked: () => number | undefined,
): { passed: Promise<never>; begin: () => void; end: () => void } {
  const seconds = SECONDS + bytes / BYTES_PER_SECOND;
  let timer: NodeJS.Timeout | undefined;
  let fail: (error: Error) => void;
  let [start, before, due]: [start: number, before: number | undefined, due: number] = [0, 0, 0];
  const begin = () => {
    [start, before] = [Date.now(), worked()];
    wait(seconds);
  };
  const wait = (left: number) => {
    due = Date.now() + left * 1000;
    timer = setTimeout(late, left * 1000).unref();
  };
  const late = () => {
    const now = worked();
    const done = before === undefined || now === undefined ? seconds : now - before;
    // Where this process was busy, answers may be waiting for it.
    if (Date.now() - due > BUSY_MS) begin();
    else if (done < seconds - 0.1 && Date.now() - start < MOST_PATIENCE * seconds * 1000) wait(seconds - done);
    else fail(new Error(`HDF5 found no end in ${Math.round(seconds)} s`));
  };
  const passed = new Promise<never>((_, reject) => {
    fail = reject;
  });
  return { passed, begin, end: () => clearTimeout(timer) };
}

/** Adds what was read of a group or an array to the groups around it. */
function add(root: Hdf5Group, { path, ...read }: Hdf5Part): void {
  const parent = path.slice(0, -1).reduce((group, name) => group.groups.get(name)!, root);
  if ('values' in read) parent.arrays.set(path.at(-1)!, read);
  else if (path.length === 0) root.attrs = read.attrs;
  else parent.groups.set(path.at(-1)!, { ...read, groups: new Map(), arrays: new Map() });
}

/**
 * Reads all that an HDF5 file holds, in another process: on a damaged file HDF5 may abort, go round for ever or take all
 * memory, and then it reads even a good one wrong. So a process that met a damaged file is never asked again.
 *
 * @throws Hdf5ProcessError, or Error saying what is wrong with the file.
 */
export async function readInProcess(request: Hdf5Request): Promise<Hdf5Group> {
  const child = takeSpare() ?? startProcess(require.resolve('./hdf5_process'));
  const root: Hdf5Group = { attrs: new Map(), groups: new Map(), arrays: new Map() };
  const { passed, begin, end } = deadline(request.bytes, () => processorSeconds(child));
  const read = askProcess(child, request, (reply: Hdf5Reply) => {
    if ('read' in reply) return root;
    if ('reason' in reply) throw new Error(reply.reason);
    if ('begun' in reply) begin();
    else add(root, reply);
    return undefined;
  });
  try {
    await Promise.race([read, passed]);
    keep(child);
    return root;
  } catch (error) {
    if (child.kill('SIGKILL')) await once(child, 'exit');
    if (error instanceof ProcessUnreachableError) throw new Hdf5ProcessError(error);
    throw error instanceof ProcessEndedError ? new Error(`HDF5 broke down: ${error.message}`) : error;
  } finally {
    end();
  }
}
