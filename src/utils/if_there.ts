/**
 * What `asked` gives of a file or folder; undefined where there is none. That one can't be read is another matter.
 *
 * @throws Whatever else `asked` throws: EACCES, say.
 */
export async function ifThere<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
