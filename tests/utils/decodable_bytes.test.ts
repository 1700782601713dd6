import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as tf from '../../src/tf';
import { decodableBytes } from '../../src/utils/decodable_bytes';
import { decodeImage } from '../../src/utils/decode_image';
import { bmp, gif, jpeg, png } from '../support/picture_files';

type Colour = [red: number, green: number, blue: number];
const [WIDTH, HEIGHT] = [5, 3];
const places = Array.from({ length: HEIGHT }, (_, y) => Array.from({ length: WIDTH }, (_, x) => ({ x, y }))).flat();

/** Neither grey nor in order, so that a palette's number is never its colour. */
const colourOf = (index: number): Colour => [(index * 53 + 7) % 256, (index * 97 + 80) % 256, (index * 31 + 160) % 256];

interface Layout {
  bits: number;
  /** The number that stands for the pixel at (x, y). */
  value: (x: number, y: number) => number;
  header?: number;
  topDown?: boolean;
  compression?: number;
  masks?: number[];
  /** How many colours the palette has. */
  colours?: number;
  /** Bytes between the headers and the pixels, and behind the pixels. */
  gap?: number;
  tail?: number;
}

/** A BMP of 5 × 3 pixels. */
function file({
  bits,
  value,
  header = 40,
  topDown,
  compression = 0,
  masks = [],
  colours = 0,
  gap = 0,
  tail = 0,
}: Layout) {
  const core = header === 12;
  const row = Math.ceil((bits * WIDTH) / 32) * 4;
  const masksBytes = header === 40 ? masks.length * 4 : 0;
  const entry = core ? 3 : 4;
  const start = 14 + header + masksBytes + colours * entry + gap;
  const bytes = Buffer.alloc(start + row * HEIGHT + tail);
  bytes.write('BM');
  bytes.writeUInt32LE(bytes.length, 2);
  bytes.writeUInt32LE(start, 10);
  bytes.writeUInt32LE(header, 14);
  if (core) {
    for (const [at, number] of [WIDTH, HEIGHT, 1, bits].entries()) bytes.writeUInt16LE(number, 18 + 2 * at);
  } else {
    bytes.writeInt32LE(WIDTH, 18);
    bytes.writeInt32LE(topDown ? -HEIGHT : HEIGHT, 22);
    bytes.writeUInt16LE(1, 26);
    bytes.writeUInt16LE(bits, 28);
    bytes.writeUInt32LE(compression, 30);
    bytes.writeUInt32LE(colours === 2 ** bits ? 0 : colours, 46);
    for (const [index, mask] of masks.entries()) bytes.writeUInt32LE(mask, 54 + 4 * index);
  }
  for (let index = 0; index < colours; index++) {
    bytes.set([...colourOf(index)].reverse(), 14 + header + masksBytes + index * entry);
  }
  bytes.fill(0xee, start - gap, start);
  for (const { x, y } of places) {
    const at = start + (topDown ? y : HEIGHT - 1 - y) * row;
    if (bits < 8) bytes[at + ((x * bits) >> 3)]! |= value(x, y) << (8 - bits - ((x * bits) & 7));
    else bytes.writeUIntLE(value(x, y), at + (x * bits) / 8, bits / 8);
  }
  return bytes;
}

function pixels(bytes: Uint8Array, imageSize: [number, number] = [HEIGHT, WIDTH]): number[] {
  const picture = decodeImage(bytes, { imageSize });
  const values = [...picture.dataSync()];
  picture.dispose();
  return values;
}

const refused = (bytes: Uint8Array, message: RegExp) => {
  const before = tf.memory().numTensors;
  assert.throws(() => decodeImage(bytes, { imageSize: [2, 2] }), message);
  assert.equal(tf.memory().numTensors, before);
};

test("a palette's numbers become its colours", () => {
  for (const bits of [1, 4, 8]) {
    const value = (x: number, y: number) => (x * 3 + y * 7) % 2 ** bits;
    const expected = places.flatMap(({ x, y }) => colourOf(value(x, y)));
    const all = { bits, value, colours: 2 ** bits };
    assert.deepEqual(pixels(file(all)), expected, `${bits} bits`);
    assert.deepEqual(pixels(file({ ...all, header: 12 })), expected, `${bits} bits, OS/2`);
    assert.deepEqual(pixels(file({ ...all, header: 124, topDown: true, gap: 6 })), expected, `${bits} bits, V5`);
  }
});

test('a number beyond the palette is black', () => {
  const value = (x: number) => x;
  const expected = places.flatMap(({ x }) => (x < 3 ? colourOf(x) : [0, 0, 0]));
  assert.deepEqual(pixels(file({ bits: 8, value, colours: 3, gap: 40 })), expected);
});

test('16, 24 and 32 bits are read by their masks', () => {
  const number = (parts: Colour, masks: number[]) =>
    parts.reduce((sum, part, index) => {
      const lowest = masks[index]! & -masks[index]!;
      return sum + Math.round((part / 255) * ((masks[index]! >>> 0) / (lowest >>> 0))) * (lowest >>> 0);
    }, 0);
  // Of levels that 5 and 6 bits hold exactly.
  const colour = ({ x, y }: { x: number; y: number }): Colour => [x * 51, y * 85, (x + y) % 2 === 0 ? 255 : 0];
  const expected = places.flatMap(colour);
  const cases: { bits: number; masks: number[]; told?: boolean; header?: number; topDown?: boolean }[] = [
    { bits: 16, masks: [0x7c00, 0x3e0, 0x1f] },
    { bits: 24, masks: [0xff0000, 0xff00, 0xff] },
    { bits: 24, masks: [0xff0000, 0xff00, 0xff], header: 12 },
    { bits: 24, masks: [0xff0000, 0xff00, 0xff], header: 64, topDown: true },
    { bits: 32, masks: [0xff0000, 0xff00, 0xff] },
    { bits: 32, masks: [0xff0000, 0xff00, 0xff], topDown: true },
    { bits: 16, masks: [0xf800, 0x7e0, 0x1f], told: true },
    { bits: 32, masks: [0xff0000, 0xff00, 0xff], told: true },
    { bits: 32, masks: [0xff, 0xff00, 0xff0000], told: true, header: 56 },
    { bits: 32, masks: [0xff000000, 0xff0000, 0xff00], told: true, header: 108 },
    { bits: 32, masks: [0x3ff00000, 0xffc00, 0x3ff], told: true },
  ];
  for (const { bits, masks, told, ...rest } of cases) {
    const value = (x: number, y: number) => number(colour({ x, y }), masks);
    const bytes = file({ bits, value, ...rest, ...(told && { masks, compression: 3 }) });
    const worst = Math.max(...pixels(bytes).map((level, index) => Math.abs(level - expected[index]!)));
    // What fewer bits can't hold is rounded here and cut there, and what more bits hold is cut.
    assert.ok(
      worst <= (bits === 16 ? 6 : 1),
      `${bits} bits, ${masks.map((mask) => mask.toString(16))}: off by ${worst}`,
    );
  }
});

test('bytes behind the pixels are no matter', () => {
  const plain = { bits: 24, value: (x: number, y: number) => x * 50 + y };
  assert.deepEqual(pixels(file({ ...plain, tail: 100 })), pixels(file(plain)));
});

test('a BMP that is compressed, cut short or damaged is refused', () => {
  const eight = { bits: 8, value: (x: number) => x, colours: 256 };
  for (const compression of [1, 2, 4, 5]) refused(file({ ...eight, compression }), /a compressed BMP: save it as PNG/);
  refused(file({ bits: 24, value: () => 0, compression: 3 }), /a compressed BMP/);
  refused(file({ bits: 32, value: () => 0, compression: 3, masks: [1, 2, 4], header: 64 }), /a compressed BMP/);
  refused(file({ bits: 32, value: () => 0, compression: 3 }), /a damaged BMP/);
  refused(file(eight).subarray(0, -1), /pixels are not all there/);
  refused(bmp(9, 9).subarray(0, -1), /pixels are not all there/);
  for (const end of [2, 20, 30, 50]) refused(file(eight).subarray(0, end), /a damaged BMP/);
  const changed = (at: number, value: number) => {
    const bytes = file(eight);
    bytes.writeInt32LE(value, at);
    return bytes;
  };
  for (const at of [18, 22]) refused(changed(at, 0), /a damaged BMP/);
  for (const start of [0, -1, 2 ** 31 - 1]) refused(changed(10, start), /a damaged BMP/);
  for (const header of [0, 13, 200, -1]) refused(changed(14, header), /a damaged BMP/);
  for (const side of [2 ** 31 - 1, -(2 ** 31)]) refused(changed(22, side), /it has 5 × 214748364\d pixels/);
  refused(changed(18, -5), /a damaged BMP/);
  refused(changed(28, 2), /a damaged BMP/);
});

/** A GIF of which only the first frame can be decoded, and is `change`d. */
function changedGif(change: (bytes: Buffer, frame: number) => void): Buffer {
  const bytes = gif(16);
  change(bytes, 13 + 4 * 3);
  return bytes;
}

test('of a GIF the first frame is read, and no other', () => {
  const whole = pixels(gif(16), [16, 16]);
  const first = decodableBytes(gif(16));
  assert.ok(first.length < gif(16).length * 0.6);
  assert.deepEqual(pixels(first, [16, 16]), whole);
  // A second frame that would take 4 GB.
  const second = changedGif((bytes) => {
    const at = first.length - 1;
    assert.equal(bytes[at], 0x2c);
    bytes.writeUInt16LE(65535, at + 5);
    bytes.writeUInt16LE(65535, at + 7);
  });
  assert.deepEqual(pixels(second, [16, 16]), whole);
  const extension = Buffer.from([0x21, 0xf9, 4, 0, 0, 0, 0, 0, 0x21, 0xfe, 2, 0x2c, 0x2c, 1, 0x2c, 0]);
  assert.deepEqual(pixels(Buffer.concat([gif(16).subarray(0, 25), extension, gif(16).subarray(25)]), [16, 16]), whole);
});

test('a GIF whose first frame is a part of the picture only is refused, a larger frame is not', () => {
  const part = /first frame is a part of the picture only: save it as PNG/;
  for (const at of [6, 8])
    refused(
      changedGif((bytes) => bytes.writeUInt16LE(17, at)),
      part,
    );
  for (const offset of [1, 3])
    refused(
      changedGif((bytes, frame) => bytes.writeUInt16LE(1, frame + offset)),
      part,
    );
  const larger = changedGif((bytes) => bytes.writeUInt32LE(0x00010001, 6));
  assert.deepEqual(pixels(larger, [16, 16]), pixels(gif(16), [16, 16]));
  for (const end of [6, 12, 20, 30, 60]) refused(gif(16).subarray(0, end), /GIF/);
});

/** A progressive JPEG that says it has another size, its last scan as often as told. */
async function scans(width: number, height: number, count: number): Promise<Buffer> {
  const bytes = Buffer.from(await jpeg(16, 16, 3, true));
  const frame = bytes.indexOf(Buffer.from([0xff, 0xc2]));
  bytes.writeUInt16BE(height, frame + 5);
  bytes.writeUInt16BE(width, frame + 7);
  const last = bytes.subarray(bytes.lastIndexOf(Buffer.from([0xff, 0xda])), -2);
  return Buffer.concat([bytes.subarray(0, -2), ...Array(count).fill(last), bytes.subarray(-2)]);
}

test('what would take too much memory or time is refused by its headers', async () => {
  const large = (bytes: Buffer, at: number, width: number, height: number) => {
    bytes.writeUInt32BE(width, at);
    bytes.writeUInt32BE(height, at + 4);
    return bytes;
  };
  refused(
    large(Buffer.from(await png(4, 4, 3)), 16, 20000, 20000),
    /it has 20000 × 20000 pixels, and may have 100 million: make it/,
  );
  refused(large(Buffer.from(await png(4, 4, 3)), 16, 2 ** 31 - 1, 2 ** 31 - 1), /may have 100 million/);
  const baseline = Buffer.from(await jpeg(16, 16));
  const frame = baseline.indexOf(Buffer.from([0xff, 0xc0]));
  baseline.writeUInt16BE(10001, frame + 5);
  baseline.writeUInt16BE(10000, frame + 7);
  refused(baseline, /it has 10000 × 10001 pixels, and may have 100 million/);
  refused(await scans(8000, 8000, 0), /it has 8000 × 8000 pixels, and may have 50 million/);
  refused(
    await scans(7000, 7000, 90),
    /it has 100 scans of 7000 × 7000 pixels, and may have 500 million pixels in all/,
  );
  refused(
    changedGif((bytes, at) => bytes.writeUInt32LE(0xffffffff, at + 5)),
    /it has 65535 × 65535 pixels/,
  );
  const wide = file({ bits: 1, value: () => 0, colours: 2 });
  wide.writeInt32LE(80_000_000, 18);
  wide.writeInt32LE(1, 22);
  // With 24 bits a pixel it would be 240 MB.
  refused(Buffer.concat([wide, Buffer.alloc(10e6)]), /with 24 bits a pixel it has 24\d MB/);
});

test('JPEGs of several scans are read as long as they are within the limits', async () => {
  const once = pixels(await jpeg(16, 16, 3, true), [16, 16]);
  assert.deepEqual(pixels(await scans(16, 16, 0), [16, 16]), once);
  assert.equal(pixels(await scans(16, 16, 50), [16, 16]).length, once.length);
});

test('fillers and bytes between the markers of a JPEG hide nothing', async () => {
  const bytes = await scans(8000, 8000, 0);
  const at = 4 + bytes.readUInt16BE(4); // where the first marker's bytes end
  const between = Buffer.from([0, 1, 0xff, 0, 0xff, 0xff]);
  refused(Buffer.concat([bytes.subarray(0, at), between, bytes.subarray(at)]), /it has 8000 × 8000 pixels/);
});

test('the sizes of a WebP are read, whichever of its three beginnings it has', () => {
  const webp = (chunk: string, at: number, ...bytes: number[]) => {
    const contents = Buffer.alloc(40);
    contents.write(`RIFF    WEBP${chunk}`, 'latin1');
    contents.set(bytes, at);
    return contents;
  };
  refused(webp('VP8 ', 26, 0x40, 0x1f, 0x41, 0x1f), /it has 8000 × 8001 pixels, and may have 50 million/);
  refused(webp('VP8L', 21, 0x3f, 0xdf, 0xcf, 0x07), /it has 8000 × 8000 pixels/);
  refused(webp('VP8X', 24, 0x3f, 0x1f, 0, 0x40, 0x1f, 0), /it has 8000 × 8001 pixels/);
  refused(webp('/abc', 20), /a damaged WebP/);
  refused(Buffer.from('RIFF    WAVEfmt '), /no WebP/);
});

test('other formats are refused, also those that some versions of TensorFlow decode', () => {
  const jpegXl = [0xff, 0x0a, 0xfa, 0x7f, 0x01];
  for (const bytes of [jpegXl, [...Buffer.from('II*\0')], [...Buffer.from('<svg>')], []]) {
    refused(Buffer.from(bytes), /its first bytes are those of another format, or of none/);
  }
});
