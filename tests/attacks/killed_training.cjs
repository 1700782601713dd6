// Fetches a file, fills a bank, trains on it with a backup and a checkpoint, and prints the digits that come of it: what
// tests/attacks/kills.ts kills. Compiled Thaw, as users have it. Arguments: the folder to work in, that of the pictures, an
// address, and the SHA-256 of what lies there.
const { createHash } = require('node:crypto');
const path = require('node:path');
const { callbacks, layers, models, utils } = require('../../dist');
/** @type {typeof import('../../src/tf')} */
const tf = require('../../dist/tf');
/** @type {typeof import('../../src/utils/get_file')} */
const { getFile } = require('../../dist/utils/get_file');

const [work = '', pictures = '', url = '', hash = ''] = process.argv.slice(2);

/** @param {import('../../src/tf').Tensor} tensor */
const digest = (tensor) => createHash('sha256').update(tensor.dataSync()).digest('hex').slice(0, 16);

/** @param {string} split */
const dataset = (split) =>
  utils.imageDatasetFromDirectory(path.join(pictures, split), {
    imageSize: [96, 96],
    batchSize: 8,
    seed: 1,
    labelMode: 'binary',
  });

function network() {
  const inner = tf.input({ shape: [96, 96, 3] });
  const features = [8, 16, 16].reduce((x, filters, index) => {
    const conv = tf.layers.conv2d({ filters, kernelSize: 3, strides: 2, activation: 'relu', name: `conv${index}` });
    return /** @type {import('../../src/tf').SymbolicTensor} */ (conv.apply(x));
  }, inner);
  const base = tf.model({ inputs: inner, outputs: features, name: 'base' });
  base.trainable = false;
  const input = tf.input({ shape: [96, 96, 3] });
  const stack = [
    layers.randomFlip({ mode: 'horizontal', seed: 1 }),
    layers.randomRotation({ factor: 0.1, seed: 2 }),
    tf.layers.rescaling({ scale: 1 / 255 }),
    base,
    tf.layers.flatten(),
    tf.layers.dense({ units: 8, activation: 'relu', kernelInitializer: tf.initializers.glorotUniform({ seed: 3 }) }),
    tf.layers.dropout({ rate: 0.3, seed: 5 }),
    tf.layers.dense({ units: 1, activation: 'sigmoid', kernelInitializer: tf.initializers.glorotUniform({ seed: 4 }) }),
  ];
  const outputs = stack.reduce(
    (x, layer) => /** @type {import('../../src/tf').SymbolicTensor} */ (layer.apply(x)),
    input,
  );
  return tf.model({ inputs: input, outputs });
}

async function main() {
  utils.setRandomSeed(7);
  console.log('PHASE download');
  await getFile({ fileName: 'file.bin', cacheSubdir: 'files', hash: `sha256:${hash}`, urls: [url] });
  console.log('PHASE bank');
  const [training, validation] = [await dataset('train'), await dataset('validation')];
  const model = network();
  model.compile({ optimizer: 'rmsprop', loss: 'binaryCrossentropy', metrics: ['accuracy'] });
  const bank = models.featureBank({ variants: 3, seed: 1 });
  const best = path.join(work, 'best.keras');
  class Phase extends tf.Callback {
    /** @override */
    async onEpochBegin() {
      console.log('PHASE epoch');
    }
    /** @override */
    async onEpochEnd() {
      console.log('PHASE checkpoint');
    }
  }
  const { history, epoch } = await bank.fit(model, training, {
    epochs: 12,
    validationData: validation,
    callbacks: [
      new Phase(),
      callbacks.modelCheckpoint({ filepath: best, saveBestOnly: true, monitor: 'val_loss' }),
      callbacks.backupAndRestore({ backupDir: path.join(work, 'backup') }),
    ],
  });
  const evaluated = await bank.evaluate(model, validation);
  const predicted = await bank.predict(model, validation);
  const saved = await models.loadModel(best);
  const weights = [...model.getWeights(), ...saved.getWeights()].map(digest);
  console.log(`DIGITS ${JSON.stringify({ history, epoch, evaluated, predicted: digest(predicted), weights })}`);
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
