import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as tf from '../tf';
import { crc32Of } from '../utils/crc32';
import { decodableBytes } from '../utils/decodable_bytes';
import { ifThere } from '../utils/if_there';
import { megabytes, transferProgress } from '../utils/transfer_progress';
import type { ZipArchive } from '../utils/zip_archive';
import { CLASSES } from './picture_sets';

// A picture of the archive has 31 kB on average; what a server sends as one is not to fill the memory.
const MOST_BYTES = 2 ** 24;

/**
 * Takes the first usable pictures of each class, in the order of their numbers, out of Microsoft's archive
 * (`PetImages/Cat/0.jpg` …, `PetImages/Dog/0.jpg` …). Empty files, files of more than 16 MB and files that are no JPEG are passed over. Pictures
 * that `folder` holds already are not read again.
 *
 * @param folder Where the pictures are kept: `<folder>/cat/0.jpg` …
 * @param perClass How many of each class.
 * @returns The paths of each class's pictures, `perClass` of them, in the order of their numbers.
 * @throws When the archive has too few usable pictures.
 */
export async function takePetImages(zip: ZipArchive, folder: string, perClass: number) {
  const numbered = { cat: inOrder(zip, 'Cat'), dog: inOrder(zip, 'Dog') };
  const first = CLASSES.flatMap((kind) => numbered[kind].slice(0, perClass));
  const size = first.reduce((bytes, { entry }) => bytes + entry.compressedSize, 0);
  const progress = transferProgress(`Pictures of cats and dogs (about ${megabytes(size)})`, String);
  let done = 0;
  const taken: Record<(typeof CLASSES)[number], string[]> = { cat: [], dog: [] };
  for (const kind of CLASSES) {
    await mkdir(join(folder, kind), { recursive: true });
    const usable: number[] = [];
    for (let next = 0; usable.length < perClass; ) {
      const candidates = numbered[kind].slice(next, next + perClass - usable.length);
      if (candidates.length === 0) {
        throw new Error(`Expected ${perClass} usable pictures in PetImages, class ${kind}. Received: ${usable.length}`);
      }
      next += candidates.length;
      const missing: typeof candidates = [];
      for (const candidate of candidates) {
        if (await isKept(candidate.entry, pathOf(folder, kind, candidate.number))) {
          usable.push(candidate.number);
        } else {
          missing.push(candidate);
        }
      }
      done += candidates.length - missing.length;
      // In the order in which they lie in the archive, so that neighbours come with one request.
      missing.sort((a, b) => a.entry.relativeOffsetOfLocalHeader - b.entry.relativeOffsetOfLocalHeader);
      zip.expect(missing.map(({ entry }) => entry));
      for (const { entry, number } of missing) {
        const bytes = await zip.read(entry);
        if (isJpeg(bytes)) {
          await writeFile(pathOf(folder, kind, number), bytes);
          usable.push(number);
          progress(++done, perClass * CLASSES.length);
        }
      }
    }
    taken[kind] = usable.sort((a, b) => a - b).map((number) => pathOf(folder, kind, number));
  }
  return taken;
}

/** The files of one class in the order of their numbers. */
function inOrder(zip: ZipArchive, folder: 'Cat' | 'Dog') {
  const pattern = new RegExp(`^PetImages/${folder}/(\\d+)\\.jpg$`);
  return [...zip.entries.values()]
    .flatMap((entry) =>
      pattern.test(entry.fileName) && Math.max(entry.compressedSize, entry.uncompressedSize) <= MOST_BYTES
        ? [{ entry, number: Number(pattern.exec(entry.fileName)![1]) }]
        : [],
    )
    .sort((a, b) => a.number - b.number);
}

function pathOf(folder: string, kind: (typeof CLASSES)[number], number: number): string {
  return join(folder, kind, `${number}.jpg`);
}

/** Whether an earlier run wrote this picture, and wrote it whole. It wrote usable ones only. */
async function isKept(entry: { crc32: number }, path: string): Promise<boolean> {
  const kept = await ifThere(readFile(path));
  return kept !== undefined && crc32Of(kept) === entry.crc32;
}

function isJpeg(bytes: Buffer): boolean {
  if (bytes.toString('hex', 0, 3) !== 'ffd8ff') {
    return false;
  }
  try {
    tf.node.decodeJpeg(decodableBytes(bytes), 3).dispose();
    return true;
  } catch {
    // Whatever there is against it: a picture that can't be decoded, or is too large, is of no use.
    return false;
  }
}
