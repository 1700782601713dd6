/** A picture's height, width and channels; null where any will do. */
export type ImageShape = [height: number | null, width: number | null, channels: number];

/** The arguments of `obtainInputShape`. */
export interface ObtainInputShapeArgs {
  /** The shape asked for, if any. */
  inputShape?: ImageShape;
  /** Height and width that the network was trained at. */
  defaultSize: number;
  /** The least height and width. */
  minSize: number;
  /** Whether the network ends in dense layers, which need a known size. */
  requireFlatten: boolean;
  /** 'imagenet', null, or the path of a file. */
  weights: string | null;
}

/**
 * The input shape of a network, checked. Mirrors `keras.src.applications.imagenet_utils.obtain_input_shape`.
 *
 * @throws Error when the shape can't serve the network or its weights.
 */
export function obtainInputShape(args: ObtainInputShapeArgs): ImageShape {
  const { inputShape, defaultSize, minSize, requireFlatten, weights } = args;
  const defaultShape: ImageShape = [defaultSize, defaultSize, 3];
  const received = `Received: inputShape=${JSON.stringify(inputShape)}`;
  if (weights === 'imagenet' && requireFlatten) {
    if (inputShape && JSON.stringify(inputShape) !== JSON.stringify(defaultShape)) {
      throw new Error(
        'When setting `includeTop: true` and loading `imagenet` weights, ' +
          `\`inputShape\` should be ${JSON.stringify(defaultShape)}. ${received}`,
      );
    }
    return defaultShape;
  }
  if (inputShape === undefined) {
    return requireFlatten ? defaultShape : [null, null, 3];
  }
  if (inputShape.length !== 3) {
    throw new Error(`\`inputShape\` must be an array of three integers. ${received}`);
  }
  const [height, width, channels] = inputShape;
  if (channels !== 3 && weights === 'imagenet') {
    throw new Error(`The input must have 3 channels. ${received}`);
  }
  if ((height !== null && height < minSize) || (width !== null && width < minSize)) {
    throw new Error(`Input size must be at least ${minSize}x${minSize}. ${received}`);
  }
  if (requireFlatten && (height === null || width === null)) {
    throw new Error(`If \`includeTop\` is true, you should specify a static \`inputShape\`. ${received}`);
  }
  return inputShape;
}
