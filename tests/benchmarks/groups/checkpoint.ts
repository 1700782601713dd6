import path from 'node:path';
import { applications, datasets, models } from 'thaw';
import { endToEnd, frozenBase, thaw } from '../chapter_model';
import { alternate, type Extent, type Row, seconds } from '../compare';
import type { Side } from '../side';

/** Saving and loading the model that the chapter fine-tunes, 18 million parameters, as `.keras`. */
export async function* checkpoint(keras: Side, { repeats }: Extent, folder: string): AsyncGenerator<Row> {
  const { train, validation } = await datasets.catsVsDogs();
  const weights = await applications.imagenetWeights('vgg16_notop');
  await keras.ask('prepare_chapter', { weights, train, validation, stage: 3 });
  const model = thaw(endToEnd(await frozenBase()));
  const [here, there] = ['thaw.keras', 'keras.keras'].map((name) => path.join(folder, name)) as [string, string];
  const saved = await alternate(
    repeats,
    () => seconds(() => models.saveModel(model, here)),
    () => keras.ask('save', { filepath: there }),
  );
  yield { group: 'checkpoint', name: 'saving the fine-tuned model', unit: 's', ...saved };
  const loaded = await alternate(
    repeats,
    () => seconds(async () => (await models.loadModel(here)).dispose()),
    () => keras.ask('load', { filepath: there }),
  );
  yield { group: 'checkpoint', name: 'loading it', unit: 's', ...loaded };
  model.dispose();
}
