import { type ChildProcess, fork } from 'node:child_process';
import path from 'node:path';

/** What the decoding process is asked: one batch of files. */
export type DecodeRequest = { id: number; paths: string[]; imageSize: [number, number] };

/** What it answers: the pixels of the batch, or the first file that it could not decode, and why. */
export type DecodeReply = { id: number; pixels: Float32Array } | { id: number; path: string; reason: string };

type Waiting = { paths: string[]; resolve: (pixels: Float32Array) => void; reject: (error: Error) => void };
type Decoder = { child: ChildProcess; waiting: Map<number, Waiting>; idle?: NodeJS.Timeout };

/** Starting the process takes a second or two, so it stays a while for the next epoch. */
const IDLE_MS = 10_000;

let decoder: Decoder | undefined;
let requests = 0;

/**
 * Decodes pictures in another process, so that it goes on while TensorFlow computes in this one, whose thread it blocks.
 * One such process serves all datasets, in the order of the requests; it starts with the first, ends when nothing was
 * asked for ten seconds or when this process ends, however it ends, and never keeps this process alive.
 * @param paths The files of one batch.
 * @param imageSize [height, width] in pixels.
 * @returns the pixels of all files, one after another: float32 [files, height, width, 3], 0 to 255.
 * @throws an error that names the file that cannot be read or decoded.
 */
export function decodeImages(paths: string[], imageSize: [number, number]): Promise<Float32Array> {
  decoder ??= startDecoder();
  const { child, waiting, idle } = decoder;
  clearTimeout(idle);
  const request: DecodeRequest = { id: requests++, paths, imageSize };
  return new Promise((resolve, reject) => {
    waiting.set(request.id, { paths, resolve, reject });
    child.send(request, (error) => error && reject(error));
  });
}

function startDecoder(): Decoder {
  const child = fork(require.resolve('./image_decoder_process'), [], {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    // One thread: the processors belong to the network.
    env: { TF_CPP_MIN_LOG_LEVEL: '2', ...process.env, TF_NUM_INTRAOP_THREADS: '1', TF_NUM_INTEROP_THREADS: '1' },
  });
  child.unref();
  child.channel?.unref();
  const started: Decoder = { child, waiting: new Map() };
  child.on('message', (reply: DecodeReply) => receive(started, reply));
  child.on('error', (error) => abandon(started, error.message));
  child.on('exit', (code, signal) => abandon(started, signal ?? `exit code ${code}`));
  return started;
}

function receive(from: Decoder, reply: DecodeReply): void {
  const request = from.waiting.get(reply.id);
  from.waiting.delete(reply.id);
  if ('pixels' in reply) {
    request?.resolve(reply.pixels);
  } else {
    request?.reject(
      new Error(
        `Could not decode ${path.resolve(reply.path)}: ${reply.reason} ` +
          'Expected a whole JPEG, PNG, BMP or GIF file: replace it or delete it, then make the dataset anew.',
      ),
    );
  }
  if (from.waiting.size === 0) {
    from.idle = setTimeout(() => {
      if (decoder === from) decoder = undefined;
      from.child.disconnect();
    }, IDLE_MS).unref();
  }
}

function abandon(ended: Decoder, why: string): void {
  if (decoder === ended) decoder = undefined;
  clearTimeout(ended.idle);
  for (const { paths, reject } of ended.waiting.values()) {
    reject(
      new Error(
        `The process that decodes pictures ended (${why}) before the batch from ${path.resolve(paths[0]!)} was done. ` +
          'If memory ran out, take a smaller batchSize or imageSize; else look for a damaged file there.',
      ),
    );
  }
  ended.waiting.clear();
}
