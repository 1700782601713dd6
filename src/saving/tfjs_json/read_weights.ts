import * as tf from '../../tf';
import { byteLength, type Manifest } from './model_json';
import { readShards } from './read_shards';

/**
 * The weights in the files beside the `model.json` at `path`, by name; what was kept in fewer bytes as the floats that it
 * stands for. They are the caller's to dispose of.
 *
 * @throws Error when the files hold something else than the `model.json` says.
 */
export async function readWeights({ paths, weights }: Manifest, path: string): Promise<Map<string, tf.Tensor>> {
  const names = new Set(weights.map(({ name }) => name));
  if (names.size < weights.length) throw new Error('it has two weights of one name');
  const expected = weights.reduce((sum, spec) => sum + byteLength(spec), 0);
  const bytes = await readShards(path, paths, expected);
  // By number, since tfjs keeps them by name in an object, where not every name is one.
  const numbered = weights.map((spec, index) => ({ ...spec, name: String(index) }));
  // Tidied, for those before one that is wrong.
  const tensors = tf.tidy(() => tf.io.decodeWeights(bytes, numbered));
  return new Map(weights.map(({ name }, index) => [name, tensors[index]!]));
}
