import { type Conv2DArgs, conv2d } from '../layers/conv_2d';
import { type GlobalPooling2DArgs, globalAveragePooling2d, globalMaxPooling2d } from '../layers/global_pooling_2d';
import { type LayerScaleArgs, layerScale } from '../layers/layer_scale';
import { type NormalizationArgs, normalization } from '../layers/normalization';
import * as tf from '../tf';
import type { KerasActivation } from '../tfjs/keras_activations';

type StockActivation = Parameters<typeof tf.layers.activation>[0]['activation'];
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
interface Call {
  (x: tf.SymbolicTensor | tf.SymbolicTensor[]): tf.SymbolicTensor;
  layer: tf.layers.Layer;
}

type StockLayer =
  | ('depthwiseConv2d' | 'separableConv2d' | 'dense')
  | ('reLU' | 'batchNormalization' | 'layerNormalization' | 'dropout')
  | ('add' | 'multiply' | 'concatenate')
  | ('averagePooling2d' | 'maxPooling2d' | 'zeroPadding2d' | 'flatten' | 'reshape');

/** The layers that the networks are built of, each called as in Keras: `x = add({ name: 'add' })([x, shortcut])`. */
export type ApplicationLayers = { [Name in StockLayer]: (args: Parameters<(typeof tf.layers)[Name]>[0]) => Call } & {
  /** An activation of tfjs's, or one that Keras has besides. */
  activation: (args: { name: string; activation: StockActivation | KerasActivation }) => Call;
  /** A convolution, of groups of channels too. */
  conv2d: (args: Conv2DArgs) => Call;
  /** Drops the whole of some pictures' maps. */
  dropConnect: (args: { name: string; rate: number }) => Call;
  globalAveragePooling2d: (args: GlobalPooling2DArgs) => Call;
  globalMaxPooling2d: (args: GlobalPooling2DArgs) => Call;
  layerScale: (args: LayerScaleArgs) => Call;
  normalization: (args: NormalizationArgs) => Call;
  /** A scale for all channels, or one for each. */
  rescaling: (args: { name: string; scale: number | number[]; offset?: number }) => Call;
  /** Layers one after another as one, a model of its own for an input of that shape. */
  sequential: (args: { name: string; inputShape: tf.Shape; stack: Call[] }) => Call;
};

const GLOROT_UNIFORM: VarianceScaling = { scale: 1, mode: 'fanAvg', distribution: 'uniform' };

function functional<Args>(factory: (args: Args) => tf.layers.Layer): (args: Args) => Call {
  return (args) => {
    const layer = factory(args);
    return Object.assign((x: tf.SymbolicTensor | tf.SymbolicTensor[]) => layer.apply(x) as tf.SymbolicTensor, {
      layer,
    });
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
    conv2d: functional((args) => conv2d({ kernelInitializer: convolution(), ...args })),
    depthwiseConv2d: functional((args) => layers.depthwiseConv2d({ depthwiseInitializer: convolution(), ...args })),
    separableConv2d: functional((args) =>
      layers.separableConv2d({ depthwiseInitializer: convolution(), pointwiseInitializer: convolution(), ...args }),
    ),
    dense: functional((args) => layers.dense({ kernelInitializer: draw(kernels.dense), ...args })),
    // tfjs takes whatever activation is registered; its types know its own.
    activation: functional(({ name, activation }) =>
      layers.activation({ name, activation: activation as StockActivation }),
    ),
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
    layerNormalization: functional(layers.layerNormalization),
    layerScale: functional(layerScale),
    maxPooling2d: functional(layers.maxPooling2d),
    multiply: functional(layers.multiply),
    normalization: functional(normalization),
    reLU: functional(layers.reLU),
    // tfjs takes a scale for each channel, as Keras; its types don't know.
    rescaling: functional(({ scale, ...args }) => layers.rescaling({ scale: scale as number, ...args })),
    reshape: functional(layers.reshape),
    sequential: functional(({ name, inputShape, stack }) => {
      const input = tf.layers.inputLayer({ name: `${name}_input`, inputShape });
      return tf.sequential({ name, layers: [input, ...stack.map(({ layer }) => layer)] });
    }),
    zeroPadding2d: functional(layers.zeroPadding2d),
  };
}
