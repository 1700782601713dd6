import fs from 'node:fs';
import path from 'node:path';

/**
 * Makes a folder with links to the first pictures of a set, of each class as many.
 *
 * @returns The links.
 */
export function chosenPictures(directory: string, count: number, folder: string): string[] {
  const classes = fs.readdirSync(directory).sort();
  return classes.flatMap((name) => {
    fs.mkdirSync(path.join(folder, name), { recursive: true });
    const files = fs
      .readdirSync(path.join(directory, name))
      .sort()
      .slice(0, count / classes.length);
    return files.map((file) => {
      const link = path.join(folder, name, file);
      fs.symlinkSync(path.join(directory, name, file), link);
      return link;
    });
  });
}
