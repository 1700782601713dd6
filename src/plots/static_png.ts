import * as tf from '../tf';
import { FIGURE_HEIGHT, FIGURE_WIDTH, type Figure } from './figure';
import { plotlySvg } from './plotly_window';
import { type RasteriseReply, rasterise } from './rasterise';
import { withoutBrowser } from './without_browser';

const REGULAR = '@expo-google-fonts/open-sans/400Regular/OpenSans_400Regular.ttf';
const BOLD = '@expo-google-fonts/open-sans/700Bold/OpenSans_700Bold.ttf';

/** The arguments of `staticPng`. */
export interface StaticPngArgs {
  /** In CSS pixels. Defaults to the layout's width, else 520. */
  width?: number;
  /** Pixels of the image for each CSS pixel. Defaults to 1: JupyterLab shows a PNG pixel by pixel, whatever size it is told. */
  scale?: number;
}

/** An image file with the size at which it is to be shown. */
export interface StaticPng {
  png: Buffer;
  /** In CSS pixels. */
  width: number;
  /** In CSS pixels. */
  height: number;
  /** The characters that no font has, drawn as `�`. */
  nowhere: string[];
}

/**
 * Draws a Plotly figure as a PNG, for places that run no JavaScript (GitHub, nbconvert, a PDF). Text is set in the
 * packaged Open Sans, so the image is the same on every machine; only what that lacks, such as Korean, is the machine's own.
 *
 * @returns The file's bytes, `scale` × as many pixels as the returned width and height.
 * @throws Error if the figure cannot be drawn; a trace that asks for WebGL, a map or an unknown type can't.
 */
export async function staticPng(figure: Figure, { width, scale = 1 }: StaticPngArgs = {}): Promise<StaticPng> {
  const regular = require.resolve(REGULAR);
  const bold = require.resolve(BOLD);
  const size = {
    width: width ?? Number(figure.layout.width ?? FIGURE_WIDTH),
    height: Number(figure.layout.height ?? FIGURE_HEIGHT),
  };
  const svg = await plotlySvg(withoutBrowser(figure), size, { regular, bold });
  const image = await rasterise({ svg, scale, fontFiles: [regular, bold] });
  return { png: await encodePng(image), nowhere: image.nowhere, ...size };
}

/** Without the alpha channel, and packed tightly: a third smaller than resvg's own file. */
async function encodePng({ pixels, width, height }: RasteriseReply): Promise<Buffer> {
  const rgb = tf.tidy(() => tf.tensor3d(pixels, [height, width, 4], 'int32').slice([0, 0, 0], [height, width, 3]));
  try {
    return Buffer.from(await tf.node.encodePng(rgb, 9));
  } finally {
    rgb.dispose();
  }
}
