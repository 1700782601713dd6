import yauzl from 'yauzl';
import { crc32Of } from './crc32';
import { shown } from './shown';

/** An open zip archive, local or on a server. */
export interface ZipArchive {
  /** Its files by name, of those with one name the last; folders are left out. */
  entries: ReadonlyMap<string, yauzl.Entry>;
  /** All that its directory names. */
  all: readonly yauzl.Entry[];
  /** What stands before the bytes of a file, where its directory says it lies. */
  header: (entry: yauzl.Entry) => Promise<yauzl.LocalFileHeader>;
  /** The uncompressed bytes of one file. Throws where their CRC-32 is not the one that the archive names. */
  read: (entry: yauzl.Entry) => Promise<Buffer>;
  /** The same piece by piece: what comes is to be trusted only once all of it has come. */
  pieces: (entry: yauzl.Entry) => AsyncGenerator<Buffer, void, void>;
  /** Announces which files are going to be read: on a server, only they and small gaps between them are asked for. */
  expect: (entries: readonly yauzl.Entry[]) => void;
  /** Frees the file; nothing can be read after it. */
  close: () => void;
}

/**
 * Opens a zip archive on disk.
 *
 * @throws Error when it is no zip.
 */
export async function openZip(path: string): Promise<ZipArchive> {
  return archiveOf(await yauzl.openPromise(path, { autoClose: false }), () => {});
}

/**
 * An archive of what yauzl has opened, which is closed where that fails.
 *
 * @param most How many files and folders it may have. Defaults to any number.
 */
export async function archiveOf(
  zip: yauzl.ZipFile,
  expect: ZipArchive['expect'],
  most = Number.POSITIVE_INFINITY,
): Promise<ZipArchive> {
  const all: yauzl.Entry[] = [];
  try {
    if (zip.entryCount > most) throw new Error(`it has ${zip.entryCount} members`);
    for await (const entry of zip.eachEntry()) all.push(entry);
  } catch (error) {
    zip.close();
    throw error;
  }
  const files = all.filter(({ fileName }) => !fileName.endsWith('/'));
  const entries = new Map(files.map((entry) => [entry.fileName, entry]));
  const header = (entry: yauzl.Entry) => zip.readLocalFileHeaderPromise(entry);
  async function* pieces(entry: yauzl.Entry): AsyncGenerator<Buffer, void, void> {
    let sum = 0;
    for await (const piece of await zip.openReadStreamPromise(entry)) {
      sum = crc32Of(piece, sum);
      yield piece;
    }
    if (sum !== entry.crc32) {
      throw new Error(`${shown(entry.fileName)}: wrong bytes. Expected CRC-32 ${entry.crc32}. Received: ${sum}`);
    }
  }
  const read = async (entry: yauzl.Entry): Promise<Buffer> => {
    const all: Buffer[] = [];
    for await (const piece of pieces(entry)) all.push(piece);
    return Buffer.concat(all);
  };
  return { entries, all, header, read, pieces, expect, close: () => zip.close() };
}
