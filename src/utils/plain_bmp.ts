import { MOST_BYTES } from './read_picture';

/** Sizes of headers: Windows's, its successors', and OS/2's two, of which the first has shorter numbers. */
const HEADERS = [12, 40, 52, 56, 64, 108, 124];
const [CORE, INFO, OS2] = [12, 40, 64];
/** How pixels may be kept; all other ways compress them. */
const [UNCOMPRESSED, BITFIELDS, ALPHA_BITFIELDS] = [0, 3, 6];
/** Which bits of a pixel are its red, green and blue, if the file doesn't say. */
const USUAL = [0xff0000, 0x00ff00, 0x0000ff];
const USUAL_OF_16 = [0x7c00, 0x03e0, 0x001f];

/** What the headers of a BMP tell. */
interface Layout {
  width: number;
  /** Negative: the rows come from the top down. */
  height: number;
  bits: number;
  /** Where the pixels begin, and how many bytes a row of them has. */
  start: number;
  row: number;
  /** The colour that a pixel's number stands for: red, green and blue in three bytes, the highest first. */
  colourOf: (value: number) => number;
  /** Whether TensorFlow reads it rightly. */
  plain: boolean;
}

/**
 * A BMP as TensorFlow reads it rightly: of 24 or 32 bits a pixel, without a byte behind the pixels. Others become one of 24
 * bits: those with a palette, whose numbers TensorFlow takes for grey, those of 16 bits or with other places for the
 * colours, and OS/2's. Alpha is left out, as TensorFlow and Keras do.
 *
 * Source: Microsoft's BITMAPINFOHEADER, BITMAPV4HEADER and BITMAPCOREHEADER; `BmpImagePlugin.py` of Pillow.
 *
 * @param checkSize Throws where there are too many pixels.
 * @throws Error where the pixels are compressed or not all there, or the headers make no sense.
 */
export function plainBmp(bytes: Buffer, checkSize: (width: number, height: number) => void): Buffer {
  const layout = layoutOf(bytes);
  const { width, height, start, row } = layout;
  checkSize(width, Math.abs(height));
  const end = start + row * Math.abs(height);
  if (end > bytes.length) throw new Error('it is a BMP whose pixels are not all there.');
  return layout.plain ? bytes.subarray(0, end) : of24Bits(bytes, layout);
}

function layoutOf(bytes: Buffer): Layout {
  const damaged = new Error('it is a damaged BMP.');
  if (bytes.length < 26) throw damaged;
  const header = bytes.readUInt32LE(14);
  const start = bytes.readUInt32LE(10);
  const core = header === CORE;
  const between = start - 14 - header;
  if (!HEADERS.includes(header) || between < 0 || start > bytes.length) throw damaged;
  const [width, height, bits] = core
    ? ([bytes.readUInt16LE(18), bytes.readUInt16LE(20), bytes.readUInt16LE(24)] as const)
    : ([bytes.readInt32LE(18), bytes.readInt32LE(22), bytes.readUInt16LE(28)] as const);
  if (width <= 0 || height === 0 || ![1, 4, 8, 16, 24, 32].includes(bits)) throw damaged;
  const told = core ? UNCOMPRESSED : bytes.readUInt32LE(30);
  const masked = [BITFIELDS, ALPHA_BITFIELDS].includes(told) && header !== OS2 && [16, 32].includes(bits);
  if (told !== UNCOMPRESSED && !masked) throw new Error('it is a compressed BMP: save it as PNG or JPEG.');
  // They are in the later headers, and behind the first.
  if (masked && header === INFO && between < 12) throw damaged;
  const usual = bits === 16 ? USUAL_OF_16 : USUAL;
  const masks = masked ? [54, 58, 62].map((at) => bytes.readUInt32LE(at)) : usual;
  return {
    width,
    height,
    bits,
    start,
    row: Math.ceil((bits * width) / 32) * 4,
    colourOf: bits > 8 ? byMasks(masks) : byPalette(bytes, bits, core ? 3 : 4),
    plain: !core && bits >= 24 && masks.every((mask, index) => mask === usual[index]),
  };
}

/** Colours whose parts lie where the bits of the masks do. */
function byMasks(masks: number[]): Layout['colourOf'] {
  const parts = masks.map((mask) => {
    const shift = mask === 0 ? 0 : 31 - Math.clz32(mask & -mask);
    return { mask, shift, most: mask >>> shift || 1 };
  });
  return (value) =>
    parts.reduce((colour, { mask, shift, most }) => {
      return colour * 256 + Math.floor((((value & mask) >>> shift) * 255) / most);
    }, 0);
}

/** Colours of the palette, which fills the room behind the headers; what isn't in it is black. */
function byPalette(bytes: Buffer, bits: number, size: 3 | 4): Layout['colourOf'] {
  const [start, header] = [bytes.readUInt32LE(10), bytes.readUInt32LE(14)];
  const used = (size === 4 && bytes.readUInt32LE(46)) || 2 ** bits;
  const colours = Array.from({ length: 2 ** bits }, (_, index) => {
    const at = 14 + header + index * size;
    return index < used && at + size <= start ? bytes.readUIntLE(at, 3) : 0;
  });
  return (value) => colours[value]!;
}

/** The same picture with 24 bits a pixel. */
function of24Bits(bytes: Buffer, { width, height, bits, start, row, colourOf }: Layout): Buffer {
  const rows = Math.abs(height);
  const outRow = Math.ceil((width * 3) / 4) * 4;
  const size = 54 + outRow * rows;
  if (size > MOST_BYTES) {
    throw new Error(
      `with 24 bits a pixel it has ${Math.ceil(size / 1e6)} MB: make it smaller, or save it as PNG or JPEG.`,
    );
  }
  const file = Buffer.alloc(size);
  file.write('BM');
  file.writeUInt32LE(size, 2);
  file.writeUInt32LE(54, 10);
  file.writeUInt32LE(INFO, 14);
  file.writeInt32LE(width, 18);
  file.writeInt32LE(height, 22);
  file.writeUInt16LE(1, 26);
  file.writeUInt16LE(24, 28);
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < width; x++) {
      const at = start + y * row + ((x * bits) >> 3);
      const value =
        bits < 8 ? (bytes[at]! >> (8 - bits - ((x * bits) & 7))) & (2 ** bits - 1) : bytes.readUIntLE(at, bits >> 3);
      file.writeUIntLE(colourOf(value), 54 + y * outRow + x * 3, 3);
    }
  }
  return file;
}
