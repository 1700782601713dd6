import { patch, type Reason } from '../patch';
import * as tf from '../raw';

/*
 * An optimizer remembers something of each variable: its last gradients, its momentum. tfjs files that by the variable's
 * position among those trained, so that an optimizer that goes on with other variables, once layers are frozen or
 * thawed, takes one variable's memory for another's.
 */

/** The names of the variables that an optimizer has trained, each in its place. */
const places = new WeakMap<tf.Optimizer, Set<string>>();

/** Gives each variable that an optimizer trains its own place, for good. */
export function lastingSlots(reason: Reason): void {
  patch(
    tf.Optimizer.prototype,
    'minimize',
    () =>
      function (this: tf.Optimizer, f, returnCost, variables) {
        const { value, grads } = this.computeGradients(f, variables);
        const names = places.get(this) ?? new Set();
        places.set(this, names);
        for (const name of variables?.map(({ name }) => name) ?? Object.keys(grads)) names.add(name);
        // A place without a gradient is passed over.
        this.applyGradients([...names].map((name) => ({ name, tensor: grads[name]! })));
        tf.dispose(grads);
        if (returnCost) return value;
        value.dispose();
        return null;
      },
    reason,
  );
}

/** For each variable's name what an optimizer remembers of it, one tensor of each kind, in tfjs's order. */
export type Slots = Map<string, tf.Tensor[]>;

/** What an optimizer remembers. The tensors stay its own. */
export async function getSlots(optimizer: tf.Optimizer): Promise<Slots> {
  const [iterations, ...weights] = await optimizer.getWeights();
  iterations!.tensor.dispose();
  // Where `applyGradients` was called by itself, only the slots' own names tell: 'dense/kernel/momentum'.
  const named = () => new Set(weights.map(({ name }) => name.slice(0, name.lastIndexOf('/'))));
  const names = [...(places.get(optimizer) ?? named())];
  const slotsAt = (place: number) => weights.filter((_, index) => index % names.length === place);
  return new Map(names.map((name, place) => [name, slotsAt(place).map(({ tensor }) => tensor)]));
}

/** Sets the number of steps made, and what an optimizer remembers of some variables. It takes copies of the tensors. */
export async function setSlots(optimizer: tf.Optimizer, iterations: number, slots: Slots): Promise<void> {
  const before = await getSlots(optimizer);
  const all = [...new Map([...before, ...slots])];
  const kinds = [...(all[0]?.[1].keys() ?? [])];
  const weights = kinds.flatMap((kind) => all.map(([name, tensors]) => ({ name, tensor: tensors[kind]! })));
  const count = tf.scalar(iterations, 'int32');
  await optimizer.setWeights([{ name: 'iter', tensor: count }, ...weights]);
  tf.dispose([count, ...before.values()]);
  places.set(optimizer, new Set(all.map(([name]) => name)));
}
