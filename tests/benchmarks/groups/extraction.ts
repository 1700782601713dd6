import path from 'node:path';
import * as tf from '@tensorflow/tfjs-node';
import { applications, datasets, models, utils } from 'thaw';
import { extractor, frozenBase, imageSize } from '../chapter_model.cjs';
import { chosenPictures } from '../chosen_pictures';
import { alternate, type Extent, type Row, seconds } from '../compare';
import { emptyBank } from '../empty_bank';
import { flop } from '../flop';
import type { Side } from '../side';

/** From files to VGG16's features, reading and decoding included: batch by batch, by an empty bank, and by a full one. */
export async function* extraction(keras: Side, { quick, repeats }: Extent, folder: string): AsyncGenerator<Row> {
  const { train } = await datasets.catsVsDogs();
  const count = quick ? 16 : 96;
  const directory = path.join(folder, 'pictures');
  chosenPictures(train, count, directory);
  const weights = await applications.imagenetWeights('vgg16_notop');
  const dataset = await utils.imageDatasetFromDirectory(directory, { imageSize, shuffle: false, labelMode: null });
  const model = extractor(await frozenBase());

  const byBatch = async () => {
    for await (const pictures of dataset) {
      tf.dispose(model.predict(pictures));
      pictures.dispose();
    }
  };
  const byBank = (dtype: 'float32' | 'bfloat16') => async () =>
    (await models.featureBank({ dtype }).predict(model, dataset)).dispose();
  const ways = [
    { name: 'batch by batch', extract: byBatch },
    { name: 'by an empty bank', extract: byBank('float32'), empty: true },
    { name: 'by an empty bank in bfloat16', extract: byBank('bfloat16'), empty: true },
    { name: 'by the full bank', extract: byBank('bfloat16') },
  ];
  for (const { name, extract, empty } of quick ? ways.slice(0, 3) : ways) {
    const values = await alternate(
      Math.min(repeats, 2),
      () => {
        if (empty) emptyBank(folder);
        return seconds(extract);
      },
      () => keras.ask('extract', { weights, directory, pictures: count }),
    );
    const row = { group: 'extraction', unit: 's' as const, flop: count * flop(model) };
    yield { ...row, name: `features of ${count} pictures, ${name}`, ...values };
  }
  model.dispose();
}
