import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { hasHash } from '../utils/file_hash';
import { download } from '../utils/get_file';
import type { HttpBytesArgs } from '../utils/http_bytes';
import { withLock } from '../utils/lock';
import { assetsSource, inAssets, thawHome } from '../utils/paths';
import { openRemoteZip, RangesIgnoredError } from '../utils/remote_zip';
import { explainCache, type FailedSource, sourcesError, trySource } from '../utils/sources';
import { transferProgress } from '../utils/transfer_progress';
import { openZip, type ZipArchive } from '../utils/zip_archive';
import { CLASSES, complete, isComplete, picturePaths, type SetCounts } from './picture_sets';

/** What {@link catsVsDogs} gives. */
export interface CatsVsDogs {
  /** Folder of the training set: `cat/*.jpg` and `dog/*.jpg`. */
  train: string;
  /** Folder of the validation set. */
  validation: string;
  /** Folder of the test set. */
  test: string;
  /** What the pictures are. */
  source: 'photographs' | 'drawings';
  /** With drawings: that they are drawings, why, and how to get the photographs. */
  notice?: string;
}

/** Where the photographs are published, and how many make a set. */
export interface PhotographSources {
  /** Pictures of each class. */
  counts: SetCounts;
  /** The small archive in the folder of assets, laid out as the cache is. */
  small: { fileName: string; hash: string };
  /** Microsoft's archive with all 25000 pictures; `most` is its size in bytes, by default that of `httpBytes`. */
  archive: { fileName: string; hash: string; most?: number; url: string };
  /** Time limits of transfers. Defaults to those of `httpBytes`. */
  http?: Pick<HttpBytesArgs, 'connectSeconds' | 'stallSeconds' | 'retrySeconds'>;
  /** Bytes asked for at once. Defaults to that of `openRemoteZip`. */
  blockSize?: number;
}

const SOURCES: PhotographSources = {
  counts: { train: 1000, validation: 500, test: 1000 },
  small: {
    fileName: 'cats_vs_dogs_small.zip',
    hash: 'sha256:8d0e2c5f3f2643174ae9d580e608e272e2e59789433880f64903ea8400fae77f',
  },
  archive: {
    fileName: 'kagglecatsanddogs_5340.zip',
    hash: 'sha256:b7974bd00a84a99921f36ee4403f089853777b5ae8d151c76a86e64900334af9',
    most: 824_887_076,
    url: 'https://download.microsoft.com/download/3/E/1/3E1C3F21-ECDB-4869-8368-6DEBA77B919F/kagglecatsanddogs_5340.zip',
  },
};

/**
 * The 5000 pictures of cats and dogs of the chapter: 1000 + 500 + 1000 of each class, fetched once.
 *
 * Taken from the cache, else the folder of assets, else Microsoft's archive, of which only the pictures needed are
 * downloaded. Where no source answers, Thaw draws cats and dogs itself, and says so on stderr each time; as soon as a
 * source answers, the photographs are taken. With `THAW_REQUIRE_PHOTOGRAPHS=1` drawings are an error.
 *
 * @throws That the cache can't be used, the disk being full, say; with `THAW_REQUIRE_PHOTOGRAPHS=1`, one error that lists each source and why it failed.
 */
export function catsVsDogs(): Promise<CatsVsDogs> {
  return prepareCatsVsDogs(SOURCES);
}

/** {@link catsVsDogs} with other sources and counts. */
export function prepareCatsVsDogs(sources: PhotographSources): Promise<CatsVsDogs> {
  const folder = join(thawHome(), 'cats_vs_dogs_small');
  return explainCache(folder, () => prepare(folder, sources));
}

async function prepare(folder: string, sources: PhotographSources): Promise<CatsVsDogs> {
  const drawings = join(thawHome(), 'cats_and_dogs_drawings');
  if (await isComplete(folder)) {
    return { ...setFolders(folder), source: 'photographs' };
  }
  // Where drawings stand in already, a call must not wait long for a server that doesn't answer.
  const http = { ...((await isComplete(drawings)) && { connectSeconds: 2 }), ...sources.http };
  const failed = await withLock(folder, () => fetchPhotographs(folder, { ...sources, http }));
  if (failed.length === 0) {
    return { ...setFolders(folder), source: 'photographs' };
  }
  const { small, archive } = sources;
  const remedy = `Connect to the internet, or get ${archive.url} (or ${small.fileName}) by other means and put it, \
unchanged, into a folder that THAW_ASSETS names; then run this again.`;
  const noPhotographs = sourcesError('the photographs of cats and dogs', failed, remedy);
  if (process.env.THAW_REQUIRE_PHOTOGRAPHS === '1') {
    throw noPhotographs;
  }
  const notice = `THESE PICTURES ARE DRAWINGS, NOT PHOTOGRAPHS: what is measured on them says nothing about photographs.
${noPhotographs.message}`;
  process.stderr.write(`${notice}\n`);
  await withLock(drawings, () => draw(drawings, sources.counts));
  return { ...setFolders(drawings), source: 'drawings', notice };
}

function setFolders(folder: string) {
  return { train: join(folder, 'train'), validation: join(folder, 'validation'), test: join(folder, 'test') };
}

/** Builds the folder of photographs from the first source that gives them; else returns why each one didn't. */
async function fetchPhotographs(folder: string, sources: PhotographSources): Promise<FailedSource[]> {
  if (await isComplete(folder)) {
    return []; // Another process fetched them while this one waited.
  }
  const { small, archive } = sources;
  const partial = `${folder}.partial`;
  if (await isComplete(partial)) {
    await complete(partial, folder); // Another process was killed just before this.
    return [];
  }
  const taken = `${folder}.download`;
  const failed: FailedSource[] = [{ source: `cache, ${folder}`, why: 'not there, or not whole' }];
  const local = async ({ fileName, hash }: { fileName: string; hash: string }) => {
    const path = inAssets(fileName);
    if (!(await hasHash(path, hash))) {
      throw new Error(`${fileName} has wrong bytes: expected ${hash}`);
    }
    return openZip(path);
  };
  const assets = assetsSource();
  const done =
    (await trySource(failed, assets, async () => extractSmall(await local(small), folder, sources.counts))) ??
    (await trySource(failed, assets, async () => extractLarge(await local(archive), taken, folder, sources.counts))) ??
    (await trySource(failed, archive.url, async () => downloadLarge(taken, folder, sources)));
  if (!done) {
    return failed;
  }
  await rm(taken, { recursive: true, force: true });
  return [];
}

async function extractSmall(zip: ZipArchive, folder: string, counts: SetCounts): Promise<true> {
  const progress = transferProgress('Unpacking pictures', String);
  const paths = CLASSES.flatMap((kind) => picturePaths(counts, kind));
  let done = 0;
  return build(folder, zip, async (partial) => {
    for (const path of paths) {
      const bytes = await zip.read(zip.entries.get(`cats_vs_dogs_small/${path}`)!);
      await mkdir(dirname(join(partial, path)), { recursive: true });
      await writeFile(join(partial, path), bytes);
      progress(++done, paths.length);
    }
  });
}

async function extractLarge(zip: ZipArchive, taken: string, folder: string, counts: SetCounts): Promise<true> {
  // Loads TensorFlow: only where it is needed.
  const { takePetImages }: typeof import('./pet_images') = require('./pet_images');
  return build(folder, zip, async (partial) => {
    const pictures = await takePetImages(zip, taken, counts.train + counts.validation + counts.test);
    for (const kind of CLASSES) {
      // Numbered anew, without gaps where a file was passed over: these are the chapter's file names.
      for (const [index, path] of picturePaths(counts, kind).entries()) {
        await mkdir(dirname(join(partial, path)), { recursive: true });
        await copyFile(pictures[kind][index]!, join(partial, path));
      }
    }
  });
}

async function downloadLarge(taken: string, folder: string, sources: PhotographSources): Promise<true> {
  const { archive, counts, http, blockSize } = sources;
  process.stderr.write(`Asking ${archive.url} for the pictures\n`);
  try {
    const zip = await openRemoteZip({ ...http, url: archive.url, most: archive.most, blockSize });
    return await extractLarge(zip, taken, folder, counts);
  } catch (error) {
    if (!(error instanceof RangesIgnoredError)) {
      throw error;
    }
  }
  process.stderr.write('The server sends whole files only: downloading the whole archive\n');
  const path = join(thawHome(), archive.fileName);
  if (!(await hasHash(path, archive.hash))) {
    await download({ ...http, ...archive, path });
  }
  const done = await extractLarge(await openZip(path), taken, folder, counts);
  await rm(path);
  return done;
}

/** Fills `<folder>.partial` from a zip archive; when that is whole, it becomes `folder`. */
async function build(folder: string, zip: ZipArchive, fill: (partial: string) => Promise<void>): Promise<true> {
  const partial = `${folder}.partial`;
  try {
    await rm(partial, { recursive: true, force: true });
    await fill(partial);
    await complete(partial, folder);
    return true;
  } finally {
    zip.close();
  }
}

async function draw(folder: string, counts: SetCounts): Promise<void> {
  if (await isComplete(folder)) {
    return;
  }
  // Loads TensorFlow, too.
  const { drawCatsAndDogs }: typeof import('./cat_and_dog_drawings') = require('./cat_and_dog_drawings');
  const partial = `${folder}.partial`;
  await drawCatsAndDogs(partial, { counts, onProgress: transferProgress('Drawing cats and dogs', String) });
  await complete(partial, folder);
}
