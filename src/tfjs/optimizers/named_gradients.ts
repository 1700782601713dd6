import * as tf from '../raw';
import type { Gradients } from './optimizer_record';

/** What tfjs's optimizers remember of a variable. */
export interface Slot {
  originalName: string;
  variable: tf.Variable;
}

/** A variable that is trained, by its name, and its gradient, which it may be without. */
export interface NamedGradient {
  name: string;
  value: tf.Variable;
  gradient: tf.Tensor | undefined;
}

/** What `applyGradients` takes, in its order. */
export function namedGradients(gradients: Gradients): NamedGradient[] {
  const named: [string, tf.Tensor | undefined][] = Array.isArray(gradients)
    ? gradients.map(({ name, tensor }) => [name, tensor])
    : Object.entries(gradients as Record<string, tf.Tensor | undefined>);
  return named.map(([name, gradient]) => ({ name, value: tf.engine().registeredVariables[name]!, gradient }));
}

/** What is remembered at a place: zeros, shaped as the variable, at first. */
export function slotAt(slots: Slot[], place: number, originalName: string, value: tf.Variable): tf.Variable {
  slots[place] ??= { originalName, variable: tf.tidy(() => tf.zerosLike(value).variable(false)) };
  return slots[place].variable;
}
