import { firstFrame } from './first_frame';
import { jpegFrame } from './jpeg_frame';
import { plainBmp } from './plain_bmp';
import { webpSize } from './webp_size';

/** The most pixels that a picture may have: 100 million, which take 300 MB once they are decoded. */
const MOST_PIXELS = 100e6;

/** Likewise of a WebP or a JPEG in several scans, of which TensorFlow holds more than the pixels: two or three times as much. */
const MOST_PIXELS_WITH_MORE = 50e6;

/** The most pixels in all scans of a JPEG, each of which takes time: an honest progressive one has some ten scans. */
const MOST_SCANNED = 500e6;

/** @throws Error telling how many pixels there are, where they are too many. */
function checkSize(width: number, height: number, most = MOST_PIXELS): void {
  if (width * height <= most) return;
  throw new Error(`it has ${width} × ${height} pixels, and may have ${most / 1e6} million: make it smaller.`);
}

/** How the formats begin, and what makes their bytes ready to be decoded. TensorFlow goes by the first bytes, too. */
const FORMATS: { begins: string; ready: (bytes: Buffer) => Uint8Array }[] = [
  {
    begins: '\xff\xd8\xff',
    ready(bytes) {
      const { width, height, scans } = jpegFrame(bytes);
      checkSize(width, height, scans > 1 ? MOST_PIXELS_WITH_MORE : MOST_PIXELS);
      if (width * height * scans > MOST_SCANNED) {
        throw new Error(
          `it has ${scans} scans of ${width} × ${height} pixels, and may have ${MOST_SCANNED / 1e6} million pixels in all ` +
            'scans: save it as PNG, or as a JPEG that is not progressive.',
        );
      }
      return bytes;
    },
  },
  {
    begins: '\x89PNG\r\n\x1a\n',
    ready(bytes) {
      if (bytes.length >= 24) checkSize(bytes.readUInt32BE(16), bytes.readUInt32BE(20));
      return bytes;
    },
  },
  { begins: 'GIF8', ready: (bytes) => firstFrame(bytes, checkSize) },
  { begins: 'BM', ready: (bytes) => plainBmp(bytes, checkSize) },
  {
    begins: 'RIFF',
    ready(bytes) {
      checkSize(...webpSize(bytes), MOST_PIXELS_WITH_MORE);
      return bytes;
    },
  },
];

/**
 * The bytes of a picture's file, made ready for TensorFlow's DecodeImage, which takes the memory and the time that a file
 * asks for, and reads some BMPs and GIFs wrongly without a word. Told from the headers, before anything is decoded.
 *
 * @returns the same bytes, but a BMP in a layout that TensorFlow doesn't know becomes one of 24 bits a pixel, and of a GIF
 *   the first frame is left.
 * @throws Error telling what is wrong: another format, more than 100 million pixels (50 million in a progressive JPEG), or
 *   what TensorFlow would read wrongly.
 */
export function decodableBytes(contents: Uint8Array): Uint8Array {
  const bytes = Buffer.from(contents.buffer, contents.byteOffset, contents.byteLength);
  const start = bytes.toString('latin1', 0, 8);
  const format = FORMATS.find(({ begins }) => start.startsWith(begins));
  if (!format) throw new Error('its first bytes are those of another format, or of none.');
  return format.ready(bytes);
}
