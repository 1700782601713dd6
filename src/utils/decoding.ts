import * as tf from '../tf';
import { METHODS, type ResizeMethod } from '../tfjs/resize_images';
import { shown } from './shown';

/** What a pixel consists of: a grey, red, green and blue, or those and how opaque it is. */
export type ColorMode = 'grayscale' | 'rgb' | 'rgba';

/** How a picture is resized: Keras's names. */
export type Interpolation = ResizeMethod;

/** The numbers that a pixel has in each mode of colours. */
const CHANNELS: Record<ColorMode, number> = { grayscale: 1, rgb: 3, rgba: 4 };

/** How pictures are decoded and resized, as Keras's `image_dataset_from_directory` does. */
export interface DecodingArgs {
  /**
   * 'rgb': 3 channels; 'grayscale': 1, of JPEG and PNG; 'rgba': 4, of PNG, and of WebP and BMP that have them. TensorFlow refuses
   * the others. Defaults to 'rgb'.
   */
  colorMode?: ColorMode;
  /**
   * 'bilinear', 'nearest', 'bicubic', 'area', 'lanczos3', 'lanczos5', 'gaussian' or 'mitchellcubic', without smoothing where
   * a picture gets smaller. Defaults to 'bilinear'.
   */
  interpolation?: Interpolation;
  /** Whether the largest part, in the middle, of the size's aspect ratio is taken. Defaults to false: pictures are distorted. */
  cropToAspectRatio?: boolean;
  /** Whether the whole picture is fitted into the size, with black around it. Defaults to false. */
  padToAspectRatio?: boolean;
}

/**
 * What the pixels of a picture depend on besides its file. The operations below, the pictures of a dataset and the key that
 * tells them from others all go by it: what is added here can be forgotten nowhere. What Keras does by default is left out.
 */
export interface Decoding {
  /** [height, width] in pixels to which a picture is resized, with half-pixel centres. */
  imageSize: [number, number];
  /** Where it is not 'rgb'. */
  colorMode?: ColorMode;
  /** Where it is not 'bilinear'. */
  interpolation?: Interpolation;
  /** How the aspect ratio is kept, where it is. */
  aspectRatio?: 'crop' | 'pad';
}

/**
 * The decoding that arguments ask for.
 *
 * @param sizeName What the size is called among them.
 * @throws Error naming the one that is none of those that it may be, or that contradicts another.
 */
export function decodingOf(imageSize: [number, number], args: DecodingArgs, sizeName = 'imageSize'): Decoding {
  const { colorMode = 'rgb', interpolation = 'bilinear', cropToAspectRatio, padToAspectRatio } = args;
  if (
    !Array.isArray(imageSize) ||
    imageSize.length !== 2 ||
    !imageSize.every((side) => Number.isInteger(side) && side > 0)
  ) {
    throw new Error(`Expected ${sizeName} to be [height, width] in pixels. Received: ${JSON.stringify(imageSize)}.`);
  }
  for (const [name, given, known] of [
    ['colorMode', colorMode, Object.keys(CHANNELS)],
    ['interpolation', interpolation, Object.keys(METHODS)],
  ] as const) {
    if (!known.includes(given)) {
      throw new Error(`Expected ${name} to be one of: ${known.join(', ')}. Received: ${shown(String(given))}.`);
    }
  }
  if (cropToAspectRatio && padToAspectRatio) {
    throw new Error('Expected cropToAspectRatio or padToAspectRatio. Received: both. Leave one of them out.');
  }
  return {
    imageSize,
    ...(colorMode !== 'rgb' && { colorMode }),
    ...(interpolation !== 'bilinear' && { interpolation }),
    ...(cropToAspectRatio && { aspectRatio: 'crop' }),
    ...(padToAspectRatio && { aspectRatio: 'pad' }),
  };
}

/** How many numbers a pixel has. */
export const channelsOf = ({ colorMode = 'rgb' }: Decoding): number => CHANNELS[colorMode];

/** An operation of TensorFlow's with its settings; its inputs are names of steps before it. */
export interface Operation {
  name: string;
  op: string;
  inputs: string[];
  attributes: tf.TFEOpAttr[];
}

/** Numbers that operations take. */
export interface Numbers {
  name: string;
  dtype: 'int32' | 'float32';
  values: number[];
  /** Defaults to a scalar. */
  shape: number[];
}

/** A step on the way from a file to pixels. */
export type Step = Operation | Numbers;

/** What the last step is called. */
export const PIXELS = 'single';

/**
 * The steps that make pixels of a file's bytes, `contents`, and the `size`, int32 [2]: the operations that Keras calls, in
 * its order, in 32 bits where it reckons in 32 bits.
 *
 * Source: `_load_image_tf` in keras/src/utils/image_dataset_utils.py, `smart_resize` in keras/src/utils/image_utils.py, and
 * tf.image's `resize` and `resize_with_pad`.
 */
export function decodingSteps(decoding: Decoding): Step[] {
  const { TF_ATTR_INT, TF_ATTR_TYPE, TF_ATTR_BOOL, TF_ATTR_STRING, TF_UINT8, TF_INT32, TF_FLOAT } =
    tf.nodeBackend().binding;
  const type = (name: string, value: number) => ({ name, type: TF_ATTR_TYPE, value });
  const int = (name: string, value: number | number[]) => ({ name, type: TF_ATTR_INT, value });
  const flag = (name: string, value: boolean) => ({ name, type: TF_ATTR_BOOL, value });
  /** An operation on numbers of one type, its inputs in one text. */
  const step = (name: string, op: string, inputs: string, of: number, ...more: tf.TFEOpAttr[]): Operation => ({
    ...{ name, op, inputs: inputs.split(' ') },
    attributes: [type('T', of), ...more],
  });
  const cast = (name: string, input: string, from: number, to: number): Operation => ({
    ...{ name, op: 'Cast', inputs: [input] },
    attributes: [type('SrcT', from), type('DstT', to)],
  });
  const numbers = (name: string, values: number[], shape = [values.length]): Numbers => ({
    ...{ name, dtype: 'int32', values, shape },
  });
  /** Height and width of what has a batch's axis before them, or none. */
  const sides = (name: string, input: string, batched: boolean): Step[] => [
    step(`${name}_shape`, 'Shape', input, TF_UINT8, type('out_type', TF_INT32)),
    numbers(`${name}_from`, [batched ? 1 : 0]),
    numbers(`${name}_two`, [2]),
    step(name, 'Slice', `${name}_shape ${name}_from ${name}_two`, TF_INT32, type('Index', TF_INT32)),
  ];
  const reversed = (name: string, input: string) =>
    step(name, 'ReverseV2', `${input} reversing`, TF_INT32, type('Tidx', TF_INT32));
  const joined = (name: string, inputs: string) =>
    step(name, 'ConcatV2', `${inputs} first`, TF_INT32, int('N', inputs.split(' ').length), type('Tidx', TF_INT32));

  const { interpolation = 'bilinear', aspectRatio } = decoding;
  const { op, kernel } = METHODS[interpolation];
  const steps: Step[] = [
    {
      ...{ name: 'image', op: 'DecodeImage', inputs: ['contents'] },
      attributes: [int('channels', channelsOf(decoding)), type('dtype', TF_UINT8), flag('expand_animations', false)],
    },
    numbers('first', [0], []),
  ];
  if (aspectRatio === 'crop') {
    steps.push(
      ...sides('whole', 'image', false),
      numbers('reversing', [0]),
      reversed('whole_across', 'whole'),
      reversed('size_across', 'size'),
      step('product', 'Mul', 'whole_across size', TF_INT32),
      cast('product_f', 'product', TF_INT32, TF_FLOAT),
      cast('across_f', 'size_across', TF_INT32, TF_FLOAT),
      step('fitting_f', 'RealDiv', 'product_f across_f', TF_FLOAT),
      cast('fitting', 'fitting_f', TF_FLOAT, TF_INT32),
      step('within', 'Minimum', 'whole fitting', TF_INT32),
      numbers('least', [1], []),
      step('part', 'Maximum', 'within least', TF_INT32),
      step('rest', 'Sub', 'whole part', TF_INT32),
      cast('rest_f', 'rest', TF_INT32, TF_FLOAT),
      { name: 'two', dtype: 'float32', values: [2], shape: [] },
      step('start_f', 'RealDiv', 'rest_f two', TF_FLOAT),
      cast('start', 'start_f', TF_FLOAT, TF_INT32),
      numbers('from_all', [0]),
      numbers('all', [-1]),
      joined('part_from', 'start from_all'),
      joined('part_size', 'part all'),
      step('cropped', 'Slice', 'image part_from part_size', TF_UINT8, type('Index', TF_INT32)),
    );
  }
  const taken = aspectRatio === 'crop' ? 'cropped' : 'image';
  steps.push(step('one', 'ExpandDims', `${taken} first`, TF_UINT8, type('Tdim', TF_INT32)));
  if (aspectRatio === 'pad') {
    steps.push(
      ...sides('whole', 'image', false),
      cast('whole_f', 'whole', TF_INT32, TF_FLOAT),
      cast('size_f', 'size', TF_INT32, TF_FLOAT),
      step('ratios', 'RealDiv', 'whole_f size_f', TF_FLOAT),
      step('ratio', 'Max', 'ratios first', TF_FLOAT, type('Tidx', TF_INT32)),
      step('inner_f', 'RealDiv', 'whole_f ratio', TF_FLOAT),
      step('inner_floor', 'Floor', 'inner_f', TF_FLOAT),
      cast('inner', 'inner_floor', TF_FLOAT, TF_INT32),
      step('around_f', 'Sub', 'size_f inner_f', TF_FLOAT),
      { name: 'two', dtype: 'float32', values: [2], shape: [] },
      step('half_f', 'RealDiv', 'around_f two', TF_FLOAT),
      step('half_floor', 'Floor', 'half_f', TF_FLOAT),
      cast('half', 'half_floor', TF_FLOAT, TF_INT32),
      step('before', 'Maximum', 'half first', TF_INT32),
      step('left', 'Sub', 'size before', TF_INT32),
      step('after', 'Sub', 'left inner', TF_INT32),
      step('around', 'Pack', 'before after', TF_INT32, int('N', 2), int('axis', 1)),
      numbers('nothing', [0, 0], [1, 2]),
      joined('paddings', 'nothing around nothing'),
    );
  }
  const size = aspectRatio === 'pad' ? 'inner' : 'size';
  if (op === undefined) {
    steps.push(
      ...sides('given', 'one', true),
      cast('given_f', 'given', TF_INT32, TF_FLOAT),
      cast('wanted_f', size, TF_INT32, TF_FLOAT),
      step('scale', 'RealDiv', 'wanted_f given_f', TF_FLOAT),
      { name: 'translation', dtype: 'float32', values: [0, 0], shape: [2] },
      step(
        ...(['resized', 'ScaleAndTranslate', `one ${size} scale translation`, TF_UINT8] as const),
        ...[{ name: 'kernel_type', type: TF_ATTR_STRING, value: kernel! }, flag('antialias', false)],
      ),
    );
  } else {
    const centred = op === 'ResizeArea' ? [] : [flag('half_pixel_centers', true)];
    steps.push(step('resized', op, `one ${size}`, TF_UINT8, ...centred));
  }
  let last = 'resized';
  // It gives the type that it takes, where the others give fractions.
  if (interpolation === 'nearest') {
    steps.push(cast('resized_f', last, TF_UINT8, TF_FLOAT));
    last = 'resized_f';
  }
  if (aspectRatio === 'pad') {
    steps.push(step('padded', 'Pad', `${last} paddings`, TF_FLOAT, type('Tpaddings', TF_INT32)));
    last = 'padded';
  }
  steps.push(step(PIXELS, 'Squeeze', last, TF_FLOAT, int('squeeze_dims', [0])));
  return steps;
}
