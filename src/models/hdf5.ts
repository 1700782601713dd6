import { open } from 'node:fs/promises';

async function hdf5Library() {
  const library = await import('h5wasm/node');
  const native = await library.ready;
  // Otherwise HDF5 prints its stack of errors to stderr and goes on.
  native.activate_throwing_error_handler();
  return library;
}

// h5wasm is an ES module: its types too come by the dynamic import.
type Library = Awaited<ReturnType<typeof hdf5Library>>;
/** An open HDF5 file. */
export type File = InstanceType<Library['File']>;
/** A folder in an HDF5 file. */
export type Group = InstanceType<Library['Group']>;
/** An array in an HDF5 file. */
export type Dataset = InstanceType<Library['Dataset']>;

async function assertHdf5(path: string): Promise<void> {
  const signature = Buffer.from('\x89HDF\r\n\x1a\n', 'latin1');
  const start = Buffer.alloc(signature.length);
  try {
    const file = await open(path);
    try {
      await file.read(start);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw new Error(`Can't read the weights. Expected a Keras HDF5 file. Received: '${path}' (${reason(error)}).`);
  }
  if (!start.equals(signature)) {
    throw new Error(`Can't read the weights. Expected a Keras HDF5 file. Received: '${path}', which is no HDF5 file.`);
  }
}

/** What went wrong, in one line: of HDF5's stack of errors, the system's or else the innermost one. */
export function reason(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const innermost = [...message.matchAll(/ in \w+\(\): (.*)/g)].at(-1)?.[1];
  const system = message.match(/error message = '([^']+)'/)?.[1];
  return (system ?? innermost ?? message.split('\n')[0]!).trim();
}

/**
 * Opens the HDF5 file at `path`, hands it to `use` and closes it, whatever happens.
 *
 * @throws Error naming `path` when the file is missing, is no HDF5 file, or is damaged (truncated, say).
 */
export async function readHdf5<T>(path: string, use: (file: File) => T): Promise<T> {
  await assertHdf5(path);
  const library = await hdf5Library();
  let file: File | undefined;
  try {
    file = new library.File(path, 'r');
    return use(file);
  } catch (error) {
    throw new Error(`The HDF5 file '${path}' is truncated or damaged: fetch or save it anew. (${reason(error)})`);
  } finally {
    file?.close();
  }
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
