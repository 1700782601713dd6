import * as tf from '../../src/tf';

/** A smooth picture with some noise: int32 [height, width, channels], 0 to 255. */
function pattern(height: number, width: number, channels: number): tf.Tensor3D {
  const wave = tf
    .range(0, height * width * channels)
    .mul(0.37)
    .sin()
    .mul(60)
    .add(128);
  const noise = tf.randomUniform([height * width * channels], -40, 40, 'float32', 7);
  return wave.add(noise).reshape([height, width, channels]).toInt() as tf.Tensor3D;
}

export const jpeg = (height: number, width: number, channels: 1 | 3 = 3, progressive = false) =>
  tf.node.encodeJpeg(
    tf.tidy(() => pattern(height, width, channels)),
    '',
    95,
    progressive,
  );

/** A JPEG whose Exif data say that it lies on its side (orientation 6). */
export async function lyingJpeg(height: number, width: number): Promise<Buffer> {
  const entry = [0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0];
  const tiff = [...Buffer.from('MM'), 0, 42, 0, 0, 0, 8, 0, 1, ...entry, 0, 0, 0, 0];
  const exif = [...Buffer.from('Exif'), 0, 0, ...tiff];
  const upright = await jpeg(height, width);
  return Buffer.from([...upright.subarray(0, 2), 0xff, 0xe1, 0, exif.length + 2, ...exif, ...upright.subarray(2)]);
}

export const png = (height: number, width: number, channels: 3 | 4) =>
  tf.node.encodePng(tf.tidy(() => pattern(height, width, channels)));

/** A BMP of 24 bits, its rows from the bottom up and padded to 4 bytes. */
export function bmp(height: number, width: number): Buffer {
  const row = Math.ceil((width * 3) / 4) * 4;
  const file = Buffer.alloc(54 + row * height);
  file.write('BM');
  file.writeUInt32LE(file.length, 2);
  file.writeUInt32LE(54, 10);
  file.writeUInt32LE(40, 14);
  file.writeInt32LE(width, 18);
  file.writeInt32LE(height, 22);
  file.writeUInt16LE(1, 26);
  file.writeUInt16LE(24, 28);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width * 3; x++) file[54 + y * row + x] = (x * 5 + y * 11) % 256;
  }
  return file;
}

/** An animated GIF of two frames and four colours; a clear code after every second pixel keeps the codes at 3 bits. */
export function gif(size: number): Buffer {
  const word = (value: number) => [value & 255, value >> 8];
  const colours = [255, 0, 0, 0, 200, 0, 0, 0, 150, 240, 240, 240];
  const frame = (shift: number) => {
    const codes: number[] = [];
    for (let pixel = 0; pixel < size * size; pixel++) {
      if (pixel % 2 === 0) codes.push(4);
      codes.push((pixel + shift) % 4);
    }
    codes.push(5);
    const bytes = new Uint8Array(Math.ceil((codes.length * 3) / 8));
    codes.forEach((code, index) => {
      for (let bit = 0; bit < 3; bit++) {
        const at = index * 3 + bit;
        bytes[at >> 3]! |= ((code >> bit) & 1) << (at & 7);
      }
    });
    const blocks: number[] = [];
    for (let at = 0; at < bytes.length; at += 255) {
      const block = bytes.subarray(at, at + 255);
      blocks.push(block.length, ...block);
    }
    return [0x2c, 0, 0, 0, 0, ...word(size), ...word(size), 0, 2, ...blocks, 0];
  };
  const header = [...Buffer.from('GIF89a'), ...word(size), ...word(size), 0x81, 0, 0, ...colours];
  return Buffer.from([...header, ...frame(0), ...frame(1), 0x3b]);
}

/** A WebP of 14 × 20 pixels, lossy, as Chromium writes it; with `alpha` transparent in parts. */
export const webp = (alpha = false): Buffer =>
  Buffer.from(
    alpha
      ? 'UklGRsgAAABXRUJQVlA4WAoAAAAQAAAAEwAADQAAQUxQSCQAAAABFyAQSFKffI2ICAfFABRB844qiSTz3AMhov8TwNLJqfqBLmZWUDgg' +
          'fgAAABAEAJ0BKhQADgA+nT6ZSCWjIqEwCACwE4lsAJ0ygeADcAbwBvEQI42AAP7qkaYD3NZZL2s520KC+My5WmH8S7SuQ/pM/9Lr/mDh' +
          'UyP1A3i2er8lJYm8QA9hWyY1gyyUqfz/x9+YPnI6bHfx/x99egI9uEnWYv4xtn0dxRAAAA=='
      : 'UklGRpwAAABXRUJQVlA4IJAAAABQBQCdASoUAA4APp0+mkgloyKhMAgAsBOJbACdMoR3JoK8BtgLsr3mMDFaK2xJbA0sHDgA/vKFOGqv' +
          'kvG9h7b7fTQicVnGkM4WtDRpBY5BlGc0Q/8LvtFy8IjxGJL9AlhBX9ZNd7XkRS3acsey4HXaBZe+V9/fXDel4isPG8zPvVGSXiuCwYXF' +
          'lI5V7SAwAAA=',
    'base64',
  );
