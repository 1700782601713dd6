import type { Dirent, Stats } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { byCodePoints } from './by_code_points';
import { checkIsFile } from './read_picture';
import { reason } from './reason';
import { shown } from './shown';

/** How the labels of pictures are given out; null: pictures without labels. */
export type LabelMode = 'int' | 'binary' | 'categorical' | null;

/** The pictures of a folder, in alphanumeric order, and the class of each. */
export type ImageFiles = {
  filePaths: string[];
  /** The label of each file: the index in `classNames` of its class, or as it was given. Empty without labels. */
  labels: number[];
  /** The names of the class folders, sorted or as they were given; of labels that were given, those. Empty without labels. */
  classNames: string[];
  /** What was passed over, below the folder, and why. */
  skipped: Skipped[];
};

/** What was passed over, and why. */
interface Skipped {
  file: string;
  why: string;
}

/** What is taken for a picture, and what its class is. */
export interface Indexing {
  /** 'inferred': from the class folders; a label for each picture below the folder, in order; null: none. */
  labels?: 'inferred' | readonly number[] | null;
  /** The class folders to take, in the order of their labels. Defaults to all, sorted. */
  classNames?: readonly string[];
  /** Whether links to folders, other than a class's own, are followed. Defaults to false. */
  followLinks?: boolean;
  /** Whether WebPs are pictures, too. Defaults to false. */
  webp?: boolean;
}

const FORMATS = ['.bmp', '.gif', '.jpeg', '.jpg', '.png'];

/**
 * Lists the pictures below `directory`: one folder a class, or, where labels are given or there are none, every picture at any
 * depth. After `index_directory` in keras/src/utils/dataset_utils.py; unlike it, a class without pictures is an error, and a
 * picture's link that leads nowhere is passed over.
 * @throws where the folder is missing, holds no pictures, or holds other classes or another number of them than the
 *   arguments tell; where one below can't be read, or what has a picture's name is no file.
 */
export async function imageFiles(
  directory: string,
  labelMode: LabelMode,
  { labels: given = 'inferred', classNames: wanted, followLinks = false, webp = false }: Indexing = {},
): Promise<ImageFiles> {
  const lister = new Lister(directory, followLinks, webp ? [...FORMATS, '.webp'] : FORMATS);
  const { skipped } = lister;
  const entries = await entriesOf(
    directory,
    (why) =>
      `Expected a folder of pictures that can be read, with one folder a class. Received: ${shown(path.resolve(directory))} ` +
      `(${why}). Check the path; a relative one counts from ${process.cwd()}.`,
  );
  if (labelMode === null || given === null) {
    return { filePaths: await lister.picturesIn(directory), labels: [], classNames: [], skipped };
  }
  if (given !== 'inferred') {
    const filePaths = await lister.picturesIn(directory);
    checkLabels(directory, given, filePaths, labelMode);
    const classes = [...new Set(given)].sort((a, b) => a - b);
    return { filePaths, labels: [...given], classNames: classes.map(String), skipped };
  }
  const folders = await lister.foldersAmong(entries);
  if (wanted) checkWanted(directory, wanted, folders);
  const classNames = [...(wanted ?? folders)];
  checkClasses(directory, classNames, labelMode, wanted ? 1 : 2);
  const filePaths: string[] = [];
  const labels: number[] = [];
  for (const [label, name] of classNames.entries()) {
    const pictures = await lister.picturesIn(path.join(directory, name));
    filePaths.push(...pictures);
    labels.push(...pictures.map(() => label));
  }
  return { filePaths, labels, classNames, skipped };
}

/** One line that tells how many were passed over and why, with the names of some. */
export function skippedText(skipped: readonly Skipped[]): string {
  const kinds = new Map<string, string[]>();
  for (const { file, why } of skipped) {
    const files = kinds.get(why) ?? [];
    kinds.set(why, files);
    files.push(file);
  }
  const parts = [...kinds].map(
    ([why, files]) =>
      `${files.length} ${why} (${files.slice(0, 3).map(shown).join(', ')}${files.length > 3 ? ', …' : ''})`,
  );
  return `Skipped ${parts.join('; ')}.`;
}

/** What is in a folder, in alphanumeric order. */
async function entriesOf(folder: string, message: (why: string) => string): Promise<Dirent[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.sort((a, b) => byCodePoints(a.name, b.name));
  } catch (cause) {
    throw new Error(message(reason(cause)), { cause });
  }
}

/** Finds pictures below a folder, and keeps account of what it passes over. */
class Lister {
  readonly skipped: Skipped[] = [];

  constructor(
    private readonly directory: string,
    private readonly followLinks: boolean,
    private readonly formats: readonly string[],
  ) {}

  /** The names of the folders of classes among what lies in the directory; links to folders are some. */
  async foldersAmong(entries: readonly Dirent[]): Promise<string[]> {
    const folders: string[] = [];
    for (const entry of entries) {
      if (this.isHidden(this.directory, entry)) continue;
      const found = await this.leadsTo(this.directory, entry);
      if (found?.isDirectory()) folders.push(entry.name);
      else if (found) this.skip(this.directory, entry, 'beside the folders of classes');
    }
    return folders;
  }

  /**
   * Every picture below `folder`, folders and names sorted. A link to a folder is followed as far as it leads to none that
   * it lies in.
   */
  async picturesIn(folder: string): Promise<string[]> {
    // Where each folder really is, and where those are that it lies in, by whatever way.
    const real = async (one: string) => (this.followLinks ? [await realpath(one)] : []);
    const folders = [{ folder, places: [...(await real(this.directory)), ...(await real(folder))] }];
    const names = new Map<string, string[]>();
    for (const { folder: current, places } of folders) {
      const files: string[] = [];
      names.set(current, files);
      const entries = await entriesOf(
        current,
        (why) =>
          `Expected folders that can be read. Received: ${shown(path.resolve(current))} (${why}). ` +
          'Allow yourself to read it, or move it elsewhere.',
      );
      for (const entry of entries) {
        const inner = path.join(current, entry.name);
        const isPicture = this.formats.some((format) => entry.name.toLowerCase().endsWith(format));
        const found = await this.leadsTo(current, entry, isPicture || entry.isDirectory());
        if (!found) continue;
        if (found.isDirectory() && !entry.isDirectory() && !this.followLinks) {
          this.skip(current, entry, 'linked folders, which followLinks would follow');
        } else if (found.isDirectory()) {
          const place = await real(inner);
          const holds = (one: string) => places.some((outer) => `${outer}${path.sep}`.startsWith(`${one}${path.sep}`));
          if (place.some(holds)) this.skip(current, entry, 'links in a circle');
          else folders.push({ folder: inner, places: [...places, ...place] });
        } else if (isPicture) {
          checkPicture(inner, found);
          files.push(entry.name);
        } else if (!this.isHidden(current, entry)) this.skip(current, entry, 'of another format');
      }
    }
    const sorted = [...names.keys()].sort(byCodePoints);
    const pictures = sorted.flatMap((current) => names.get(current)!.map((name) => path.join(current, name)));
    if (pictures.length === 0) throw this.noPictures(folder);
    return pictures;
  }

  /** Whether something is hidden by its name, as `.DS_Store` is; it is passed over then. */
  private isHidden(folder: string, entry: Dirent): boolean {
    const hidden = entry.name.startsWith('.');
    if (hidden) this.skip(folder, entry, 'hidden');
    return hidden;
  }

  private skip(folder: string, { name }: Dirent, why: string): void {
    this.skipped.push({ file: path.relative(this.directory, path.join(folder, name)), why });
  }

  /**
   * What lies in a folder, or, for a link, what it leads to; undefined where it leads nowhere.
   *
   * @param counts Whether it is a class or a picture by its name, and no matter otherwise.
   */
  private async leadsTo(folder: string, entry: Dirent, counts = true): Promise<Dirent | Stats | undefined> {
    // Node puts this letter for bytes that are none, and no longer finds what has such a name.
    const garbled = counts && entry.name.includes('\uFFFD');
    if (!entry.isSymbolicLink() && !garbled) return entry;
    const file = path.resolve(folder, entry.name);
    try {
      return await stat(file);
    } catch (cause) {
      const { code = '' } = cause as NodeJS.ErrnoException;
      if (!counts || (entry.isSymbolicLink() && ['ENOENT', 'ENOTDIR', 'ELOOP'].includes(code))) {
        this.skip(folder, entry, 'links that lead nowhere');
        return undefined;
      }
      throw new Error(
        entry.isSymbolicLink()
          ? `Expected links that lead to folders or pictures. Received: ${shown(file)} (${reason(cause)}). ` +
              'Mend the link or remove it.'
          : `Expected names in UTF-8. Received: ${shown(file)}, where \uFFFD stands for what is none. Rename it.`,
        { cause },
      );
    }
  }

  private noPictures(folder: string): Error {
    const skipped = this.skipped.length > 0 ? ` ${skippedText(this.skipped)}` : '';
    return new Error(
      `Expected pictures (${this.formats.join(', ')}). Received: none in ${shown(path.resolve(folder))}. ` +
        `Put some there, or remove the folder.${skipped}`,
    );
  }
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

function checkWanted(directory: string, wanted: readonly string[], folders: readonly string[]): void {
  const names = JSON.stringify(wanted);
  if (new Set(wanted).size === wanted.length && wanted.every((name) => folders.includes(name))) return;
  throw new Error(
    `Expected classNames to be names of folders, each once, in ${shown(path.resolve(directory))}: ` +
      `${shown(folders.join(', ')) || 'there are none'}. Received: ${shown(names)}.`,
  );
}

/** @throws Error where there is no label for each picture, or they are others than the mode needs. */
function checkLabels(
  directory: string,
  labels: readonly number[],
  filePaths: readonly string[],
  labelMode: 'int' | 'binary' | 'categorical',
): void {
  if (labels.length !== filePaths.length) {
    throw new Error(
      `Expected a label for each picture, in alphanumeric order: ${filePaths.length} in ${shown(path.resolve(directory))}. ` +
        `Received: ${labels.length}.`,
    );
  }
  const classes = new Set(labels).size;
  const counted = labels.every((label) => label >= 0 && label < classes);
  if (labelMode !== 'int' && !(counted && (labelMode !== 'binary' || classes === 2))) {
    throw new Error(
      `Expected labels ${labelMode === 'binary' ? '0 and 1' : 'that count from 0, each of them given'} for labelMode ` +
        `'${labelMode}'. Received: ${[...new Set(labels)].sort((a, b) => a - b).join(', ')}.`,
    );
  }
}

function checkClasses(
  directory: string,
  classNames: readonly string[],
  labelMode: 'int' | 'binary' | 'categorical',
  least: number,
): void {
  const received = `Received: ${classNames.length} in ${shown(path.resolve(directory))} (${shown(classNames.join(', ')) || 'none'})`;
  if (labelMode === 'binary' && classNames.length !== 2) {
    throw new Error(`Expected exactly 2 class folders for labelMode 'binary'. ${received}.`);
  }
  if (classNames.length < least) {
    throw new Error(
      `Expected at least ${least} class folders, such as cat and dog, with the pictures in them. ${received}. ` +
        'For pictures without labels pass labelMode: null.',
    );
  }
}
