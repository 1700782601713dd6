import { automaticNames, kerasClassName, snakeCase } from './layer_paths';
import { add, type Reason } from './patch';
import * as tf from './raw';

/*
 * Layers and models without a name get Keras's: `dense`, `dense_1`, … (`auto_name` in keras/src/utils/naming.py). tfjs hands
 * only the name itself to a new layer, whether it comes from the user, from a file or from tfjs's own counter: that the
 * counter has moved tells which. A name that anybody has given in this process is passed over, so that a new layer fits into
 * a model that was opened, where Keras would find two of one name.
 */

type Layer = tf.layers.Layer;

/** How many names tfjs has given for each beginning of a name, such as `Dense` of `dense_Dense1`. */
type Counter = Record<string, number>;

/** tfjs's counter, which it hides: it shows when tfjs asks it for a beginning that it has never seen. */
function hiddenCounter(): Counter {
  class Unseen extends tf.layers.Layer {
    static className = 'ThawLooksForTheCounter';
  }
  let counter: Counter | undefined;
  Object.defineProperty(Object.prototype, Unseen.className, {
    configurable: true,
    get: () => 0,
    set(this: Counter) {
      counter = this;
    },
  });
  try {
    new Unseen();
  } finally {
    Reflect.deleteProperty(Object.prototype, Unseen.className);
  }
  if (counter) return counter;
  throw new Error(`tfjs ${tf.version.tfjs} counts the names of layers otherwise than 4.22, which Thaw was made for.`);
}

/**
 * What tfjs's names for a new layer begin with, the one that it keeps last: a model is named as any layer is at first, then
 * as a model, and a Sequential once more.
 */
function beginnings(layer: Layer): string[] {
  const className = layer.getClassName();
  if (layer instanceof tf.Sequential) return [className, className.toLowerCase(), 'sequential_'];
  if (layer instanceof tf.LayersModel) return [className, className.toLowerCase()];
  return [className === 'InputLayer' ? 'input' : className];
}

/** Gives layers and models without a name Keras's. */
export function kerasNames(reason: Reason): void {
  const counter = hiddenCounter();
  const seen: Counter = { ...counter };
  const hasMoved = (beginning: string) => {
    const count = counter[beginning] ?? 0;
    const moved = count !== (seen[beginning] ?? 0);
    seen[beginning] = count;
    return moved;
  };
  const next = automaticNames();
  const given = new Set<string>();
  const nextName = (kind: string): string => {
    for (;;) {
      const name = next(kind);
      if (!given.has(name)) return name;
    }
  };
  const name: PropertyDescriptor & ThisType<Layer> = {
    get: () => undefined,
    set(value: string | undefined) {
      const own = beginnings(this);
      const last = own.pop()!;
      if (value === undefined || own.some(hasMoved)) return; // Another name follows.
      const automatic = hasMoved(last);
      if (!automatic) given.add(value);
      const kept = automatic ? nextName(snakeCase(kerasClassName(this))) : value;
      Object.defineProperty(this, 'name', { value: kept, writable: true, enumerable: true, configurable: true });
    },
  };
  add(tf.layers.Layer.prototype, 'name', name, reason);
}
