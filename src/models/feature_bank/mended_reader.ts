import { DamagedError, type FeatureReader } from './feature_files';

/**
 * Reads as `first` does, but has what is damaged computed anew, and goes on.
 *
 * @param mend Sees to it that the file is whole and sound.
 * @param open Opens the file again; undefined where there is none.
 */
export function mendedReader(
  first: FeatureReader,
  mend: () => Promise<void>,
  open: () => Promise<FeatureReader | undefined>,
): FeatureReader {
  let reader = first;
  let mending: Promise<void> | undefined;
  const mendAndReopen = async () => {
    await mend();
    const [damaged, mended] = [reader, await open()];
    if (!mended) throw new Error('What was mended in the feature bank was removed at once. Run this again.');
    reader = mended;
    await damaged.close(); // It waits for what still reads.
  };
  const read = (...args: Parameters<FeatureReader['read']>) => {
    const tried = reader;
    return tried.read(...args).catch(async (error) => {
      if (!(error instanceof DamagedError)) throw error;
      // The pictures of a batch are read at once: what one of them finds out is mended once.
      if (reader === tried) {
        mending ??= mendAndReopen().finally(() => {
          mending = undefined;
        });
        await mending;
      }
      await reader.read(...args);
    });
  };
  const close = async () => {
    await mending?.catch(() => {}); // Whoever reads is told.
    await reader.close();
  };
  return { read, close };
}
