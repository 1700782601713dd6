import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { askProcess, ProcessEndedError, ProcessUnreachableError, startProcess } from '../../utils/ask_process';
import { megabytes, transferProgress } from '../../utils/transfer_progress';
import { Turns } from '../../utils/turns';
import { NO_END, secondsFor } from './deadline';
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

/**
 * What it answers: each group and then what lies in it, of an array first its shape and then, in turn, its values; and at last
 * that this was all or why not.
 */
export type Hdf5Reply =
  | { path: string[]; attrs: Hdf5Group['attrs'] }
  | { path: string[]; shape: number[] }
  | { values: Float32Array }
  | { read: true }
  | { reason: string };

// Each keeps a core busy, and takes some 100 MB.
const readers = new Turns(Math.min(4, availableParallelism()));
// More than the texts and lists of any file take there; its arrays lie outside.
const HEAP_MB = 256;
// A file that is read sooner needs no line.
const QUIET_SECONDS = 2;

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

/** Puts together what was read, part by part. */
class Hdf5Parts {
  readonly root: Hdf5Group = { attrs: new Map(), groups: new Map(), arrays: new Map() };
  /** How many bytes of values have come. */
  bytes = 0;
  private values = new Float32Array();
  private filled = 0;

  add(part: Exclude<Hdf5Reply, { read: true } | { reason: string }>): void {
    if ('values' in part) {
      this.values.set(part.values, this.filled);
      this.filled += part.values.length;
      this.bytes += part.values.byteLength;
      return;
    }
    const { path } = part;
    const parent = path.slice(0, -1).reduce((group, name) => group.groups.get(name)!, this.root);
    const name = path.at(-1);
    if ('shape' in part) {
      const { shape } = part;
      this.values = new Float32Array(shape.reduce((product, length) => product * length, 1));
      this.filled = 0;
      parent.arrays.set(name!, { shape, values: this.values });
    } else if (name === undefined) {
      this.root.attrs = part.attrs;
    } else {
      parent.groups.set(name, { attrs: part.attrs, groups: new Map(), arrays: new Map() });
    }
  }
}

/**
 * Reads all that an HDF5 file holds, in another process: on a damaged file HDF5 may abort, go round for ever or take all
 * memory, and then it reads even a good one wrong. So a process that met a damaged file is never asked again.
 *
 * @throws Hdf5ProcessError, or Error saying what is wrong with the file.
 */
export function readInProcess(request: Hdf5Request): Promise<Hdf5Group> {
  return readers.run(() => readNow(request));
}

async function readNow(request: Hdf5Request): Promise<Hdf5Group> {
  const { bytes } = request;
  const child = takeSpare() ?? startProcess(require.resolve('./hdf5_process'), HEAP_MB);
  const parts = new Hdf5Parts();
  // Its time begins with the first answer: before, the process starts.
  let progress: ReturnType<typeof transferProgress> | undefined;
  try {
    const root = await askProcess(child, request, (reply: Hdf5Reply) => {
      if ('reason' in reply) throw new Error(reply.reason);
      const whole = 'read' in reply;
      if (!whole) parts.add(reply);
      progress ??= transferProgress('Reading the weights', megabytes, QUIET_SECONDS);
      progress(whole ? bytes : parts.bytes, bytes);
      return whole ? parts.root : undefined;
    });
    keep(child);
    return root;
  } catch (error) {
    if (child.kill('SIGKILL')) await once(child, 'exit');
    if (error instanceof ProcessUnreachableError) throw new Hdf5ProcessError(error);
    if (!(error instanceof ProcessEndedError)) throw error;
    if (error.message === NO_END) throw new Error(`HDF5 found no end in ${Math.round(secondsFor(bytes))} s`);
    throw new Error(`HDF5 broke down: ${error.message}`);
  }
}
