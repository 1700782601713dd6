import fs from 'node:fs';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-node';
import { applications } from 'thaw';
import { applyAll, augmentation, compile, inputShape, withHead } from '../chapter_model.cjs';
import { alternate, type Extent, type Row, seconds } from '../compare';
import { trainingFlop } from '../flop';
import type { Side } from '../side';

const AUGMENTED = 128;

/** The part of VGG16 with the chapter's head from the layer `first` on; the head alone where that is null. */
async function part(first: string | null): Promise<tf.LayersModel> {
  const base = await applications.vgg16({ includeTop: false, inputShape: inputShape });
  const names = base.layers.map(({ name }) => name);
  const chain = first ? base.layers.slice(names.indexOf(first)) : [];
  const { shape } = (chain[0]?.input ?? base.outputs[0]) as tf.SymbolicTensor;
  const inputs = tf.input({ shape: shape.slice(1) });
  return compile(tf.model({ inputs, outputs: withHead(applyAll(chain, inputs)) }), 1e-5);
}

/** Augmentation, a picture, and training, a step: of the head, of block 5 with it, and of the whole network. */
export async function* training(keras: Side, { quick, repeats }: Extent, folder: string): AsyncGenerator<Row> {
  const group = 'training';
  const pictures = tf.randomUniform([AUGMENTED, ...inputShape], 0, 255, 'float32', 1);
  fs.writeFileSync(path.join(folder, 'pictures'), pictures.dataSync());
  await keras.ask('take_pictures', { folder, pictures: AUGMENTED });
  await keras.ask('prepare_augmentation');
  const random = augmentation();
  const augment = () =>
    tf.tidy(() => {
      const outputs = random.reduce(
        (x, layer) => layer.apply(x, { training: true }) as tf.Tensor,
        pictures as tf.Tensor,
      );
      // Reading one number is what has the pictures warped.
      outputs.slice([0, 0, 0, 0], [1, 1, 1, 1]).dataSync();
    });
  const augmented = await alternate(
    repeats,
    async () => (await seconds(augment)) / AUGMENTED,
    async () => (await keras.ask('augment')) / AUGMENTED,
  );
  yield { group, name: 'flip, rotation and zoom, a picture', unit: 'ms', ...augmented };
  pictures.dispose();

  const steps = [
    { name: 'step of the head, batch 32', first: null, batchSize: 32, times: 10 },
    { name: 'step of block 5 and the head, batch 32', first: 'block5_conv1', batchSize: 32, times: 2 },
    { name: 'step of the whole network, batch 8', first: 'block1_conv1', batchSize: 8, times: 1 },
  ];
  const weights = await applications.imagenetWeights('vgg16_notop');
  for (const { name, first, batchSize, times } of quick ? steps.slice(0, 2) : steps) {
    const model = await part(first);
    await keras.ask('prepare_step', { weights, first, batch_size: batchSize });
    const x = tf.randomUniform([batchSize, ...(model.inputs[0]!.shape.slice(1) as number[])], 0, 1, 'float32', 1);
    const y = tf.randomUniform([batchSize, 1], 0, 1, 'float32', 2).round();
    const values = await alternate(
      repeats,
      () => average(times, () => seconds(() => model.trainOnBatch(x, y))),
      () => average(times, () => keras.ask('step')),
    );
    yield { group, name, unit: 'ms', flop: batchSize * trainingFlop(model), ...values };
    model.dispose();
    tf.dispose([x, y]);
  }
}

async function average(times: number, measure: () => Promise<number>): Promise<number> {
  let total = 0;
  for (let time = 0; time < times; time++) total += await measure();
  return total / times;
}
