import { readFileSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { decodeImage } from './decode_image';
import type { DecodeReply, DecodeRequest } from './image_decoder';

// The program of the process that `decodeImages` starts: it answers one request after another.
async function answer({ id, paths, imageSize }: DecodeRequest): Promise<DecodeReply> {
  const size = imageSize[0] * imageSize[1] * 3;
  const pixels = new Float32Array(paths.length * size);
  for (const [index, path] of paths.entries()) {
    await setImmediate(); // so that a disconnection ends the process within one picture
    try {
      const image = decodeImage(readFileSync(path), imageSize);
      pixels.set(image.dataSync(), index * size);
      image.dispose();
    } catch (error) {
      const reason = (error as Error).message.replace(/^Invalid TF_Status: \d+\s+Message: /, '');
      return { id, path, reason };
    }
  }
  return { id, pixels };
}

let last = Promise.resolve();
process.on('message', (request: DecodeRequest) => {
  last = last.then(async () => {
    process.send?.(await answer(request));
  });
});
process.on('disconnect', () => process.exit());
// Ctrl-C in a terminal reaches every process of the group; the parent decides, and disconnects.
process.on('SIGINT', () => {});
