import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadModel, loadWeights, saveModel } from '../../src/models';
import * as tf from '../../src/tf';
import { kerasCommand } from '../support/keras';

/** A model that Keras has drawn: what it was given, and what it gave for each output. */
interface Drawn {
  inputs: { shape: number[]; values: number[] }[];
  predictions: number[][];
  classes: string[];
}

/** What came of random models. */
export interface RandomModels {
  /** What is wrong, each with the model's number. */
  faults: string[];
  /** The greatest difference from Keras's predictions, relative where those are beyond 1. */
  worst: number;
  /** How many files were opened here, and how many by Keras. */
  opened: number;
  openedByKeras: number;
  /** How often each class of layers was there. */
  classes: Map<string, number>;
}

const LIMIT = 1e-5;
const FORMATS = ['keras', 'h5'];

/** The greatest difference of two lists of outputs, relative where the greatest of them is beyond 1; infinite for other shapes. */
function difference(actual: ArrayLike<number>[], expected: number[][]): number {
  if (actual.length !== expected.length) return Number.POSITIVE_INFINITY;
  const each = expected.map((values, output) => {
    if (actual[output]!.length !== values.length) return Number.POSITIVE_INFINITY;
    const scale = Math.max(1, ...values.map(Math.abs));
    return Math.max(...values.map((value, index) => Math.abs(actual[output]![index]! - value) / scale));
  });
  const greatest = Math.max(...each);
  return Number.isNaN(greatest) ? Number.POSITIVE_INFINITY : greatest;
}

const ended = (python: ChildProcess) => python.exitCode !== null || python.signalCode !== null;

/**
 * Has Keras draw models of any layers that Thaw has, opens them here from each format, saves them, and has Keras open those.
 *
 * @param folder An empty folder for the files.
 * @throws Error when Keras's side fails.
 */
export async function tryRandomModels(folder: string, count: number, seed: number): Promise<RandomModels> {
  const script = join(__dirname, 'random_models_keras.py');
  const python = spawn(...kerasCommand(script, folder, String(count), String(seed)), { stdio: 'pipe' });
  let complaints = '';
  python.stderr.on('data', (text) => {
    complaints += text;
  });
  const exit = once(python, 'exit');
  await Promise.race([once(python.stdout, 'data'), exit]);
  if (ended(python)) throw new Error(complaints);
  const json = (name: string) => JSON.parse(readFileSync(join(folder, name)).toString());
  const drawn: Drawn[] = json('drawn.json');
  const result: RandomModels = { faults: [], worst: 0, opened: 0, openedByKeras: 0, classes: new Map() };
  const compare = (what: string, actual: ArrayLike<number>[], expected: number[][]) => {
    const found = difference(actual, expected);
    result.worst = Math.max(result.worst, found);
    if (found > LIMIT) result.faults.push(`${what}: predictions differ by ${found}`);
  };
  for (const [number, { inputs, predictions, classes }] of drawn.entries()) {
    for (const name of classes) result.classes.set(name, (result.classes.get(name) ?? 0) + 1);
    const numTensors = tf.memory().numTensors;
    const pictures = inputs.map(({ shape, values }) => tf.tensor(values, shape));
    const predicted = (model: tf.LayersModel) =>
      tf.tidy(() => [model.predict(pictures) as tf.Tensor | tf.Tensor[]].flat().map((output) => output.dataSync()));
    for (const format of FORMATS) {
      const file = join(folder, `${number}.${format}`);
      if (!existsSync(file)) continue;
      try {
        const model = await loadModel(file);
        try {
          compare(`${number}.${format}`, predicted(model), predictions);
          await saveModel(model, join(folder, `thaw_${number}.${format}`));
          tf.tidy(() => model.setWeights(model.getWeights().map((weight) => tf.zerosLike(weight))));
          await loadWeights(model, join(folder, `${number}.weights.h5`));
          compare(`${number}.weights.h5`, predicted(model), predictions);
          result.opened++;
        } finally {
          model.dispose();
        }
      } catch (error) {
        result.faults.push(`${number}.${format}: ${error}`);
      }
    }
    tf.dispose(pictures);
    const left = tf.memory().numTensors - numTensors;
    if (left !== 0) result.faults.push(`${number}: ${left} tensors are left`);
  }
  python.stdin.end('\n');
  await exit;
  if (python.exitCode !== 0) throw new Error(complaints);
  for (const [number, answers] of (json('opened.json') as Record<string, number[][] | string>[]).entries()) {
    for (const [format, answer] of Object.entries(answers)) {
      if (answer.length === 0) continue;
      const what = `${number}.${format}, saved here, opened by Keras`;
      if (typeof answer === 'string') result.faults.push(`${what}: ${answer}`);
      else compare(what, answer, drawn[number]!.predictions);
      result.openedByKeras++;
    }
  }
  return result;
}
