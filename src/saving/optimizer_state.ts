import * as tf from '../tf';
import { optimizerRecord, SAVED_OPTIMIZERS } from '../tfjs/optimizers';
import { getLearningRate, setLearningRate } from '../tfjs/optimizers/learning_rate';
import type { SlotLayout } from '../tfjs/optimizers/optimizer_record';
import { getSlots, type Slots, setSlots } from '../tfjs/optimizers/optimizer_slots';
import type { WeightArray } from './hdf5/weight_array';

/** The arrays that come after the iteration and the learning rate: of which weight each is, and of which kind. */
export function slotsInOrder(model: tf.LayersModel, { kept, interleaved = 0 }: SlotLayout) {
  const weights = model.trainableWeights;
  const [beside, alone] = [kept.slice(0, interleaved), kept.slice(interleaved)];
  return [
    ...weights.flatMap((weight) => beside.map((kind) => ({ weight, kind }))),
    ...alone.flatMap((kind) => weights.map((weight) => ({ weight, kind }))),
  ];
}

/**
 * What an optimizer remembers of each weight, and in which order Keras 3 keeps it.
 *
 * @throws Error when Keras has no such optimizer.
 */
export function layoutOf(optimizer: tf.Optimizer): SlotLayout {
  const record = optimizerRecord(optimizer);
  if (!record?.keras) {
    const names = SAVED_OPTIMIZERS.map(({ optimizerClass }) => optimizerClass.className);
    throw new Error(`Expected one of the optimizers ${names.join(', ')}. Received: ${optimizer.getClassName()}`);
  }
  return record.slots(optimizer.getConfig());
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
  try {
    await setSlots(optimizer, arrays[0]!.values[0]!, slots);
  } finally {
    tf.dispose([...slots.values()]);
  }
  const [learningRate] = arrays[1]!.values;
  // Keras keeps 32 bits of it: 0.001 stays 0.001. A whole number was saved as the float beside it, and is itself again.
  if (Math.fround(getLearningRate(optimizer)) !== learningRate || Number.isInteger(learningRate)) {
    setLearningRate(optimizer, learningRate!);
  }
}
