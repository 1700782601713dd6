/** Markers that stand alone: TEM, and RST0 to RST7. */
const isAlone = (marker: number) => marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7);
/** SOF0 to SOF15, but for DHT, JPG and DAC, which lie between them. */
const isFrame = (marker: number) => marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
/** Whether a frame is progressive: its number's second bit tells. */
const isProgressive = (marker: number) => (marker & 0x03) === 0x02;
const [END, SCAN] = [0xd9, 0xda];

/**
 * How large a JPEG is, in pixels, and in how many scans it comes. Goes from marker to marker as libjpeg does, which skips
 * whatever lies between them; to the end only where several scans may follow.
 *
 * Source: ITU-T T.81, B; `next_marker` and `initial_setup` in libjpeg's jdmarker.c and jdinput.c.
 */
export function jpegFrame(bytes: Buffer): { width: number; height: number; scans: number } {
  const frame = { width: 0, height: 0, scans: 0 };
  let components = 0;
  let progressive = false;
  for (let at = 2; ; ) {
    while (at < bytes.length && bytes[at] !== 0xff) at++;
    while (bytes[at] === 0xff) at++;
    const marker = bytes[at++];
    if (marker === END || at + 8 > bytes.length) return frame;
    // 0: not a marker but an encoded 255.
    if (marker === undefined || marker === 0 || isAlone(marker)) continue;
    if (isFrame(marker)) {
      frame.height = bytes.readUInt16BE(at + 3);
      frame.width = bytes.readUInt16BE(at + 5);
      components = bytes[at + 7]!;
      progressive = isProgressive(marker);
    }
    if (marker === SCAN) {
      frame.scans++;
      if (!progressive && bytes[at + 2] === components) return frame;
    }
    at += bytes.readUInt16BE(at);
  }
}
