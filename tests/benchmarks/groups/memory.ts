import path from 'node:path';
import { applications, datasets } from 'thaw';
import { chosenPictures } from '../chosen_pictures';
import type { Extent, Row } from '../compare';
import { Side } from '../side';

/** The most memory resident at once in a process that does one thing, and in those that it started. */
export async function* memory(_: Side, { quick }: Extent, folder: string): AsyncGenerator<Row> {
  const { train } = await datasets.catsVsDogs();
  const count = quick ? 32 : 128;
  const directory = path.join(folder, 'memory');
  chosenPictures(train, count, directory);
  const args = { directory, weights: await applications.imagenetWeights('vgg16_notop') };
  const peak = async (side: Side, task: string, more = {}) => {
    const bytes = await side.ask(task, { ...args, ...more });
    await side.close();
    return bytes;
  };
  const row = { group: 'memory', unit: 'MB' as const };
  const extracted: Pick<Row, 'thaw' | 'keras'> = { thaw: [], keras: [] };
  const tuned = structuredClone(extracted);
  const tunedByBank = structuredClone(extracted);
  for (let repeat = 0; repeat < (quick ? 1 : 2); repeat++) {
    extracted.thaw.push(await peak(Side.thaw(), 'extract'));
    extracted.keras.push(await peak(Side.keras(), 'peak_of_extract', { pictures: count }));
    tuned.thaw.push(await peak(Side.thaw(), 'fine_tune', { enabled: false }));
    tunedByBank.thaw.push(await peak(Side.thaw(), 'fine_tune', { enabled: true }));
    const keras = await peak(Side.keras(), 'peak_of_fine_tune');
    tuned.keras.push(keras);
    tunedByBank.keras.push(keras);
  }
  yield { ...row, name: `features of ${count} pictures`, ...extracted };
  yield { ...row, name: `an epoch of fine-tuning on ${count} pictures, without the bank`, ...tuned };
  yield { ...row, name: 'the same with the bank', ...tunedByBank };
}
