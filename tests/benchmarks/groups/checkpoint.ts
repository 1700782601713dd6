import path from 'node:path';
import { applications, datasets } from 'thaw';
import { alternate, type Extent, type Row } from '../compare';
import { Side } from '../side';

/** Saving and loading the model that the chapter fine-tunes, 18 million parameters, as `.keras`. */
export async function* checkpoint(keras: Side, { repeats }: Extent, folder: string): AsyncGenerator<Row> {
  const { train, validation } = await datasets.catsVsDogs();
  const weights = await applications.imagenetWeights('vgg16_notop');
  const thaw = Side.thaw();
  await thaw.ask('prepare');
  await keras.ask('prepare_chapter', { weights, train, validation, stage: 3 });
  const [here, there] = [{ filepath: path.join(folder, 'thaw.keras') }, { filepath: path.join(folder, 'keras.keras') }];
  for (const [task, name] of [
    ['save', 'saving the fine-tuned model'],
    ['load', 'loading it'],
  ] as const) {
    const values = await alternate(
      repeats,
      () => thaw.ask(task, here),
      () => keras.ask(task, there),
    );
    yield { group: 'checkpoint', name, unit: 's', ...values };
  }
  await thaw.close();
}
