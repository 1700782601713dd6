import path from 'node:path';
import { applications, layers, utils } from '../../src';
import * as tf from '../../src/tf';

const imageSize: [number, number] = [180, 180];
const seed = 1;

const connect = (x: tf.SymbolicTensor, layer: tf.layers.Layer) => layer.apply(x) as tf.SymbolicTensor;

/**
 * The chapter's end-to-end model, all but trained: its head has seen `perClass` training pictures of each class through
 * VGG16, for seconds. That is enough to be right about most pictures.
 *
 * @param train the folder of training pictures
 */
export async function fineTuned(train: string, perClass: number): Promise<tf.LayersModel> {
  const convBase = await applications.vgg16({ weights: 'imagenet', includeTop: false, inputShape: [...imageSize, 3] });
  const files = Array.from({ length: perClass }, (_, i) => [`cat/cat.${i}.jpg`, `dog/dog.${i}.jpg`]).flat();
  const pictures = await Promise.all(
    files.map((file) => utils.loadImg(path.join(train, file), { targetSize: imageSize })),
  );
  const features = tf.tidy(() =>
    convBase.predict(applications.vgg16.preprocessInput(tf.stack(pictures)), { batchSize: 16 }),
  ) as tf.Tensor;
  const labels = tf.tensor2d(files.map((_, i) => [i % 2]));

  const initializer = () => tf.initializers.glorotUniform({ seed });
  const output = tf.layers.dense({ units: 1, activation: 'sigmoid', kernelInitializer: initializer() });
  const head = [
    tf.layers.flatten({ inputShape: features.shape.slice(1) }),
    tf.layers.dense({ units: 256, kernelInitializer: initializer() }),
    tf.layers.dropout({ rate: 0.5, seed }),
    output,
  ];
  const classifier = tf.sequential({ layers: head });
  classifier.compile({ optimizer: tf.train.rmsprop(1e-4), loss: 'binaryCrossentropy' });
  await classifier.fit(features, labels, { epochs: 8, batchSize: 16, shuffle: false, verbose: 0 });
  // As sure as it is by now, it would say 0 or 1, whatever the difference between two computations: make it doubt.
  const logits = tf.tidy(() => {
    const given = (classifier.predict(features) as tf.Tensor).clipByValue(1e-6, 1 - 1e-6);
    return given.log().sub(tf.scalar(1).sub(given).log()).abs().mean().dataSync()[0]!;
  });
  tf.tidy(() => output.setWeights(output.getWeights().map((weight) => weight.div(logits))));
  tf.dispose([...pictures, features, labels]);

  convBase.trainable = true;
  for (const layer of convBase.layers.slice(0, -4)) layer.trainable = false;
  const inputs = tf.input({ shape: [...imageSize, 3] });
  const augmentation = [
    layers.randomFlip({ mode: 'horizontal', seed }),
    layers.randomRotation({ factor: 0.1, seed }),
    layers.randomZoom({ heightFactor: 0.2, seed }),
  ];
  const varied = augmentation.reduce<tf.SymbolicTensor>(connect, inputs);
  const seen = connect(applications.vgg16.preprocessInput(varied), convBase);
  const model = tf.model({ inputs, outputs: head.reduce(connect, seen) });
  model.compile({ optimizer: tf.train.rmsprop(1e-5), loss: 'binaryCrossentropy', metrics: ['accuracy'] });
  return model;
}
