import { createReadStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import type * as tf from '../../tf';
import type { ImageDataset } from '../../utils/image_dataset';
import { withLock } from '../../utils/lock';
import { makeRoom } from './bank_folder';
import type { FeatureFile } from './feature_files';
import { FeaturePart, type Shard } from './feature_part';
import { MissingShardsError } from './missing_shards_error';

/**
 * Makes each of these files that isn't there of the parts that n shards of the dataset left, and removes the parts. Tells
 * whether there was anything to make.
 *
 * @throws MissingShardsError, before anything is written, where a part is missing or cut short.
 */
export async function mergeParts(
  files: FeatureFile[],
  n: number,
  { batchSize, directory }: ImageDataset<tf.TensorContainer>,
): Promise<boolean> {
  const shards = [...Array(n).keys()].map((index): Shard => [index + 1, n]);
  const rows = files.map((file) => ({ file, parts: shards.map((shard) => new FeaturePart(file, shard, batchSize)) }));
  // Of a file that is there its parts are, too.
  const found = await Promise.all(rows.map(({ parts }) => Promise.all(parts.map((part) => part.exists()))));
  const missing = shards.map(([i]) => i).filter((i) => found.some((parts) => !parts[i - 1]));
  if (missing.length > 0) throw new MissingShardsError(missing, n, directory);
  let merged = false;
  for (const { file, parts } of rows) {
    await withLock(file.path, async () => {
      if (await file.exists()) return;
      await makeRoom(
        file.bytes,
        files.map(({ path }) => path),
      );
      await join(parts, file);
      merged = true;
    });
    await Promise.all(parts.map(({ path }) => rm(path, { force: true })));
  }
  return merged;
}

async function join(parts: FeaturePart[], file: FeatureFile): Promise<void> {
  const writer = await file.writer();
  try {
    for (const { path } of parts) {
      for await (const bytes of createReadStream(path)) await writer.append(bytes);
    }
    await writer.finish();
  } catch (error) {
    await writer.abandon();
    throw error;
  }
}
