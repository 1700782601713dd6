import type * as tf from '../tf';
import { automaticName } from '../tfjs/layer_paths';
import { type Application, application } from './application';
import type { ApplicationLayers } from './application_layers';
import { normRelu } from './norm_relu';
import { preprocessInput } from './preprocess_input';
import { type Blocks, type ResidualBlockArgs, resnet } from './resnet';

/** Activates, narrows, convolves, widens; adds what came in. */
function residualBlock(
  x: tf.SymbolicTensor,
  layers: ApplicationLayers,
  { stack, block, filters, strides }: ResidualBlockArgs,
): tf.SymbolicTensor {
  const { add, conv2d, maxPooling2d, zeroPadding2d } = layers;
  const name = `conv${stack}_block${block}`;
  const wide = { filters: 4 * filters, kernelSize: 1 };
  let shortcut = x;
  x = normRelu(x, layers, `${name}_preact_`);
  if (block === 1) {
    shortcut = conv2d({ name: `${name}_0_conv`, ...wide })(x);
  } else if (strides === 2) {
    shortcut = maxPooling2d({ name: automaticName('max_pooling2d', stack - 2), poolSize: 1, strides })(shortcut);
  }
  x = conv2d({ name: `${name}_1_conv`, filters, kernelSize: 1, useBias: false })(x);
  x = normRelu(x, layers, `${name}_1_`);
  x = zeroPadding2d({ name: `${name}_2_pad`, padding: 1 })(x);
  x = conv2d({ name: `${name}_2_conv`, filters, kernelSize: 3, strides, useBias: false })(x);
  x = normRelu(x, layers, `${name}_2_`);
  x = conv2d({ name: `${name}_3_conv`, ...wide })(x);
  return add({ name: `${name}_out` })([shortcut, x]);
}

/** A ResNetV2 whose stacks have so many blocks each. */
const residuals = (
  name: string,
  [conv2, conv3, conv4, conv5]: Blocks,
  hashes: [top: string, noTop: string],
): Application =>
  application(preprocessInput('tf'), () =>
    resnet(name, hashes, {
      stacks: [
        [64, conv2, 2],
        [128, conv3, 2],
        [256, conv4, 2],
        [512, conv5, 1],
      ],
      residualBlock,
      preactivated: true,
    }),
  );

/**
 * ResNet50V2, as ResNet50 with normalization and activation before each convolution, so that shortcuts run through untouched.
 *
 * Takes pictures [batch, height, width, 3] from `resnet50V2.preprocessInput`; gives [batch, height / 32, width / 32, 2048]
 * without the top, sizes rounded up, [batch, 2048] when pooled, [batch, classes] with the top. Mirrors
 * `keras.applications.ResNet50V2`. Source: He et al., Identity Mappings in Deep Residual Networks (2016).
 *
 * @throws Error when the arguments contradict each other, or the weights are missing or another network's.
 */
export const resnet50V2 = residuals(
  'resnet50v2',
  [3, 4, 6, 3],
  ['3ef43a0b657b3be2300d5770ece849e0', 'fac2f116257151a9d068a22e544a4917'],
);

/**
 * ResNet101V2, as {@link resnet50V2} with more blocks in its third stack. Mirrors `keras.applications.ResNet101V2`.
 *
 * @throws Error when the arguments contradict each other, or the weights are missing or another network's.
 */
export const resnet101V2 = residuals(
  'resnet101v2',
  [3, 4, 23, 3],
  ['6343647c601c52e1368623803854d971', 'c0ed64b8031c3730f411d2eb4eea35b5'],
);

/**
 * ResNet152V2, as {@link resnet50V2} with more blocks in its second and third stacks. Mirrors
 * `keras.applications.ResNet152V2`.
 *
 * @throws Error when the arguments contradict each other, or the weights are missing or another network's.
 */
export const resnet152V2 = residuals(
  'resnet152v2',
  [3, 8, 36, 3],
  ['a49b44d1979771252814e80f8ec446f9', 'ed17cf2e0169df9d443503ef94b23b33'],
);
