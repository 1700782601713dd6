import { rename, rm } from 'node:fs/promises';

/**
 * Writes the file at `path` so that it appears whole or not at all: `write` makes it beside, then it takes its name, in
 * the place of what was there. Where that fails, nothing of it is left.
 *
 * @param beside Where it is written, on the same disk. Defaults to `<path>.partial`.
 * @throws What `write` throws, or why it can't have its name.
 */
export async function writeWhole(
  path: string,
  write: (beside: string) => Promise<void>,
  beside = `${path}.partial`,
): Promise<void> {
  try {
    await write(beside);
    // Nobody but this function knows it by its first name.
    await rename(beside, path).catch((error: Error) => {
      throw Object.assign(error, { path, dest: undefined });
    });
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
}
