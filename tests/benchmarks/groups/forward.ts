import fs from 'node:fs';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-node';
import { applications } from 'thaw';
import { readFloats } from '../../support/keras';
import { relativeError } from '../../support/parity';
import { inputShape } from '../chapter_model.cjs';
import { alternate, type Extent, type Row, seconds } from '../compare';
import { flop } from '../flop';
import type { Side } from '../side';

/** Each family's name in Keras. */
const NETWORKS = {
  vgg16: 'VGG16',
  vgg19: 'VGG19',
  resnet50: 'ResNet50',
  resnet50V2: 'ResNet50V2',
  xception: 'Xception',
  denseNet121: 'DenseNet121',
  mobileNet: 'MobileNet',
  mobileNetV2: 'MobileNetV2',
  efficientNetB0: 'EfficientNetB0',
};
type Network = keyof typeof NETWORKS;
const PICTURES = 128;
const CHECKED = 8;

/** The time of `predict` a picture: VGG16 in batches of four sizes, the other families, weights at random, in batches of 32. */
export async function* forward(keras: Side, { quick, repeats }: Extent, folder: string): AsyncGenerator<Row> {
  const pictures = tf.randomUniform([PICTURES, ...inputShape], 0, 255, 'float32', 1);
  fs.writeFileSync(path.join(folder, 'pictures'), pictures.dataSync());
  await keras.ask('take_pictures', { folder, pictures: PICTURES });
  for (const network of (quick ? ['vgg16', 'mobileNetV2'] : Object.keys(NETWORKS)) as Network[]) {
    const weights = network === 'vgg16' ? await applications.imagenetWeights('vgg16_notop') : null;
    await keras.ask('prepare_network', { network: NETWORKS[network], weights, folder });
    const model = await applications[network]({
      weights: weights ?? path.join(folder, 'model.weights.h5'),
      includeTop: false,
      inputShape,
    });
    await keras.ask('save_outputs', { folder, pictures: CHECKED });
    checkEqual(model, pictures, path.join(folder, 'outputs'));
    const batchSizes = network !== 'vgg16' ? [32] : quick ? [1, 32] : [1, 8, 32, 128];
    for (const batchSize of batchSizes) {
      // Some batches of the small sizes, so that the clock has something to measure.
      const count = Math.max(batchSize, Math.min(8 * batchSize, 32));
      const some = pictures.slice([0], [count]);
      const predict = () => {
        const output = model.predict(some, { batchSize }) as tf.Tensor;
        output.dataSync();
        output.dispose();
      };
      const values = await alternate(
        repeats,
        async () => (await seconds(predict)) / count,
        async () => (await keras.ask('predict', { pictures: count, batch_size: batchSize })) / count,
      );
      yield { group: 'forward', name: `${network}, batch ${batchSize}`, unit: 'ms', flop: flop(model), ...values };
      some.dispose();
    }
    model.dispose();
  }
  pictures.dispose();
}

/** @throws Error when a network does not give what it gives in Keras. */
function checkEqual(model: tf.LayersModel, pictures: tf.Tensor, file: string): void {
  const output = tf.tidy(() => (model.predict(pictures.slice([0], [CHECKED])) as tf.Tensor).dataSync());
  const error = relativeError(output, readFloats(file));
  if (!(error <= 1e-4)) throw new Error(`${model.name}: the outputs differ by ${error}`);
}
