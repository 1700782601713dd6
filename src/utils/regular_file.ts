import { constants, type PathLike } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

// Windows has no such flag, nor a pipe among its files that opening would wait for.
const { O_RDONLY, O_NONBLOCK = 0 } = constants;

/**
 * Lets `use` read a file, and closes it.
 *
 * @param use Given the file, and how many bytes it has.
 * @throws Error when it is a folder, a pipe, a device or a link to one: what has no end, or is waited for.
 */
export async function withRegularFile<T>(
  path: PathLike,
  use: (file: FileHandle, bytes: number) => Promise<T>,
): Promise<T> {
  const file = await open(path, O_RDONLY | O_NONBLOCK);
  try {
    const stats = await file.stat();
    if (!stats.isFile()) throw new Error('it is no file');
    return await use(file, stats.size);
  } finally {
    await file.close();
  }
}

/**
 * Fills `bytes` with all that a file holds.
 *
 * @throws Error when it holds more or less than that: it has changed since it was asked how much.
 */
export async function readAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  let read = 0;
  for (let more = -1; more !== 0 && read < bytes.length; read += more) {
    ({ bytesRead: more } = await file.read(bytes, read, bytes.length - read, read));
  }
  const { bytesRead: beyond } = await file.read(new Uint8Array(1), 0, 1, bytes.length);
  if (read < bytes.length || beyond > 0) throw new Error('it has changed while it was read');
}

/**
 * The text of a file.
 *
 * @param most How many bytes it may have. Defaults to any number.
 * @throws Error when it is no regular file, or has more bytes.
 */
export function readText(path: PathLike, most = Number.POSITIVE_INFINITY): Promise<string> {
  return withRegularFile(path, async (file, size) => {
    if (size > most) throw new Error(`it has ${size} bytes. Expected ${most} at most`);
    const bytes = new Uint8Array(size);
    await readAll(file, bytes);
    return Buffer.from(bytes.buffer).toString('utf8');
  });
}
