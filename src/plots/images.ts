import * as tf from '../tf';
import { checkOptions } from '../utils/check_options';
import { shown } from '../utils/shown';
import { BASE_CONFIG, BASE_LAYOUT, FIGURE_WIDTH, type Figure } from './figure';
import { plotlyText } from './plotly_text';
import { escapeHtml } from './table';

/** The narrowest page on which titles still fit above their pictures: a phone's. */
const PHONE_WIDTH = 360;
const MARGIN = 8;
const GAP = 12;
const LINE_HEIGHT = 1.3 * BASE_LAYOUT.font.size;
/** A generous mean, since the page's font may be a wide one. */
const CHARACTER_WIDTH = 0.6 * BASE_LAYOUT.font.size;
const JPEG_QUALITY = 90;
/** As wide as a picture becomes on a page that has room, in CSS pixels. */
const MAX_WIDTH = 420;
/** Of a longer title the beginning is shown: a picture as high as it would be takes all memory. */
const MAX_LINES = 300;

/** Where a line may end: white space, unless it is of the kind that doesn't break. */
const BREAK = /[^\S\u00a0\u202f]+/;

/** The arguments of `imagesFigure`. */
export interface ImagesFigureArgs {
  /**
   * One above each picture, shown as it is typed, whatever Plotly takes for markup. A long one is wrapped between words: not
   * between a number and its %, nor where a space is one that doesn't break (`\u00a0`). Defaults to none.
   */
  titles?: readonly string[];
  /** Pictures in a row. Defaults to 3, which a phone still shows well. */
  columns?: number;
}

/**
 * A grid of pictures. The caller's tensors are left as they are.
 *
 * @param images A batch (number, height, width, channels), or pictures (height, width, channels), of 1 or 3 channels with
 *   values from 0 to 255: others are clipped, fractions rounded.
 * @returns A figure that holds the pictures as JPEG, for Plotly and as HTML.
 * @throws Error if an option is unknown, if there is no picture, if one has another shape, or if the titles are not as many
 *   as the pictures.
 */
export async function imagesFigure(
  images: tf.Tensor4D | readonly tf.Tensor3D[],
  args: ImagesFigureArgs = {},
): Promise<Figure> {
  checkOptions('imagesFigure', args, { titles: true, columns: true });
  const { titles, columns = 3 } = args;
  const shapes = images instanceof tf.Tensor ? batchShapes(images) : images.map(({ shape }) => shape);
  checkArgs(shapes, titles, columns);
  const sources = await jpegSources(images);
  const captions = (titles ?? []).map((title) =>
    title
      .split(BREAK)
      .map(shown)
      .join(' ')
      .replace(/(\d) (?=%)/g, '$1\u00a0'),
  );
  const texts = captions.map((caption) => wrap(caption, charactersPerLine(columns)));
  const titleHeight = LINE_HEIGHT * Math.max(0, ...texts.map((lines) => lines.length));
  const rows = Math.ceil(sources.length / columns);
  const inner = FIGURE_WIDTH - 2 * MARGIN;
  const cellWidth = (inner - (columns - 1) * GAP) / columns;
  const cellHeight = cellWidth * Math.max(...shapes.map(([height, width]) => height / width));
  const rowHeight = titleHeight + cellHeight + GAP;
  const innerHeight = rows * rowHeight;
  const places = sources.map((_, index) => ({
    x: ((index % columns) * (cellWidth + GAP) + cellWidth / 2) / inner,
    y: 1 - (Math.floor(index / columns) * rowHeight + titleHeight) / innerHeight,
    xref: 'paper',
    yref: 'paper',
    xanchor: 'center',
  }));
  return {
    data: [],
    layout: {
      ...BASE_LAYOUT,
      height: Math.round(innerHeight + 2 * MARGIN),
      margin: { t: MARGIN, r: MARGIN, b: MARGIN, l: MARGIN },
      xaxis: { visible: false, fixedrange: true },
      yaxis: { visible: false, fixedrange: true },
      images: sources.map((source, index) => ({
        source,
        ...places[index],
        yanchor: 'top',
        sizex: cellWidth / inner,
        sizey: cellHeight / innerHeight,
        sizing: 'contain',
      })),
      annotations: texts.map((lines, index) => ({
        text: lines.map(plotlyText).join('<br>'),
        ...places[index],
        yanchor: 'bottom',
        borderpad: 0,
        showarrow: false,
      })),
    },
    config: BASE_CONFIG,
    html: imagesHtml(sources, captions, columns),
  };
}

/** The pictures in a grid that takes the page's width, colours and font; each in its cell's width at its own height. */
function imagesHtml(sources: string[], captions: string[], columns: number): string {
  const grid = `display: grid; grid-template-columns: repeat(${columns}, minmax(0, 1fr)); gap: ${GAP}px; align-items: end`;
  const cells = sources.map((source, index) => {
    const caption = escapeHtml(captions[index] ?? '');
    const text = caption && `<figcaption style="overflow-wrap: anywhere">${caption}</figcaption>`;
    return `<figure style="margin: 0">${text}<img src="${source}" alt="${caption}" style="display: block; width: 100%"></figure>`;
  });
  return `<div style="${grid}; max-width: ${columns * MAX_WIDTH}px">\n${cells.join('\n')}\n</div>`;
}

type Shape = [height: number, width: number, channels: number];

function batchShapes(batch: tf.Tensor4D): Shape[] {
  const [count, ...shape] = batch.shape;
  return Array.from({ length: count }, () => shape);
}

function checkArgs(shapes: readonly Shape[], titles: readonly string[] | undefined, columns: number): void {
  const odd = shapes.find((shape) => shape.length !== 3 || ![1, 3].includes(shape[2]));
  if (shapes.length === 0 || odd) {
    throw new Error(
      'imagesFigure needs pictures of shape (height, width, channels) with 1 or 3 channels. ' +
        `Received: ${odd ? `one of shape (${odd.join(', ')})` : 'no picture'}`,
    );
  }
  if (titles && titles.length !== shapes.length) {
    throw new Error(
      `imagesFigure needs a title for each picture. Received: ${titles.length} titles for ${shapes.length} pictures`,
    );
  }
  if (!Number.isInteger(columns) || columns < 1) {
    throw new Error(`imagesFigure needs a whole number of columns, at least 1. Received: columns=${columns}`);
  }
}

/** Each picture as a JPEG, in a `data:` address. */
export async function jpegSources(
  images: tf.Tensor4D | readonly tf.Tensor3D[],
  quality = JPEG_QUALITY,
): Promise<string[]> {
  const pictures = tf.tidy(() => {
    const each: readonly tf.Tensor[] = images instanceof tf.Tensor ? tf.unstack(images) : images;
    return each.map((image) => image.clipByValue(0, 255).round().toInt() as tf.Tensor3D);
  });
  try {
    const files = await Promise.all(pictures.map((picture) => tf.node.encodeJpeg(picture, '', quality)));
    return files.map((file) => `data:image/jpeg;base64,${Buffer.from(file).toString('base64')}`);
  } finally {
    tf.dispose(pictures);
  }
}

function charactersPerLine(columns: number): number {
  const cell = (PHONE_WIDTH - 2 * MARGIN) / columns - GAP / 2;
  return Math.max(4, Math.floor(cell / CHARACTER_WIDTH));
}

/** Breaks a text between words, and a word longer than a line wherever the line ends. */
function wrap(text: string, characters: number): string[] {
  const line = new RegExp(`.{1,${characters}}`, 'gu');
  const pieces = text.split(' ').flatMap((word) => word.match(line) ?? []);
  const lines: string[] = [];
  for (const piece of pieces) {
    const joined = `${lines.at(-1)} ${piece}`;
    if (lines.length > 0 && joined.length <= characters) lines[lines.length - 1] = joined;
    else lines.push(piece);
  }
  return lines.length > MAX_LINES ? [...lines.slice(0, MAX_LINES - 1), '…'] : lines;
}
