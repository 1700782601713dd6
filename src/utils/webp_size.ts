/**
 * Width and height of a WebP in pixels, from its first chunk.
 *
 * Source: RFC 9649, 2.5 to 2.7.
 *
 * @throws Error where that is none of the three that a WebP begins with.
 */
export function webpSize(bytes: Buffer): [width: number, height: number] {
  const [form, chunk] = [8, 12].map((at) => bytes.toString('latin1', at, at + 4));
  if (form !== 'WEBP' || bytes.length < 30) throw new Error('it is no WebP, or a damaged one.');
  if (chunk === 'VP8 ') return [bytes.readUInt16LE(26) & 0x3fff, bytes.readUInt16LE(28) & 0x3fff];
  if (chunk === 'VP8X') return [bytes.readUIntLE(24, 3) + 1, bytes.readUIntLE(27, 3) + 1];
  if (chunk !== 'VP8L') throw new Error('it is a damaged WebP.');
  const sizes = bytes.readUInt32LE(21);
  return [(sizes & 0x3fff) + 1, ((sizes >> 14) & 0x3fff) + 1];
}
