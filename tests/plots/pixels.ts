import * as tf from '../../src/tf';

export type Rgb = readonly [red: number, green: number, blue: number];

/** A PNG's pixels, asked for by row and column. */
export interface Pixels {
  width: number;
  height: number;
  at(row: number, column: number): Rgb;
}

export async function decodePng(png: Uint8Array): Promise<Pixels> {
  const image = tf.node.decodePng(png, 3);
  const [height, width] = image.shape;
  const values = await image.data();
  image.dispose();
  const at = (row: number, column: number): Rgb => {
    const start = 3 * (row * width + column);
    return [values[start]!, values[start + 1]!, values[start + 2]!];
  };
  return { width, height, at };
}

/** Where the pixels lie that are within 12 levels of a colour. */
export function find({ width, height, at }: Pixels, color: Rgb): { row: number; column: number }[] {
  const places = Array.from({ length: width * height }, (_, i) => ({ row: Math.floor(i / width), column: i % width }));
  return places.filter(({ row, column }) => at(row, column).every((value, i) => Math.abs(value - color[i]!) <= 12));
}

/** The pixels within `depth` of the border that are not white. */
export function inkOnBorder(pixels: Pixels, depth: number): number {
  const { width, height, at } = pixels;
  let count = 0;
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const inside = row >= depth && row < height - depth && column >= depth && column < width - depth;
      if (!inside && at(row, column).some((value) => value < 250)) count++;
    }
  }
  return count;
}
