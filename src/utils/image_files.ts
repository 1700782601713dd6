import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';

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
 * After `index_directory` in keras/src/utils/dataset_utils.py; unlike it, a class without pictures is an error.
 * @throws where the folder is missing, holds no pictures, or holds another number of classes than the labels need.
 */
export async function imageFiles(directory: string, labelMode: LabelMode): Promise<ImageFiles> {
  const entries = await sortedNames(directory);
  if (labelMode === null) {
    const filePaths = await picturesIn(directory);
    if (filePaths.length === 0) throw noPictures(directory);
    return { filePaths, labels: [], classNames: [] };
  }
  const isClass = await Promise.all(
    entries.map(async (name) => !name.startsWith('.') && (await stat(path.join(directory, name))).isDirectory()),
  );
  const classNames = entries.filter((_, index) => isClass[index]);
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

async function sortedNames(directory: string): Promise<string[]> {
  try {
    return (await readdir(directory)).sort();
  } catch (cause) {
    throw new Error(
      `Expected a folder of pictures that can be read, with one folder a class. Received: ${path.resolve(directory)} ` +
        `(${(cause as Error).message}). Check the path; a relative one counts from ${process.cwd()}.`,
      { cause },
    );
  }
}

/** Every picture below `folder`, folders and names sorted; links to folders are not followed. */
async function picturesIn(folder: string): Promise<string[]> {
  const folders = [folder];
  const names = new Map<string, string[]>();
  for (const current of folders) {
    const entries = await readdir(current, { withFileTypes: true });
    folders.push(...entries.filter((entry) => entry.isDirectory()).map((entry) => path.join(current, entry.name)));
    const files = entries.filter((entry) => !entry.isDirectory()).map((entry) => entry.name);
    names.set(current, files.filter((name) => FORMATS.some((format) => name.toLowerCase().endsWith(format))).sort());
  }
  return folders.sort().flatMap((current) => names.get(current)!.map((name) => path.join(current, name)));
}

function checkClasses(directory: string, classNames: string[], labelMode: 'int' | 'binary' | 'categorical'): void {
  const received = `Received: ${classNames.length} in ${path.resolve(directory)} (${classNames.join(', ') || 'none'})`;
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
    `Expected pictures (${FORMATS.join(', ')}). Received: none in ${path.resolve(folder)}. Put some there, or remove the folder.`,
  );
}
