import type { Dirent, Stats } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { checkIsFile } from './read_picture';
import { reason } from './reason';
import { shown } from './shown';

/** How the labels of pictures are given out; null: pictures without labels. */
export type LabelMode = 'int' | 'binary' | 'categorical' | null;

/** The pictures of a folder, in alphanumeric order, and the class of each. */
export type ImageFiles = {
  filePaths: string[];
  /** The index in `classNames` of each file's class. Empty without labels. */
  labels: number[];
  /** The names of the class folders, sorted. Empty without labels. */
  classNames: string[];
};

const FORMATS = ['.bmp', '.gif', '.jpeg', '.jpg', '.png'];

/**
 * Lists the pictures below `directory`: one folder a class, or, when `labelMode` is null, every picture at any depth.
 * After `index_directory` in keras/src/utils/dataset_utils.py; unlike it, a class without pictures is an error, and so is a
 * link that may have been one, but leads nowhere.
 * @throws where the folder is missing, holds no pictures, or holds another number of classes than the labels need; where
 *   one below can't be read, a link leads nowhere, or what has a picture's name is no file.
 */
export async function imageFiles(directory: string, labelMode: LabelMode): Promise<ImageFiles> {
  const entries = await entriesOf(
    directory,
    (why) =>
      `Expected a folder of pictures that can be read, with one folder a class. Received: ${shown(path.resolve(directory))} ` +
      `(${why}). Check the path; a relative one counts from ${process.cwd()}.`,
  );
  if (labelMode === null) {
    const filePaths = await picturesIn(directory);
    if (filePaths.length === 0) throw noPictures(directory);
    return { filePaths, labels: [], classNames: [] };
  }
  const classNames: string[] = [];
  for (const entry of entries) {
    if (!entry.name.startsWith('.') && (await leadsTo(directory, entry)).isDirectory()) classNames.push(entry.name);
  }
  checkClasses(directory, classNames, labelMode);
  const filePaths: string[] = [];
  const labels: number[] = [];
  for (const [label, name] of classNames.entries()) {
    const pictures = await picturesIn(path.join(directory, name));
    if (pictures.length === 0) throw noPictures(path.join(directory, name));
    filePaths.push(...pictures);
    labels.push(...pictures.map(() => label));
  }
  return { filePaths, labels, classNames };
}

/** What is in a folder, in alphanumeric order. */
async function entriesOf(folder: string, message: (why: string) => string): Promise<Dirent[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (cause) {
    throw new Error(message(reason(cause)), { cause });
  }
}

/** What lies in a folder, or, for a link, what it leads to. */
async function leadsTo(folder: string, entry: Dirent): Promise<Dirent | Stats> {
  // Node puts this letter for bytes that are none, and no longer finds what has such a name.
  const garbled = entry.name.includes('\uFFFD');
  if (!entry.isSymbolicLink() && !garbled) return entry;
  const file = path.resolve(folder, entry.name);
  try {
    return await stat(file);
  } catch (cause) {
    throw new Error(
      entry.isSymbolicLink()
        ? `Expected links that lead to folders or pictures. Received: ${shown(file)} (${reason(cause)}). ` +
            'Mend the link or remove it.'
        : `Expected names in UTF-8. Received: ${shown(file)}, where \uFFFD stands for what is none. Rename it.`,
      { cause },
    );
  }
}

/** Every picture below `folder`, folders and names sorted; links to folders are not followed. */
async function picturesIn(folder: string): Promise<string[]> {
  const folders = [folder];
  const names = new Map<string, string[]>();
  for (const current of folders) {
    const files: string[] = [];
    names.set(current, files);
    const entries = await entriesOf(
      current,
      (why) =>
        `Expected folders that can be read. Received: ${shown(path.resolve(current))} (${why}). ` +
        'Allow yourself to read it, or move it elsewhere.',
    );
    for (const entry of entries) {
      const isPicture = FORMATS.some((format) => entry.name.toLowerCase().endsWith(format));
      if (!isPicture && !entry.isDirectory()) continue;
      const found = await leadsTo(current, entry);
      if (entry.isDirectory()) folders.push(path.join(current, entry.name));
      else if (!found.isDirectory()) {
        checkPicture(path.join(current, entry.name), found);
        files.push(entry.name);
      }
    }
  }
  return folders.sort().flatMap((current) => names.get(current)!.map((name) => path.join(current, name)));
}

function checkPicture(file: string, found: Dirent | Stats): void {
  try {
    checkIsFile(found);
  } catch (cause) {
    const { message } = cause as Error;
    throw new Error(`Expected pictures to be files. Received: ${shown(path.resolve(file))}: ${message} Remove it.`, {
      cause,
    });
  }
}

function checkClasses(directory: string, classNames: string[], labelMode: 'int' | 'binary' | 'categorical'): void {
  const received = `Received: ${classNames.length} in ${shown(path.resolve(directory))} (${shown(classNames.join(', ')) || 'none'})`;
  if (labelMode === 'binary' && classNames.length !== 2) {
    throw new Error(`Expected exactly 2 class folders for labelMode 'binary'. ${received}.`);
  }
  if (classNames.length < 2) {
    throw new Error(
      `Expected at least 2 class folders, such as cat and dog, with the pictures in them. ${received}. ` +
        'For pictures without labels pass labelMode: null.',
    );
  }
}

function noPictures(folder: string): Error {
  return new Error(
    `Expected pictures (${FORMATS.join(', ')}). Received: none in ${shown(path.resolve(folder))}. Put some there, or remove the folder.`,
  );
}
