import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { deserialize, serialize } from 'node:v8';
import * as tf from '../tf';
import { ifThere } from '../utils/if_there';
import { writeWhole } from '../utils/write_whole';

/*
 * The file: the tensors' raw values one after another; a footer, which is `{ state, specs }` in V8's serialization (JSON
 * knows no NaN); the footer's length, 4 bytes; the SHA-256 of all that, 32 bytes.
 */
const LENGTH_BYTES = 4;
const DIGEST_BYTES = 32;

/** Where the backup at `path` is written before it is whole. */
export const partialPath = (path: string) => `${path}.partial`;

/**
 * Writes `state` and `tensors` to the file `path`, one tensor after another. Until the new file is whole and on the disk,
 * the one before stays.
 */
export async function writeBackup(path: string, state: object, tensors: tf.Tensor[]): Promise<void> {
  const specs = tensors.map(({ shape, dtype }, place) => ({ name: String(place), shape, dtype }));
  const footer = serialize({ state, specs });
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32LE(footer.length);
  async function* chunks() {
    const digest = createHash('sha256');
    for (const chunk of [...tensors, footer, length]) {
      const { buffer, byteOffset, byteLength } = chunk instanceof tf.Tensor ? chunk.dataSync() : chunk;
      const bytes = Buffer.from(buffer, byteOffset, byteLength);
      digest.update(bytes);
      yield bytes;
    }
    yield digest.digest();
  }
  const write = (beside: string) => pipeline(chunks, createWriteStream(beside, { flush: true }));
  await writeWhole(path, write, partialPath(path));
}

/**
 * Reads what `writeBackup` wrote; undefined when there is no such file. Whoever takes the tensors disposes them.
 *
 * @throws Error when the file is truncated or damaged, or can't be read.
 */
export async function readBackup(path: string): Promise<{ state: unknown; tensors: tf.Tensor[] } | undefined> {
  const bytes = await ifThere(readFile(path));
  if (!bytes) return undefined;
  const content = bytes.subarray(0, -DIGEST_BYTES);
  if (!createHash('sha256').update(content).digest().equals(bytes.subarray(-DIGEST_BYTES))) {
    throw new Error('the file is truncated or damaged');
  }
  const end = content.length - LENGTH_BYTES;
  const { state, specs } = deserialize(content.subarray(end - content.readUInt32LE(end), end));
  return { state, tensors: Object.values(tf.io.decodeWeights(bytes.buffer as ArrayBuffer, specs)) };
}
