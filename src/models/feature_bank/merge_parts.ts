import { rm } from 'node:fs/promises';
import { inBank } from './bank_errors';
import { makeRoom } from './bank_folder';
import type { FeatureFile, FeatureReader } from './feature_files';
import { PICTURES_AT_A_TIME } from './frozen_part';
import { MissingShardsError } from './missing_shards_error';
import { batches, readNumbers } from './open_features';
import { whileAlone } from './while_alone';

/** What a shard gives to a file, and how to open it, so that it is mended while it is read. */
interface Part {
  file: FeatureFile;
  open: () => Promise<FeatureReader | undefined>;
}

/**
 * Makes each of these files that isn't there of its parts, one of each shard, and removes the parts. Tells whether there was
 * anything to make.
 *
 * @param directory The folder of the pictures.
 * @throws MissingShardsError, before the file is written, where a part is missing or cut short.
 */
export async function mergeParts(rows: { file: FeatureFile; parts: Part[] }[], directory: string): Promise<boolean> {
  // Of a file that is there its parts are, too.
  const found = await Promise.all(rows.map(({ parts }) => Promise.all(parts.map(({ file }) => file.exists()))));
  const n = rows[0]!.parts.length;
  const missing = [...Array(n).keys()].filter((index) => found.some((parts) => !parts[index]));
  const shards = missing.map((index) => index + 1);
  if (missing.length > 0) throw new MissingShardsError(shards, n, directory);
  let merged = false;
  for (const { file, parts } of rows) {
    await whileAlone(file.path, async () => {
      if (await file.exists()) return;
      await makeRoom(file.bytes);
      await join(parts, file, directory);
      merged = true;
    });
    await Promise.all(parts.map((part) => inBank(rm(part.file.path, { force: true }))));
  }
  return merged;
}

async function join(parts: Part[], file: FeatureFile, directory: string): Promise<void> {
  const writer = await file.writer();
  try {
    for (const [index, { file: part, open }] of parts.entries()) {
      const reader = await open();
      if (!reader) throw new MissingShardsError([index + 1], parts.length, directory); // removed since
      try {
        for (const places of batches(part.pictures, PICTURES_AT_A_TIME)) {
          await writer.append(await readNumbers(places, file.shape, () => reader));
        }
      } finally {
        await reader.close();
      }
    }
    await writer.finish();
  } catch (error) {
    await writer.abandon();
    throw error;
  }
}
