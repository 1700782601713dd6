import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
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
export type Hdf5Reply =
  | { begun: true }
  | { path: string[]; attrs: Hdf5Group['attrs'] }
  | ({ path: string[] } & WeightArray)
  | { read: true }
  | { reason: string };

// A file that keeps HDF5 busy for longer is one that it runs around in for ever.
const SECONDS = 3;
const BYTES_PER_SECOND = 20e6;

const BUSY_MS = 500;

/** The process that reads could not be started, whatever the file. */
export class Hdf5ProcessError extends Error {
  constructor(cause: Error) {
    super(`The process that reads HDF5 files could not be started: ${cause.message}. Try again.`, { cause });
  }
}

// Starting the process takes a moment, so it stays a while for the next file.
const IDLE_MS = 10_000;

let spare: ChildProcess | undefined;

function start(): ChildProcess {
  return fork(require.resolve('./hdf5_process'), [], {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
}

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

/**
 * Reads all that an HDF5 file holds, in another process: on a damaged file HDF5 may abort, go round for ever or take all
 * memory, and then it reads even a good one wrong. So a process that met a damaged file is never asked again.
 *
 * @throws Error saying what is wrong with the file.
 */
export async function readInProcess(request: Hdf5Request): Promise<Hdf5Group> {
  const child = takeSpare() ?? start();
  const listening = new AbortController();
  const exited = once(child, 'exit', listening).then(([code, signal]) => {
    throw new Error(`HDF5 broke down: ${signal ?? `exit code ${code}`}`);
  });
  try {
    const root = await Promise.race([receive(child, request), exited]);
    listening.abort();
    keep(child);
    return root;
  } catch (error) {
    if (child.kill('SIGKILL')) await exited.catch(() => {});
    throw error;
  } finally {
    child.removeAllListeners('message');
  }
}

/** Puts together what `child` answers. */
function receive(child: ChildProcess, request: Hdf5Request): Promise<Hdf5Group> {
  const root: Hdf5Group = { attrs: new Map(), groups: new Map(), arrays: new Map() };
  const parent = (path: string[]) => path.slice(0, -1).reduce((group, name) => group.groups.get(name)!, root);
  return new Promise((done, fail) => {
    let deadline: NodeJS.Timeout | undefined;
    child.on('message', (reply: Hdf5Reply) => {
      if ('begun' in reply) {
        const seconds = SECONDS + request.bytes / BYTES_PER_SECOND;
        const wait = () => {
          const due = Date.now() + seconds * 1000;
          const late = () => {
            // Where this process was busy, answers may be waiting for it.
            if (Date.now() - due > BUSY_MS) wait();
            else fail(new Error(`HDF5 found no end in ${Math.round(seconds)} s`));
          };
          deadline = setTimeout(late, seconds * 1000).unref();
        };
        wait();
      } else if ('attrs' in reply) {
        const { path, attrs } = reply;
        if (path.length === 0) root.attrs = attrs;
        else parent(path).groups.set(path.at(-1)!, { attrs, groups: new Map(), arrays: new Map() });
      } else if ('values' in reply) {
        const { path, shape, values } = reply;
        parent(path).arrays.set(path.at(-1)!, { shape, values });
      } else {
        clearTimeout(deadline);
        if ('read' in reply) done(root);
        else fail(new Error(reply.reason));
      }
    });
    child.send(request, (error) => error && fail(new Hdf5ProcessError(error)));
  });
}
