/** The chapter's models. JavaScript, since `thaw_side.cjs` takes them too. */
const tf = require('@tensorflow/tfjs-node');
const { applications, layers } = require('thaw');

/** @type {[number, number]} */
const imageSize = [180, 180];
/** @type {[number, number, number]} */
const inputShape = [...imageSize, 3];

/** The chapter's augmentation. */
const augmentation = () => [
  layers.randomFlip({ mode: 'horizontal', seed: 1 }),
  layers.randomRotation({ factor: 0.1, seed: 1 }),
  layers.randomZoom({ heightFactor: 0.2, seed: 1 }),
];

/**
 * @param {tf.layers.Layer[]} chain
 * @param {tf.SymbolicTensor} x
 */
const applyAll = (chain, x) => chain.reduce((input, layer) => /** @type {tf.SymbolicTensor} */ (layer.apply(input)), x);

/**
 * The chapter's head on `x`.
 * @param {tf.SymbolicTensor} x
 */
const withHead = (x) =>
  applyAll(
    [
      tf.layers.flatten(),
      tf.layers.dense({ units: 256 }),
      tf.layers.dropout({ rate: 0.5 }),
      tf.layers.dense({ units: 1, activation: 'sigmoid' }),
    ],
    x,
  );

/**
 * @param {tf.LayersModel} model
 * @param {number} learningRate
 */
function compile(model, learningRate) {
  model.compile({ optimizer: tf.train.rmsprop(learningRate), loss: 'binaryCrossentropy', metrics: ['accuracy'] });
  return model;
}

/** VGG16 without its top, all of it frozen. */
async function frozenBase() {
  const convBase = await applications.vgg16({ includeTop: false, inputShape });
  convBase.trainable = false;
  return convBase;
}

/**
 * What gives the chapter's first stage its features.
 * @param {tf.LayersModel} convBase
 */
function extractor(convBase) {
  const inputs = tf.input({ shape: inputShape });
  return tf.model({ inputs, outputs: applyAll([convBase], applications.vgg16.preprocessInput(inputs)) });
}

/**
 * The whole model of the second stage, whose base is frozen.
 * @param {tf.LayersModel} convBase
 */
function endToEnd(convBase) {
  const inputs = tf.input({ shape: inputShape });
  const preprocessed = applications.vgg16.preprocessInput(applyAll(augmentation(), inputs));
  return compile(tf.model({ inputs, outputs: withHead(applyAll([convBase], preprocessed)) }), 0.001);
}

/**
 * Thaws the last four layers of the base, as in the third stage.
 * @param {tf.LayersModel} model
 */
function thaw(model) {
  const convBase = /** @type {tf.LayersModel} */ (model.getLayer('vgg16'));
  convBase.trainable = true;
  for (const layer of convBase.layers.slice(0, -4)) layer.trainable = false;
  return compile(model, 1e-5);
}

module.exports = {
  applyAll,
  augmentation,
  compile,
  endToEnd,
  extractor,
  frozenBase,
  imageSize,
  inputShape,
  thaw,
  withHead,
};
