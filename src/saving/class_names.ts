import type * as tf from '../tf';
import { reason } from '../utils/reason';
import { shown } from '../utils/shown';
import { asJson } from './keras_json/types';

// More than a folder's name has, which is what a class is called after.
const MAX_LENGTH = 1000;

// With the output that they are of: who gives a model another last layer means other classes.
const carried = new WeakMap<tf.LayersModel, { names: string[]; output: tf.SymbolicTensor }>();

/** How many classes a model tells apart: one unit tells two, by whether it is on. Undefined where it is no classifier. */
export function classCount(model: tf.LayersModel): number | undefined {
  // A Sequential without layers has no outputs yet.
  const [output, ...more] = model.outputs ?? [];
  const [, units, ...rest] = output?.shape ?? [];
  if (!units || more.length + rest.length > 0) return undefined;
  return units === 1 ? 2 : units;
}

/** The shapes of what a model gives, for messages. */
export const outputShapes = (model: tf.LayersModel): string =>
  (model.outputs ?? []).map(({ shape }) => asJson(shape)).join(' and ') || 'no output';

/**
 * Checks that names are those of a model's classes: one for each, in the order of its units, and of a unit that is alone for
 * off and on; each another, and such that it can be printed.
 *
 * @throws Error saying which isn't so.
 */
export function checkClassNames(model: tf.LayersModel, names: unknown): string[] {
  const count = classCount(model);
  if (count === undefined) {
    throw new Error(`Class names are for a model with one output [batch, units]. Received: ${outputShapes(model)}`);
  }
  const expected = `Expected the names of the model's ${count} classes in a list`;
  if (!Array.isArray(names)) throw new Error(`${expected}. Received: ${asJson(names)}`);
  if (names.length !== count) throw new Error(`${expected}. Received: ${names.length} names`);
  const odd = names.findIndex(
    (name) => typeof name !== 'string' || name === '' || name.length > MAX_LENGTH || shown(name) !== name,
  );
  if (odd !== -1) {
    const rule = `each a text that can be printed, of 1 to ${MAX_LENGTH} characters`;
    throw new Error(`${expected}, ${rule}. Received: ${shown(asJson(names[odd]) ?? 'nothing')} as number ${odd}`);
  }
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice !== undefined) throw new Error(`${expected}, each another. Received: '${twice}' twice`);
  return names;
}

/**
 * The names of the classes that a model tells apart, as the file says that it was loaded from: what `saveModel` or
 * `modelCheckpoint` was given. In the order of the model's units; where there is one unit, for off and on. Undefined where the
 * file has none, or where the model has been given another last layer since.
 *
 * @example
 * const model = await models.loadModel('pets.keras');
 * const names = models.classNames(model); // ['cat', 'dog']
 */
export function classNames(model: tf.LayersModel): string[] | undefined {
  const { names, output } = carried.get(model) ?? {};
  return names && output === model.outputs[0] ? [...names] : undefined;
}

/**
 * Gives a loaded model the class names that its file holds, where there are any. Names that can't be the model's are told in a
 * warning: it does without them.
 *
 * @param read Reads them: undefined where there are none.
 */
export function loadClassNames(model: tf.LayersModel, path: string, read: () => unknown): void {
  try {
    const names = read();
    if (names !== undefined) carried.set(model, { names: checkClassNames(model, names), output: model.outputs[0]! });
  } catch (error) {
    console.warn(`The model in '${shown(path)}' is loaded without its class names: ${reason(error)}`);
  }
}
