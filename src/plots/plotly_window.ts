import { readFileSync } from 'node:fs';
import { randomGenerator } from '../utils/random';
import { type Canvas, CanvasPixels } from './canvas';
import type { Figure } from './figure';
import { type Font, type SvgElement, svgBounds, textWidth } from './svg_bounds';

interface Size {
  width: number;
  height: number;
}

interface Plotly {
  toImage(figure: Figure, options: Size & { format: 'svg'; imageDataOnly: true }): Promise<string>;
}

/** The part of jsdom's window that is used: see `SvgNode` for why not its own types. */
interface PlotlyWindow {
  eval(source: string): void;
  JSON: typeof JSON;
  Math: { random(): number };
  URL: object;
  HTMLCanvasElement: { prototype: object };
  SVGElement: { prototype: object };
  Plotly: Plotly;
}

/** Plotly in a window without a screen: made once, since reading Plotly takes a second. */
let plotlyWindow: PlotlyWindow | undefined;

interface FontFiles {
  regular: string;
  bold: string;
}

/**
 * Draws a figure as an SVG document, with plotly.js under jsdom.
 *
 * @param size Of the drawing, in CSS pixels.
 * @param fontFiles TTF files that the text is measured with: of one face, in two weights.
 */
export async function plotlySvg(figure: Figure, size: Size, fontFiles: FontFiles): Promise<string> {
  plotlyWindow ??= openWindow(fontFiles);
  // The same names for its elements in every figure, since jsdom remembers the elements of each name that was looked for.
  plotlyWindow.Math.random = randomGenerator(1);
  // A copy: Plotly writes into what it is given.
  const copy: Figure = plotlyWindow.JSON.parse(JSON.stringify(figure));
  return plotlyWindow.Plotly.toImage(copy, { format: 'svg', imageDataOnly: true, ...size });
}

function openWindow({ regular, bold }: FontFiles): PlotlyWindow {
  // Loaded on first use, since most programs never draw.
  const { JSDOM } = require('jsdom');
  const { loadSync }: { loadSync(path: string): Font } = require('opentype.js');
  const fonts = { regular: loadSync(regular), bold: loadSync(bold) };
  const { window }: { window: PlotlyWindow } = new JSDOM('', { runScripts: 'outside-only', pretendToBeVisual: true });
  // What jsdom lacks and Plotly asks for: some classes (only looked for), a canvas, and the size of text.
  // resvg knows no pixelated image, so that Plotly is to draw each cell at its size.
  Object.assign(window, { TextDecoder, TextEncoder, supportsCSS: () => false });
  Object.assign(window.URL, { createObjectURL: () => '' });
  const contexts = new WeakMap<Canvas, CanvasPixels>();
  Object.assign(window.HTMLCanvasElement.prototype, {
    getContext(this: Canvas, kind: string) {
      if (kind !== '2d') return null;
      if (!contexts.has(this)) contexts.set(this, new CanvasPixels(this));
      return contexts.get(this);
    },
    toDataURL(this: Canvas) {
      return contexts.get(this)?.toDataURL();
    },
  });
  const boundingBox = function (this: SvgElement) {
    const { left, top, right, bottom } = svgBounds(this, fonts) ?? { left: 0, top: 0, right: 0, bottom: 0 };
    return { x: left, y: top, left, top, right, bottom, width: right - left, height: bottom - top };
  };
  Object.assign(window.SVGElement.prototype, {
    getBBox: boundingBox,
    getBoundingClientRect: boundingBox,
    getTotalLength: () => 0, // of a violin, to be pointed at
    getComputedTextLength(this: SvgElement) {
      return textWidth(this, fonts);
    },
  });
  window.eval(readFileSync(require.resolve('plotly.js-dist/plotly.js'), 'utf8'));
  return window;
}
