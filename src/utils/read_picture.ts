import { closeSync, constants, type Dirent, fstatSync, openSync, readSync, type Stats } from 'node:fs';

/** The most bytes that a picture's file may have: 100 MB. */
export const MOST_BYTES = 100e6;

/**
 * Reads a picture's file, and nothing that would wait for ever or never end: no pipe, socket or device, nor a link to one.
 *
 * @throws Error telling what it is instead, that it has more than 100 MB, or the system's, without the path in any case
 * but the last.
 */
export function readPicture(file: string): Buffer {
  // Without O_NONBLOCK a pipe opens only when somebody writes to it.
  const opened = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = fstatSync(opened);
    checkIsFile(stats);
    if (stats.size > MOST_BYTES) {
      throw new Error(
        `it has ${Math.ceil(stats.size / 1e6)} MB, and may have ${MOST_BYTES / 1e6} MB: make it smaller.`,
      );
    }
    const bytes = Buffer.allocUnsafe(stats.size);
    let read = 0;
    for (let got = -1; got !== 0 && read < bytes.length; read += got) got = readSync(opened, bytes, { offset: read });
    return bytes.subarray(0, read);
  } finally {
    closeSync(opened);
  }
}

/** @throws Error telling what something in a folder is, where it is no regular file. */
export function checkIsFile(entry: Stats | Dirent): void {
  if (entry.isFile()) return;
  const kinds: [boolean, string][] = [
    [entry.isDirectory(), 'a folder'],
    [entry.isFIFO(), 'a named pipe'],
    [entry.isSocket(), 'a socket'],
  ];
  const kind = kinds.find(([is]) => is)?.[1] ?? 'a device';
  throw new Error(`it is ${kind}, not a file.`);
}
