import { deflateSync } from 'node:zlib';
import { crc32Of } from '../utils/crc32';

/** What is asked of an HTML canvas. */
export interface Canvas {
  width: number;
  height: number;
}

/**
 * As much of a canvas as Plotly needs for the cells of a heatmap and the pixels of an image, which jsdom by itself lacks:
 * rectangles of one colour, and pixels put in.
 */
export class CanvasPixels {
  /** `rgb(…)` or `rgba(…)`: all that Plotly sets. */
  fillStyle = 'rgb(0, 0, 0)';
  private readonly pixels: Uint8Array;

  constructor(private readonly canvas: Canvas) {
    this.pixels = new Uint8Array(4 * canvas.width * canvas.height);
  }

  /** See `CanvasRenderingContext2D`; the rectangle lies within the canvas and hides what was there. */
  fillRect(left: number, top: number, width: number, height: number): void {
    const color = rgba(this.fillStyle);
    for (let row = top; row < top + height; row++) {
      for (let column = left; column < left + width; column++) {
        this.pixels.set(color, 4 * (row * this.canvas.width + column));
      }
    }
  }

  /** See `CanvasRenderingContext2D`. */
  createImageData(width: number, height: number): { data: Uint8Array } {
    return { data: new Uint8Array(4 * width * height) };
  }

  /** See `CanvasRenderingContext2D`; of the canvas's size. */
  putImageData({ data }: { data: Uint8Array }): void {
    this.pixels.set(data);
  }

  /** The canvas as a PNG (https://www.w3.org/TR/png-3/), at once as a canvas gives it: tfjs's encoder keeps one waiting. */
  toDataURL(): string {
    const { width, height } = this.canvas;
    const rows = Array.from({ length: height }, (_, row) => [
      Buffer.of(0), // no filter
      this.pixels.subarray(4 * row * width, 4 * (row + 1) * width),
    ]);
    const header = Buffer.alloc(13);
    header.writeUInt32BE(width, 0);
    header.writeUInt32BE(height, 4);
    header.set([8, 6], 8); // bits a channel; red, green, blue and alpha
    const png = Buffer.concat([
      Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
      chunk('IHDR', header),
      chunk('IDAT', deflateSync(Buffer.concat(rows.flat()))),
      chunk('IEND', Buffer.alloc(0)),
    ]);
    return `data:image/png;base64,${png.toString('base64')}`;
  }
}

function rgba(style: string): number[] {
  const numbers = /^rgba?\(([^)%]*)\)$/.exec(style)?.[1]?.split(',').map(Number);
  if (!numbers || numbers.some(Number.isNaN)) {
    throw new Error(`Expected a colour as rgb(…) or rgba(…). Received: ${style}`);
  }
  const [red = 0, green = 0, blue = 0, alpha = 1] = numbers;
  return [red, green, blue, Math.round(255 * alpha)];
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(data.length, 0);
  ends.writeUInt32BE(crc32Of(body), 4);
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
}
