import fs from 'node:fs';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-node';
import { datasets, utils } from 'thaw';
import { chosenPictures } from '../chosen_pictures';
import { alternate, type Extent, type Row, seconds } from '../compare';
import type { Side } from '../side';

const LARGE: [number, number] = [3000, 4000];

/** The photographs enlarged to 12 megapixels, since there are none of that size. */
async function enlarge(files: string[], folder: string): Promise<void> {
  for (const file of files) {
    const large = tf.tidy(() => {
      const picture = tf.node.decodeImage(fs.readFileSync(file), 3) as tf.Tensor3D;
      return tf.image.resizeBilinear(picture, LARGE).cast('int32') as tf.Tensor3D;
    });
    fs.writeFileSync(path.join(folder, path.basename(file)), await tf.node.encodeJpeg(large, 'rgb', 90));
    large.dispose();
  }
}

/** Pictures a second from files to tensors of 180×180, as `imageDatasetFromDirectory` gives them. */
export async function* reading(keras: Side, { quick, repeats }: Extent, folder: string): AsyncGenerator<Row> {
  const { train } = await datasets.catsVsDogs();
  const [small, large] = ['small', 'large'].map((name) => path.join(folder, name)) as [string, string];
  const count = quick ? 256 : 1000;
  chosenPictures(train, count, small);
  fs.mkdirSync(large);
  await enlarge(chosenPictures(train, quick ? 8 : 32, path.join(folder, 'to_enlarge')), large);
  const sets = [
    { directory: small, batchSize: 32, name: `JPEG of 200×200, ${count} of them` },
    { directory: large, batchSize: 8, name: 'JPEG of 12 megapixels (the photographs enlarged)' },
  ];
  for (const { directory, batchSize, name } of sets) {
    const options = { imageSize: [180, 180] as [number, number], batchSize, shuffle: false, labelMode: null };
    const dataset = await utils.imageDatasetFromDirectory(directory, options);
    const pictures = dataset.filePaths.length;
    const read = async () => {
      for await (const xs of dataset) {
        tf.tidy(() => xs.flatten().slice([0], [1]).dataSync());
        xs.dispose();
      }
    };
    const values = await alternate(
      repeats,
      async () => (await seconds(read)) / pictures,
      async () => (await keras.ask('read', { directory, batch_size: batchSize })) / pictures,
    );
    yield { group: 'reading', name, unit: 'pictures/s', ...values };
  }
}
