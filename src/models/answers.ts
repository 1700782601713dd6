import { classCount, classNames, outputShapes } from '../saving/class_names';
import * as tf from '../tf';

/** What a model may take a picture for, and with what probability. */
export interface Answer {
  name: string;
  probability: number;
}

// Behind the layer that makes probabilities they leave them such.
const PASSING = new Set(['Activation', 'Dropout', 'Flatten', 'GlobalAveragePooling2D', 'Reshape']);

const PROBABILITIES = new Set(['softmax', 'sigmoid', 'hardSigmoid', 'hardSigmoid6', 'sparseSigmoid']);

/** The activation that made a tensor, in models within models, too. */
function activationOf({ sourceLayer: layer, outputTensorIndex = 0, inputs }: tf.SymbolicTensor): string {
  if (layer instanceof tf.LayersModel) return activationOf(layer.outputs[outputTensorIndex]!);
  const name = layer.getClassName();
  const activation = name === 'Softmax' ? 'softmax' : String(layer.getConfig().activation ?? 'linear');
  const passes = activation === 'linear' && PASSING.has(name) && inputs[0];
  return passes ? activationOf(passes) : activation;
}

/** Whether a unit that is alone gives the probability of the second class. Keras takes it for that, unless the loss says otherwise. */
const isProbability = ({ loss }: tf.LayersModel) => typeof loss === 'string' && !/hinge/i.test(loss);

function softmax(logits: readonly number[]): number[] {
  const greatest = Math.max(...logits);
  const powers = logits.map((logit) => Math.exp(logit - greatest));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

/** How what a model gives is to be read. */
export interface Reading {
  /** The classes, by the names that the model carries, else by their numbers, `class 0`. One unit tells two. */
  names: string[];
  /** Whether they are logits, of which a softmax, or of one unit a sigmoid, makes probabilities. */
  logits: boolean;
}

/**
 * How what a model gives is to be read.
 *
 * @throws Error when the model is no classifier.
 */
export function readingOf(model: tf.LayersModel): Reading {
  const count = classCount(model);
  if (count === undefined) {
    throw new Error(
      `Expected a model that tells classes apart, with one output [batch, units]. Received: ${outputShapes(model)}`,
    );
  }
  const [output] = model.outputs as [tf.SymbolicTensor];
  const alone = output.shape[1] === 1;
  const activation = activationOf(output);
  if (alone && activation === 'softmax') {
    throw new Error(
      'The model ends in a softmax of one unit, which gives 1 whatever the picture. Train it with a sigmoid, or with two units.',
    );
  }
  const given = PROBABILITIES.has(activation) || (alone && isProbability(model));
  const names = classNames(model) ?? Array.from({ length: count }, (_, index) => `class ${index}`);
  return { names, logits: !given };
}

/**
 * What a model may take a picture for, the most probable first: each of its classes once.
 *
 * @throws Error when the model is no classifier; and when what it gives is no number.
 */
export function answersOf(model: tf.LayersModel): (outputs: Iterable<number>) => Answer[] {
  const { names, logits } = readingOf(model);
  const probabilities = (outputs: number[]) => {
    if (outputs.length > 1) return logits ? softmax(outputs) : outputs;
    if (logits) return softmax([0, ...outputs]);
    const on = Math.min(Math.max(...outputs, 0), 1);
    return [1 - on, on];
  };
  return (outputs) => {
    const read = probabilities([...outputs]);
    if (read.some(Number.isNaN)) {
      throw new Error('The model gives no number: its training went wrong. Train it anew.');
    }
    return names
      .map((name, index) => ({ name, probability: read[index]! }))
      .sort((a, b) => b.probability - a.probability);
  };
}
