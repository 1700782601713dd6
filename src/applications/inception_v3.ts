import type * as tf from '../tf';
import { automaticNames } from '../tfjs/layer_paths';
import { type Application, application, averageTop } from './application';
import type { ApplicationLayers } from './application_layers';
import { kernelsFile } from './imagenet_weights';
import { preprocessInput } from './preprocess_input';

/** A convolution: its filters, the height and width of its kernel, and 2 where it halves the maps. */
type Convolution = readonly [filters: number, rows: number, columns: number, strides?: 1 | 2];

/** What works on the maps beside others: convolutions one after another, then those that share what these give, side by side. */
interface Branch {
  inTurn: Convolution[];
  sideBySide?: Convolution[];
}

/** Branches whose results are joined. Another one pools: to the same size, then convolving to so many maps; or to half of it. */
interface Block {
  branches: Branch[];
  pooled: number | 'halved';
}

const inTurn = (...convolutions: Convolution[]): Branch => ({ inTurn: convolutions });

/** A block of kernels 1×1, 5×5, and 3×3 twice. */
const small = (pooled: number): Block => ({
  branches: [inTurn([64, 1, 1]), inTurn([48, 1, 1], [64, 5, 5]), inTurn([64, 1, 1], [96, 3, 3], [96, 3, 3])],
  pooled,
});

/** A block whose kernels are 7 high or 7 wide; `width` filters within its branches. */
const sevens = (width: number): Block => ({
  branches: [
    inTurn([192, 1, 1]),
    inTurn([width, 1, 1], [width, 1, 7], [192, 7, 1]),
    inTurn([width, 1, 1], [width, 7, 1], [width, 1, 7], [width, 7, 1], [192, 1, 7]),
  ],
  pooled: 192,
});

const ACROSS_AND_DOWN: Convolution[] = [
  [384, 1, 3],
  [384, 3, 1],
];
/** A block of many maps, whose branches split again. */
const WIDE: Block = {
  branches: [
    inTurn([320, 1, 1]),
    { inTurn: [[384, 1, 1]], sideBySide: ACROSS_AND_DOWN },
    {
      inTurn: [
        [448, 1, 1],
        [384, 3, 3],
      ],
      sideBySide: ACROSS_AND_DOWN,
    },
  ],
  pooled: 192,
};

/** The blocks: `mixed0` to `mixed10`. */
const BLOCKS: Block[] = [
  ...[small(32), small(64), small(64)],
  { branches: [inTurn([384, 3, 3, 2]), inTurn([64, 1, 1], [96, 3, 3], [96, 3, 3, 2])], pooled: 'halved' },
  ...[sevens(128), sevens(160), sevens(160), sevens(192)],
  {
    branches: [inTurn([192, 1, 1], [320, 3, 3, 2]), inTurn([192, 1, 1], [192, 1, 7], [192, 7, 1], [192, 3, 3, 2])],
    pooled: 'halved',
  },
  ...[WIDE, WIDE],
];

/** What the network consists of, with the names that Keras gives to layers in the order in which they are made. */
function inceptionLayers({
  activation,
  averagePooling2d,
  batchNormalization,
  concatenate,
  conv2d,
  maxPooling2d,
}: ApplicationLayers) {
  const name = automaticNames();
  const convolve = (
    x: tf.SymbolicTensor,
    [filters, rows, columns, strides = 1]: Convolution,
    padding: 'same' | 'valid' = strides === 2 ? 'valid' : 'same',
  ) => {
    const settings = { filters, strides, padding, useBias: false } as const;
    x = conv2d({ name: name('conv2d'), kernelSize: [rows, columns], ...settings })(x);
    x = batchNormalization({ name: name('batch_normalization'), scale: false })(x);
    return activation({ name: name('activation'), activation: 'relu' })(x);
  };
  const halve = (x: tf.SymbolicTensor) => maxPooling2d({ name: name('max_pooling2d'), poolSize: 3, strides: 2 })(x);
  const average = (x: tf.SymbolicTensor) =>
    averagePooling2d({ name: name('average_pooling2d'), poolSize: 3, strides: 1, padding: 'same' })(x);
  return { convolve, halve, average, join: concatenate, name };
}

/** Adds a block, the one of that index, to what comes before it. */
function block(
  x: tf.SymbolicTensor,
  { convolve, halve, average, join, name }: ReturnType<typeof inceptionLayers>,
  { branches, pooled }: Block,
  index: number,
): tf.SymbolicTensor {
  const results = branches.map(({ inTurn, sideBySide }, place) => {
    const before = inTurn.reduce((maps, convolution) => convolve(maps, convolution), x);
    if (!sideBySide) return before;
    const split = sideBySide.map((convolution) => convolve(before, convolution));
    // Of each two joins Keras names one.
    return join({ name: place === 1 ? `mixed9_${index - 9}` : name('concatenate') })(split);
  });
  results.push(pooled === 'halved' ? halve(x) : convolve(average(x), [pooled, 1, 1]));
  return join({ name: `mixed${index}` })(results);
}

/**
 * InceptionV3, a network of blocks whose branches see the same maps through kernels of several sizes.
 *
 * Takes pictures [batch, height, width, 3], 75×75 or more, from `inceptionV3.preprocessInput`; gives [batch, height / 32,
 * width / 32, 2048] without the top, a row and column less at the edges (8×8 for its own 299×299), [batch, 2048] when pooled,
 * [batch, classes] with the top. Mirrors `keras.applications.InceptionV3`. Source: Szegedy et al., Rethinking the Inception
 * Architecture for Computer Vision (2015).
 *
 * @throws Error when the arguments contradict each other, or the weights are missing or another network's.
 */
export const inceptionV3: Application = application(preprocessInput('tf'), () => ({
  name: 'inception_v3',
  defaultSize: 299,
  minSize: 75,
  pretrained: (includeTop) =>
    kernelsFile('inception_v3/inception_v3', includeTop, [
      '9a0d58056eeedaa3f26cb7ebd46da564',
      'bcbd6486424b2319ff4ef7d526e38f63',
    ]),
  features: (x, layers) => {
    const made = inceptionLayers(layers);
    const { convolve, halve } = made;
    x = convolve(x, [32, 3, 3, 2]);
    x = convolve(x, [32, 3, 3], 'valid');
    x = halve(convolve(x, [64, 3, 3]));
    x = convolve(x, [80, 1, 1], 'valid');
    x = halve(convolve(x, [192, 3, 3], 'valid'));
    return BLOCKS.reduce((maps, one, index) => block(maps, made, one, index), x);
  },
  top: averageTop(),
}));
