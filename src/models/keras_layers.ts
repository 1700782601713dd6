/** A JSON object. */
export type Json = { [key: string]: unknown };

const DENSE_LIKE = [
  'activation',
  'use_bias',
  'kernel_initializer',
  'bias_initializer',
  'kernel_regularizer',
  'bias_regularizer',
  'activity_regularizer',
  'kernel_constraint',
  'bias_constraint',
];

const AFFINE = ['fill_mode', 'fill_value', 'interpolation', 'seed', 'data_format'];

/** The layers that can be saved, and the settings that Keras keeps of each besides its name and whether it is trainable. */
const KERAS_LAYERS: Record<string, string[]> = {
  Conv2D: ['filters', 'kernel_size', 'strides', 'padding', 'data_format', 'dilation_rate', ...DENSE_LIKE],
  Dense: ['units', ...DENSE_LIKE],
  Dropout: ['rate', 'noise_shape', 'seed'],
  Flatten: ['data_format'],
  GlobalAveragePooling2D: ['data_format'],
  GlobalMaxPooling2D: ['data_format'],
  MaxPooling2D: ['pool_size', 'strides', 'padding', 'data_format'],
  RandomBrightness: ['factor', 'value_range', 'seed', 'data_format'],
  RandomContrast: ['factor', 'value_range', 'seed', 'data_format'],
  RandomFlip: ['mode', 'seed', 'data_format'],
  RandomRotation: ['factor', ...AFFINE],
  RandomTranslation: ['height_factor', 'width_factor', ...AFFINE],
  RandomZoom: ['height_factor', 'width_factor', ...AFFINE],
};

/** The settings of a layer, checked to be among those that can be saved. `config` is its configuration. */
export function kerasSettings(className: string, config: Json): string[] {
  const settings = KERAS_LAYERS[className];
  if (settings === undefined) {
    throw new Error(
      `The layer '${config.name}' can't be saved or loaded. ` +
        `Expected one of: InputLayer, Sequential, Functional, ${Object.keys(KERAS_LAYERS).join(', ')}. ` +
        `Received: ${className}`,
    );
  }
  const constrained = ['kernel_constraint', 'bias_constraint'].find((key) => config[key]);
  if (constrained) {
    throw new Error(`The layer '${config.name}' can't be saved or loaded with a ${constrained}. Expected none.`);
  }
  return settings;
}
