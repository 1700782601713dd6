const [EXTENSION, IMAGE, TRAILER] = [0x21, 0x2c, 0x3b];

/**
 * A GIF with its first frame alone, the one that is decoded: TensorFlow would read all the others, too.
 *
 * Source: the GIF89a specification, 17 to 27.
 *
 * @param checkSize Throws where a frame has too many pixels.
 * @throws Error where the first frame isn't the whole picture, since TensorFlow takes it for that.
 */
export function firstFrame(bytes: Buffer, checkSize: (width: number, height: number) => void): Buffer {
  /** The colours of a table that these flags tell of, three bytes each. */
  const tableBytes = (flags: number) => (flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0);
  /** Where the blocks end that begin here: each tells its length, the last has none. */
  const afterBlocks = (start: number) => {
    let end = start;
    while (bytes[end]) end += bytes[end]! + 1;
    return end + 1;
  };
  let at = bytes.length < 13 ? bytes.length : 13 + tableBytes(bytes[10]!);
  while (bytes[at] === EXTENSION) at = afterBlocks(at + 2);
  // Nothing that could be decoded: TensorFlow tells what is wrong.
  if (bytes[at] !== IMAGE || at + 10 > bytes.length) return bytes;
  const [left, top, width, height] = [1, 3, 5, 7].map((offset) => bytes.readUInt16LE(at + offset)) as number[] as [
    number,
    number,
    number,
    number,
  ];
  checkSize(width, height);
  if (left > 0 || top > 0 || width < bytes.readUInt16LE(6) || height < bytes.readUInt16LE(8)) {
    throw new Error('its first frame is a part of the picture only: save it as PNG or JPEG.');
  }
  const end = afterBlocks(at + 11 + tableBytes(bytes[at + 9]!));
  return end > bytes.length ? bytes : Buffer.concat([bytes.subarray(0, end), Buffer.of(TRAILER)]);
}
