import { add, type Reason } from './patch';
import * as tf from './raw';

/*
 * What layers take for an argument that isn't given. tfjs's constructors first set each default on the new layer, as
 * `DEFAULT_KERNEL_INITIALIZER` say, and then read it.
 */

const { layers } = tf;
const prototypeOf = (object: object): object => Object.getPrototypeOf(object);

const cells = [layers.simpleRNNCell({ units: 1 }), layers.gruCell({ units: 1 }), layers.lstmCell({ units: 1 })];
const [simpleRnnCell, ...gatedCells] = cells.map(prototypeOf);
/** The class that all convolutions are derived from. */
const convolution = prototypeOf(prototypeOf(layers.depthwiseConv2d({ kernelSize: 1 })));

function setDefault(prototype: object, name: string, value: unknown, reason: Reason): void {
  add(prototype, name, { get: () => value, set: () => {} }, reason);
}

/** Gives the layers of tfjs's own Keras's defaults. */
export function kerasDefaults(reason: Reason): void {
  for (const prototype of [convolution, prototypeOf(layers.dense({ units: 1 })), simpleRnnCell!, ...gatedCells]) {
    setDefault(prototype, 'DEFAULT_KERNEL_INITIALIZER', 'glorotUniform', reason);
  }
  for (const prototype of gatedCells) setDefault(prototype, 'DEFAULT_RECURRENT_ACTIVATION', 'sigmoid', reason);
  setDefault(prototypeOf(layers.softmax()), 'DEFAULT_AXIS', -1, reason);
}
