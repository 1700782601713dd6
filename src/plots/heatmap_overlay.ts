import * as tf from '../tf';
import { checkOptions } from '../utils/check_options';

/** The arguments of `heatmapOverlay`. */
export interface HeatmapOverlayArgs {
  /** How much the heat covers the picture, from 0 (not at all) to 1 (nothing else is seen). Defaults to 0.5. */
  alpha?: number;
}

/**
 * Matplotlib's inferno at even steps from 0 to 1, as the pictures' red, green and blue: from dark to bright, so that the
 * colour-blind, and a print in grey, tell hot from cold.
 */
const INFERNO = [
  [0, 0, 4],
  [40, 11, 83],
  [101, 21, 110],
  [159, 42, 99],
  [212, 72, 66],
  [245, 125, 21],
  [250, 194, 40],
  [252, 255, 164],
];

/**
 * A picture with a heatmap laid over it: bright where it is hot, dark where it is cold. The heatmap, stretched to the size of
 * the picture, is smooth between its places. The caller's tensors are left as they are.
 *
 * Source: `save_and_display_gradcam` in Keras's example *Grad-CAM class activation visualization*, with another scale of colours.
 *
 * @param image [height, width, 3], 0 to 255.
 * @param heatmap [rows, columns], 0 to 1, such as `models.gradCam` gives: others are clipped.
 * @returns float32 [height, width, 3], 0 to 255, for `imagesFigure`. Whoever takes it disposes it.
 * @throws Error if an option is unknown or out of range, or if a shape is another.
 */
export function heatmapOverlay(image: tf.Tensor3D, heatmap: tf.Tensor2D, args: HeatmapOverlayArgs = {}): tf.Tensor3D {
  checkOptions('heatmapOverlay', args, { alpha: true });
  const { alpha = 0.5 } = args;
  const [height, width, channels] = image.shape;
  if (image.rank !== 3 || channels !== 3 || heatmap.rank !== 2) {
    throw new Error(
      'heatmapOverlay expects a picture [height, width, 3] and a heatmap [rows, columns]. ' +
        `Received: [${image.shape.join(', ')}] and [${heatmap.shape.join(', ')}]`,
    );
  }
  if (!(alpha >= 0 && alpha <= 1)) {
    throw new Error(`The alpha of a heatmapOverlay is from 0 to 1. Received: alpha=${alpha}`);
  }
  return tf.tidy(() => {
    const heat = tf.image.resizeBilinear(heatmap.expandDims<tf.Tensor3D>(-1), [height, width], false, true);
    const colors = colored(heat);
    return image.mul<tf.Tensor3D>(1 - alpha).add(colors.mul(alpha));
  });
}

/** Heat [height, width, 1], 0 to 1, in colours [height, width, 3]. */
function colored(heat: tf.Tensor3D): tf.Tensor3D {
  const steps = INFERNO.length - 1;
  const place = heat.clipByValue(0, 1).mul(steps);
  const below = place.floor().minimum(steps - 1);
  const colors = tf.tensor2d(INFERNO);
  const colorAt = (index: tf.Tensor) => colors.gather(index.squeeze<tf.Tensor2D>([-1]).toInt());
  const share = place.sub(below);
  return colorAt(below)
    .mul<tf.Tensor3D>(share.mul(-1).add(1))
    .add(colorAt(below.add(1)).mul(share));
}
