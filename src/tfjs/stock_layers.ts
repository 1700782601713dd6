import type { LayerRecord } from './layer_record';
import { notInTfjs } from './not_in_tfjs';

/*
 * The layers of tfjs's own. To let `.keras` and `.h5` hold one more, take it out of `TFJS_ONLY` and give it a line with
 * Keras's settings of it; tests/tfjs/layer_records.test.ts then asks for one to try.
 */

const BIASED = ['activation', 'use_bias', 'bias_initializer', 'bias_regularizer'];
const KERNEL = ['kernel_initializer', 'kernel_regularizer', ...BIASED];
const DEPTHWISE = ['depth_multiplier', 'depthwise_initializer', 'depthwise_regularizer', ...BIASED];
const POINTWISE = ['pointwise_initializer', 'pointwise_regularizer'];
const WINDOW = ['kernel_size', 'strides', 'padding', 'data_format'];
const POOLING = ['pool_size', 'strides', 'padding', 'data_format'];
const AFFINE = ['beta_initializer', 'beta_regularizer', 'gamma_initializer', 'gamma_regularizer'];
const STATISTICS = [...AFFINE, 'moving_mean_initializer', 'moving_variance_initializer'];

/** A layer with these settings that tfjs reads itself, and whose operations are the same for all values. */
const stock = (keras: readonly string[], more: Partial<LayerRecord> = {}): LayerRecord => ({
  keras,
  inTfjs: 'itself',
  oneGraph: true,
  ...more,
});

/** The activations of tfjs's own. */
export const STOCK_ACTIVATIONS = [
  ...['elu', 'gelu', 'gelu_new', 'hardSigmoid', 'linear', 'logSoftmax', 'mish', 'relu', 'relu6', 'selu', 'sigmoid'],
  ...['softmax', 'softplus', 'softsign', 'swish', 'tanh'],
];

/** Layers that are known to tfjs alone. */
const TFJS_ONLY = [
  ...['AveragePooling1D', 'AveragePooling3D', 'Bidirectional', 'CategoryEncoding', 'CenterCrop', 'Conv1D'],
  ...['Conv2DTranspose', 'Conv3D', 'Conv3DTranspose', 'ConvLSTM2D', 'ConvLSTM2DCell', 'Dot', 'Embedding', 'GRU'],
  ...['GRUCell', 'GlobalAveragePooling1D', 'GlobalMaxPooling1D', 'LSTM', 'LSTMCell', 'Masking', 'MaxPooling1D'],
  ...['MaxPooling3D', 'RNN', 'RandomWidth', 'RepeatVector', 'Resizing', 'SimpleRNN', 'SimpleRNNCell'],
  ...['SpatialDropout1D', 'StackedRNNCells', 'ThresholdedReLU', 'TimeDistributed', 'UpSampling2D'],
];

/** What is known of each. */
export const STOCK_LAYERS: Record<string, LayerRecord> = {
  ...Object.fromEntries(TFJS_ONLY.map((name) => [name, { keras: null, inTfjs: 'itself', oneGraph: false }])),
  Activation: stock(['activation']),
  Add: stock([]),
  // tfjs's three that draw noise take no seed: they draw from `Math.random`.
  AlphaDropout: stock(['rate', 'seed'], { needs: ['rate'] }),
  Average: stock([]),
  AveragePooling2D: stock(POOLING),
  BatchNormalization: stock(['axis', 'momentum', 'epsilon', 'center', 'scale', ...STATISTICS], {
    // Keras 2 wrote a list.
    fromKeras: ({ axis }) => ({ axis: [axis].flat()[0] }),
  }),
  Concatenate: stock(['axis']),
  Conv2D: stock(['filters', 'dilation_rate', ...WINDOW, ...KERNEL]),
  Cropping2D: stock(['cropping', 'data_format']),
  Dense: stock(['units', ...KERNEL]),
  DepthwiseConv2D: stock(['dilation_rate', ...WINDOW, ...DEPTHWISE], {
    inTfjs: (layer) => {
      if ([layer.getConfig().dilationRate].flat().every((rate) => rate === 1)) return 'itself';
      throw notInTfjs(layer, 'is dilated');
    },
  }),
  Dropout: stock(['rate', 'noise_shape', 'seed'], { needs: ['rate'] }),
  ELU: stock(['alpha']),
  Flatten: stock(['data_format']),
  GaussianDropout: stock(['rate', 'seed'], { needs: ['rate'] }),
  GaussianNoise: stock(['stddev', 'seed'], { needs: ['stddev'] }),
  // Without `keepdims`; Thaw's of the same names, which have it, take their places.
  GlobalAveragePooling2D: stock(['data_format']),
  GlobalMaxPooling2D: stock(['data_format']),
  // Keras's are more than a layer's: they are read and written with the model.
  InputLayer: { keras: null, inTfjs: 'itself', oneGraph: true },
  LayerNormalization: stock(['axis', 'epsilon', 'center', 'scale', ...AFFINE]),
  LeakyReLU: stock(['negative_slope'], {
    // Keras 2 said alpha, as tfjs does.
    fromKeras: ({ negative_slope, alpha }) => ({ alpha: negative_slope ?? alpha }),
    toKeras: ({ alpha }) => ({ negative_slope: alpha }),
  }),
  MaxPooling2D: stock(POOLING),
  Maximum: stock([]),
  Minimum: stock([]),
  Multiply: stock([]),
  PReLU: stock(['alpha_initializer', 'alpha_regularizer', 'shared_axes']),
  Permute: stock(['dims']),
  ReLU: stock(['max_value']),
  Rescaling: stock(['scale', 'offset'], { needs: ['scale'] }),
  Reshape: stock(['target_shape'], {
    // tfjs by itself doesn't work out the size that is left open.
    inTfjs: ({ output }) => ({
      className: 'Reshape',
      settings: { target_shape: [output].flat()[0]!.shape.slice(1) },
    }),
    toKeras: ({ target_shape }) => ({ target_shape: [target_shape].flat().map((size) => size ?? -1) }),
  }),
  SeparableConv2D: stock(['filters', 'dilation_rate', ...POINTWISE, ...WINDOW, ...DEPTHWISE]),
  Softmax: stock(['axis']),
  ZeroPadding2D: stock(['padding', 'data_format']),
};
