import { open, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { reason } from '../../utils/reason';
import { ModelFileError } from '../model_file_error';
import { type Hdf5Group, Hdf5ProcessError, readInProcess } from './hdf5_reader';

/** HDF5 itself, compiled to WebAssembly. */
export async function hdf5Library() {
  const library = await import('h5wasm/node');
  const native = await library.ready;
  // Otherwise HDF5 prints its stack of errors to stderr and goes on.
  native.activate_throwing_error_handler();
  return { ...library, Module: native };
}

// h5wasm is an ES module: its types too come by the dynamic import.
type Library = Awaited<ReturnType<typeof hdf5Library>>;
/** An HDF5 file open for writing. */
export type File = InstanceType<Library['File']>;
/** A folder in an HDF5 file. */
export type Group = InstanceType<Library['Group']>;
/** An array in an HDF5 file. */
export type Dataset = InstanceType<Library['Dataset']>;
/** What a name in an HDF5 file stands for. */
export type Entity = NonNullable<ReturnType<Group['get']>>;

// What each HDF5 file begins with.
const SIGNATURE = Buffer.from('\x89HDF\r\n\x1a\n', 'latin1');

/** Whether the file at `path` begins as an HDF5 file does. */
export async function isHdf5(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const start = Buffer.alloc(SIGNATURE.length);
    await file.read(start);
    return start.equals(SIGNATURE);
  } finally {
    await file.close();
  }
}

/** How many bytes the HDF5 file at `path` has. */
async function hdf5Size(path: string): Promise<number> {
  let size: number;
  let begins: boolean;
  try {
    const status = await stat(path);
    if (!status.isFile()) throw new Error('it is no file');
    size = status.size;
    begins = await isHdf5(path);
  } catch (error) {
    const message = `Can't read the weights. Expected a Keras HDF5 file. Received: '${path}' (${reason(error)}).`;
    throw new ModelFileError(message, path, { cause: error });
  }
  if (!begins) {
    throw new ModelFileError(
      `Can't read the weights. Expected a Keras HDF5 file. Received: '${path}', which is no HDF5 file.`,
      path,
    );
  }
  return size;
}

/**
 * Reads all of the HDF5 file at `path` and hands it to `use`.
 *
 * @throws ModelFileError naming `path` when the file is missing, is no HDF5 file, is damaged (truncated, say), refers to
 *   other files, or says that it holds more than its own bytes.
 */
export async function readHdf5<T>(path: string, use: (root: Hdf5Group) => T): Promise<T> {
  const bytes = await hdf5Size(path);
  let root: Hdf5Group;
  try {
    root = await readInProcess({ path: resolve(path), bytes });
  } catch (error) {
    if (error instanceof Hdf5ProcessError) throw error;
    const message = `The HDF5 file '${path}' is truncated or damaged: fetch or save it anew. (${reason(error)})`;
    throw new ModelFileError(message, path, { cause: error });
  }
  return use(root);
}

/** Creates the HDF5 file at `path`, lets `use` fill it and closes it, whatever happens. The same content, the same bytes. */
export async function writeHdf5(path: string, use: (file: File) => void): Promise<void> {
  const { File } = await hdf5Library();
  // HDF5 writes the time into each object: until the file is closed, which is not long, the clock stands at 0.
  const clock = Date.now;
  Date.now = () => 0;
  try {
    const file = new File(path, 'w');
    try {
      use(file);
    } finally {
      file.close();
    }
  } finally {
    Date.now = clock;
  }
}
