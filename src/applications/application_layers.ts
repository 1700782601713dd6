import { type GlobalPooling2DArgs, globalAveragePooling2d, globalMaxPooling2d } from '../layers/global_pooling_2d';
import { type NormalizationArgs, normalization } from '../layers/normalization';
import * as tf from '../tf';

type Initializer = ReturnType<typeof tf.initializers.zeros>;
type VarianceScaling = Parameters<typeof tf.initializers.varianceScaling>[0];

/** How kernels are drawn; the seed is the network's. */
export interface KernelInitializers {
  /** Those of convolutions. Defaults to Keras's Glorot uniform. */
  convolution?: VarianceScaling;
  /** Those of dense layers. Defaults to Keras's Glorot uniform. */
  dense?: VarianceScaling;
}

/** Adds a layer to what comes before it, as calling a layer does in Keras. */
type Call = (x: tf.SymbolicTensor | tf.SymbolicTensor[]) => tf.SymbolicTensor;

type StockLayer =
  | ('conv2d' | 'depthwiseConv2d' | 'separableConv2d' | 'dense')
  | ('activation' | 'reLU' | 'batchNormalization' | 'dropout')
  | ('add' | 'multiply' | 'concatenate')
  | ('averagePooling2d' | 'maxPooling2d' | 'zeroPadding2d' | 'flatten' | 'reshape');

/** The layers that the networks are built of, each called as in Keras: `x = add({ name: 'add' })([x, shortcut])`. */
export type ApplicationLayers = { [Name in StockLayer]: (args: Parameters<(typeof tf.layers)[Name]>[0]) => Call } & {
  /** Drops the whole of some pictures' maps. */
  dropConnect: (args: { name: string; rate: number }) => Call;
  globalAveragePooling2d: (args: GlobalPooling2DArgs) => Call;
  globalMaxPooling2d: (args: GlobalPooling2DArgs) => Call;
  normalization: (args: NormalizationArgs) => Call;
  /** A scale for all channels, or one for each. */
  rescaling: (args: { name: string; scale: number | number[] }) => Call;
};

const GLOROT_UNIFORM: VarianceScaling = { scale: 1, mode: 'fanAvg', distribution: 'uniform' };

function functional<Args>(factory: (args: Args) => tf.layers.Layer): (args: Args) => Call {
  return (args) => {
    const layer = factory(args);
    return (x) => layer.apply(x) as tf.SymbolicTensor;
  };
}

/**
 * Makes the layers that a network is built of.
 *
 * @param seed Seed of the kernels; undefined where weights are loaded over them: then they are zeros, since drawing
 *   millions of random numbers takes seconds.
 */
export function applicationLayers(seed: number | undefined, kernels: KernelInitializers = {}): ApplicationLayers {
  let drawn = 0;
  const draw = (scaling = GLOROT_UNIFORM): Initializer =>
    seed === undefined
      ? tf.initializers.zeros()
      : tf.initializers.varianceScaling({ ...scaling, seed: seed + drawn++ });
  const convolution = () => draw(kernels.convolution);
  const { layers } = tf;
  return {
    conv2d: functional((args) => layers.conv2d({ kernelInitializer: convolution(), ...args })),
    depthwiseConv2d: functional((args) => layers.depthwiseConv2d({ depthwiseInitializer: convolution(), ...args })),
    separableConv2d: functional((args) =>
      layers.separableConv2d({ depthwiseInitializer: convolution(), pointwiseInitializer: convolution(), ...args }),
    ),
    dense: functional((args) => layers.dense({ kernelInitializer: draw(kernels.dense), ...args })),
    activation: functional(layers.activation),
    add: functional(layers.add),
    averagePooling2d: functional(layers.averagePooling2d),
    batchNormalization: functional(layers.batchNormalization),
    concatenate: functional(layers.concatenate),
    // tfjs takes null for a size of the input, as Keras; its types don't know.
    dropConnect: functional((args) => layers.dropout({ ...args, noiseShape: [null, 1, 1, 1] as number[] })),
    dropout: functional(layers.dropout),
    flatten: functional(layers.flatten),
    globalAveragePooling2d: functional(globalAveragePooling2d),
    globalMaxPooling2d: functional(globalMaxPooling2d),
    maxPooling2d: functional(layers.maxPooling2d),
    multiply: functional(layers.multiply),
    normalization: functional(normalization),
    reLU: functional(layers.reLU),
    // tfjs takes a scale for each channel, as Keras; its types don't know.
    rescaling: functional(({ name, scale }) => layers.rescaling({ name, scale: scale as number })),
    reshape: functional(layers.reshape),
    zeroPadding2d: functional(layers.zeroPadding2d),
  };
}

/** The name that a fresh session of Keras gives to a layer without one: `add`, `add_1`, `add_2`, … for index 0, 1, 2, … */
export const automaticName = (kind: string, index: number) => (index === 0 ? kind : `${kind}_${index}`);
