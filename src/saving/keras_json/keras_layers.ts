/** A JSON object. */
export type Json = { [key: string]: unknown };

const BIASED = ['activation', 'use_bias', 'bias_initializer', 'bias_regularizer'];
const KERNEL = ['kernel_initializer', 'kernel_regularizer', ...BIASED];
const DEPTHWISE = ['depth_multiplier', 'depthwise_initializer', 'depthwise_regularizer', ...BIASED];
const POINTWISE = ['pointwise_initializer', 'pointwise_regularizer'];
const WINDOW = ['kernel_size', 'strides', 'padding', 'data_format'];
const POOLING = ['pool_size', 'strides', 'padding', 'data_format'];
const GLOBAL_POOLING = ['keepdims', 'data_format'];
const AFFINE = ['fill_mode', 'fill_value', 'interpolation', 'seed', 'data_format'];
const STATISTICS = [
  'beta_initializer',
  'beta_regularizer',
  'gamma_initializer',
  'gamma_regularizer',
  'moving_mean_initializer',
  'moving_variance_initializer',
];

/** The layers that can be saved and loaded, and Keras's settings of each besides those that every layer has. */
const KERAS_LAYERS: Record<string, string[]> = {
  Activation: ['activation'],
  Add: [],
  Average: [],
  AveragePooling2D: POOLING,
  BatchNormalization: ['axis', 'momentum', 'epsilon', 'center', 'scale', ...STATISTICS],
  Concatenate: ['axis'],
  Conv2D: ['filters', 'dilation_rate', ...WINDOW, ...KERNEL],
  Cropping2D: ['cropping', 'data_format'],
  Dense: ['units', ...KERNEL],
  DepthwiseConv2D: [...WINDOW, ...DEPTHWISE],
  Dropout: ['rate', 'noise_shape', 'seed'],
  Flatten: ['data_format'],
  GlobalAveragePooling2D: GLOBAL_POOLING,
  GlobalMaxPooling2D: GLOBAL_POOLING,
  LeakyReLU: ['negative_slope'],
  MaxPooling2D: POOLING,
  Maximum: [],
  Minimum: [],
  Multiply: [],
  Normalization: ['axis', 'mean', 'variance'],
  Permute: ['dims'],
  RandomBrightness: ['factor', 'value_range', 'seed', 'data_format'],
  RandomContrast: ['factor', 'value_range', 'seed', 'data_format'],
  RandomFlip: ['mode', 'seed', 'data_format'],
  RandomRotation: ['factor', ...AFFINE],
  RandomTranslation: ['height_factor', 'width_factor', ...AFFINE],
  RandomZoom: ['height_factor', 'width_factor', ...AFFINE],
  ReLU: ['max_value'],
  Rescaling: ['scale', 'offset'],
  Reshape: ['target_shape'],
  SeparableConv2D: ['filters', 'dilation_rate', ...POINTWISE, ...WINDOW, ...DEPTHWISE],
  Softmax: ['axis'],
  ZeroPadding2D: ['padding', 'data_format'],
};

/** What every layer has, read and written elsewhere. */
const COMMON = ['name', 'trainable', 'dtype', 'batch_input_shape'];

/** Settings that tfjs hasn't: what they must be, or null where they change nothing. */
const FIXED: Record<string, unknown[] | null> = {
  // What Keras 2 calls the negative slope.
  alpha: null,
  dilation_rate: [1, [1, 1]],
  groups: [1],
  // Of a SeparableConv2D or DepthwiseConv2D of Keras 2, which doesn't use it.
  kernel_initializer: null,
  // Which implementation TensorFlow 1 and 2 took.
  fused: null,
  // Of a renormalisation, which itself is refused.
  renorm_momentum: null,
};

/** How the layer of this configuration is called in an error. */
function describe(className: string, config: Json): string {
  return `The layer '${config.name}' (${className}) can't be saved or loaded`;
}

function checkExtra(className: string, config: Json, key: string): void {
  const allowed = FIXED[key];
  const value = JSON.stringify(config[key]);
  if (allowed === null || !config[key] || allowed?.some((one) => JSON.stringify(one) === value)) {
    return;
  }
  const expected = allowed ? `Expected ${key}=${JSON.stringify(allowed[0])}.` : `Expected a layer without ${key}.`;
  throw new Error(`${describe(className, config)} as it is set. ${expected} Received: ${key}=${value}`);
}

/**
 * The settings of a layer that both Keras and tfjs have. `config` is its configuration in Keras's words.
 *
 * @throws Error naming the layer, where it isn't among those that can be saved, or is set to what tfjs or Keras lacks.
 */
export function settingsOf(className: string, config: Json): string[] {
  const settings = Object.hasOwn(KERAS_LAYERS, className) ? KERAS_LAYERS[className] : undefined;
  if (settings === undefined) {
    throw new Error(
      `${describe(className, config)}. ` +
        `Expected one of: InputLayer, Sequential, Functional, ${Object.keys(KERAS_LAYERS).join(', ')}. ` +
        `Received: ${className}`,
    );
  }
  const extra = Object.keys(config).filter((key) => !settings.includes(key) && !COMMON.includes(key));
  for (const key of extra) {
    checkExtra(className, config, key);
  }
  if (config.data_format === 'channels_first') {
    throw new Error(`${describe(className, config)} with the channels first. Received: data_format=channels_first`);
  }
  return settings;
}
