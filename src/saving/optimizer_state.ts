import * as tf from '../tf';
import { getLearningRate, setLearningRate } from '../tfjs/optimizers/learning_rate';
import { getSlots, type Slots, setSlots } from '../tfjs/optimizers/optimizer_slots';
import type { WeightArray } from './hdf5/weight_array';

/** How Keras keeps what an optimizer remembers, which tfjs keeps by kind. */
interface Layout {
  /** How many kinds tfjs keeps. */
  kinds: number;
  /** Those that Keras has, in its order, by their place among tfjs's. */
  kept: number[];
  /** Whether Keras has all kinds of one variable beside each other, rather than all variables of one kind. */
  interleaved?: boolean;
  /** What Keras's value is of tfjs's. Defaults to 1. */
  sign?: number;
  /** What is remembered before the first step. Defaults to 0. */
  initial?: number;
}

/** `build` of each class in keras/src/optimizers. */
const LAYOUTS: Record<string, (config: tf.serialization.ConfigDict) => Layout> = {
  RMSProp: ({ momentum, centered }) => ({
    kinds: centered ? 3 : 2,
    kept: [0, ...(Number(momentum) > 0 ? [1] : []), ...(centered ? [2] : [])],
  }),
  Adam: () => ({ kinds: 2, kept: [0, 1], interleaved: true }),
  SGD: () => ({ kinds: 0, kept: [] }),
  Momentum: ({ momentum }) => ({ kinds: 1, kept: Number(momentum) > 0 ? [0] : [], sign: -1 }),
  Adagrad: ({ initialAccumulatorValue }) => ({ kinds: 1, kept: [0], initial: Number(initialAccumulatorValue) }),
};

/** The arrays that come after the iteration and the learning rate: of which weight each is, and of which kind. */
function slotsInOrder(model: tf.LayersModel, { kept, interleaved }: Layout) {
  const weights = model.trainableWeights;
  return interleaved
    ? weights.flatMap((weight) => kept.map((kind) => ({ weight, kind })))
    : kept.flatMap((kind) => weights.map((weight) => ({ weight, kind })));
}

function layoutOf(optimizer: tf.Optimizer): Layout {
  const layout = LAYOUTS[optimizer.getClassName()];
  if (layout === undefined) {
    throw new Error(
      `Expected one of the optimizers ${Object.keys(LAYOUTS).join(', ')}. Received: ${optimizer.getClassName()}`,
    );
  }
  return layout(optimizer.getConfig());
}

/**
 * The state of a compiled model's optimizer as Keras 3 keeps it, in the order of `optimizer.variables`: the iteration, the
 * learning rate, then what it remembers of each trainable weight (nothing yet, where it hasn't trained it). What it
 * remembers of weights that have been frozen since is left out: Keras makes no place for it when it loads.
 *
 * @throws Error when Keras has no such optimizer.
 */
export async function optimizerArrays(model: tf.LayersModel): Promise<WeightArray[]> {
  const { optimizer } = model;
  const layout = layoutOf(optimizer);
  const { sign = 1, initial = 0 } = layout;
  const slots = await getSlots(optimizer);
  const scalar = (value: number) => ({ shape: [], values: Float32Array.of(value) });
  const arrays = slotsInOrder(model, layout).map(async ({ weight, kind }) => {
    const { name, shape } = weight;
    const values =
      (await slots.get(name)?.[kind]?.data<'float32'>()) ?? new Float32Array(weight.read().size).fill(initial);
    return { shape: shape as number[], values: sign === 1 ? values : values.map((value) => sign * value) };
  });
  return [scalar(optimizer.iterations), scalar(getLearningRate(optimizer)), ...(await Promise.all(arrays))];
}

const fits = (array: WeightArray | undefined, shape: tf.Shape) =>
  JSON.stringify(array?.shape) === JSON.stringify(shape);

/** @throws Error when the arrays are not what `optimizerArrays` would give for the model, but for their values. */
function checkArrays(arrays: WeightArray[], shapes: tf.Shape[], optimizer: string): void {
  const wrong = shapes.findIndex((shape, index) => !fits(arrays[index], shape));
  if (arrays.length !== shapes.length || wrong !== -1) {
    const describe = (list: { shape: tf.Shape }[]) =>
      `${list.length} arrays${list[wrong] ? `, number ${wrong} of shape [${list[wrong].shape}]` : ''}`;
    throw new Error(
      `The saved state of the optimizer ${optimizer} is that of another model, or of other layers frozen. Expected ` +
        `${describe(shapes.map((shape) => ({ shape })))}. Received: ${describe(arrays)}`,
    );
  }
  const [iterations, learningRate] = arrays.map(({ values }) => values[0]!);
  if (!(Number.isSafeInteger(iterations) && iterations! >= 0 && learningRate! >= 0 && learningRate! < Infinity)) {
    throw new Error(
      `The saved state of the optimizer ${optimizer} is damaged. Expected a count of steps and a learning rate. ` +
        `Received: ${iterations} and ${learningRate}`,
    );
  }
}

/**
 * Sets the optimizer of a compiled model to the state that `optimizerArrays` or Keras 3 has saved. Of an optimizer that
 * was never built Keras saves the iteration and the learning rate only.
 *
 * @throws Error saying what doesn't fit; nothing is changed then.
 */
export async function setOptimizerArrays(model: tf.LayersModel, arrays: WeightArray[]): Promise<void> {
  const { optimizer, trainableWeights } = model;
  const layout = layoutOf(optimizer);
  const { kinds, sign = 1, initial = 0 } = layout;
  const order = slotsInOrder(model, layout);
  const unbuilt = arrays.length === 2;
  checkArrays(arrays, [[], [], ...(unbuilt ? [] : order.map(({ weight }) => weight.shape))], optimizer.getClassName());

  const slots: Slots = new Map();
  for (const weight of unbuilt ? [] : trainableWeights) {
    const tensors = Array.from({ length: kinds }, (_, kind) => {
      const shape = weight.shape as number[];
      const place = order.findIndex((slot) => slot.weight === weight && slot.kind === kind);
      if (place === -1) return tf.fill(shape, initial);
      return tf.tensor(
        arrays[place + 2]!.values.map((value) => sign * value),
        shape,
      );
    });
    slots.set(weight.name, tensors);
  }
  await setSlots(optimizer, arrays[0]!.values[0]!, slots);
  tf.dispose([...slots.values()]);
  const [learningRate] = arrays[1]!.values;
  // Keras keeps 32 bits of it: 0.001 stays 0.001. A whole number was saved as the float beside it, and is itself again.
  if (Math.fround(getLearningRate(optimizer)) !== learningRate || Number.isInteger(learningRate)) {
    setLearningRate(optimizer, learningRate!);
  }
}
