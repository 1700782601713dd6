import { Readable } from 'node:stream';
import yauzl from 'yauzl';
import { type HttpBytesArgs, httpBytes, requestBytesPatiently } from './http_bytes';
import { archiveOf, type ZipArchive } from './zip_archive';

/** Arguments of {@link openRemoteZip}: address and time limits. */
export interface RemoteZipArgs extends Omit<HttpBytesArgs, 'start' | 'end'> {
  /** Most bytes asked for at once, so that neighbouring files cost one request. Defaults to 1 MiB. */
  blockSize?: number;
}

// Sooner than send another request, read over so many bytes that aren't wanted.
const GAP = 128 * 1024;
// More members than any archive that is read from a server has: Microsoft's has 25 000.
const MEMBERS = 100_000;
// A file's local header: 30 bytes, its name, and extra fields whose length only that header tells.
const HEADER = 1024;

/** The server sends whole files only. */
export class RangesIgnoredError extends Error {
  constructor(url: string) {
    super(`${url}: the server doesn't send parts of a file`);
  }
}

/**
 * Opens a zip archive on a server; only what is read is asked for, and what is near it.
 *
 * @throws RangesIgnoredError where the server doesn't send parts of a file.
 */
export async function openRemoteZip(args: RemoteZipArgs): Promise<ZipArchive> {
  const probe = await requestBytesPatiently({ ...args, start: 0, end: 1 });
  probe.abort();
  if (!probe.ranged || probe.total === undefined) {
    throw new RangesIgnoredError(args.url);
  }
  const reader = new HttpReader(args, probe.total);
  const zip = await yauzl.fromRandomAccessReaderPromise(reader, probe.total, { autoClose: false });
  return archiveOf(zip, (entries) => reader.expect(entries), MEMBERS);
}

/** Reads ahead, and keeps the last two pieces: a file may lie across the border of two. */
class HttpReader extends yauzl.RandomAccessReader {
  private readonly blockSize: number;
  private pieces: { start: number; bytes: Buffer }[] = [];
  private spans: { start: number; end: number }[] = [];

  constructor(
    private readonly args: RemoteZipArgs,
    private readonly totalSize: number,
  ) {
    super();
    this.blockSize = args.blockSize ?? 2 ** 20;
  }

  /** Joins what the files take up in the archive where they are near each other. */
  expect(entries: readonly yauzl.Entry[]): void {
    this.spans = [];
    const sorted = [...entries].sort((a, b) => a.relativeOffsetOfLocalHeader - b.relativeOffsetOfLocalHeader);
    for (const { relativeOffsetOfLocalHeader: start, compressedSize } of sorted) {
      const end = start + HEADER + compressedSize;
      const last = this.spans.at(-1);
      if (last && start - last.end < GAP) {
        last.end = end;
      } else {
        this.spans.push({ start, end });
      }
    }
  }

  override _readStreamForRange(start: number, end: number): Readable {
    return Readable.from(this.bytes(start, end));
  }

  private async *bytes(start: number, end: number): AsyncGenerator<Buffer> {
    for (let position = start; position < end; ) {
      const { start: offset, bytes } = await this.piece(position, end);
      const wanted = bytes.subarray(position - offset, end - offset);
      position += wanted.length;
      yield wanted;
    }
  }

  /** The piece that holds a position, fetched where it isn't at hand. */
  private async piece(position: number, end: number) {
    const known = this.pieces.find(({ start, bytes }) => position >= start && position < start + bytes.length);
    if (known) {
      return known;
    }
    const span = this.spans.find((each) => position >= each.start && position < each.end);
    const ahead = Math.min(position + this.blockSize, this.totalSize);
    const chunks: Uint8Array[] = [];
    const last = span ? Math.min(ahead, Math.max(span.end, end)) : ahead;
    for await (const { chunk } of httpBytes({ ...this.args, start: position, end: last })) {
      chunks.push(chunk);
    }
    const piece = { start: position, bytes: Buffer.concat(chunks) };
    this.pieces = [...this.pieces.slice(-1), piece];
    return piece;
  }
}
