import * as tf from '../tf';
import { ownVariables } from '../tfjs/optimizers';
import { getLearningRate, setLearningRate } from '../tfjs/optimizers/learning_rate';
import { getSlots, setSlots } from '../tfjs/optimizers/optimizer_slots';
import { randomState } from '../utils/set_random_seed';
import { readBackup, writeBackup } from './backup_file';

/** An epoch that is over. */
export interface FinishedEpoch {
  epoch: number;
  logs: Record<string, number>;
  /** The state of `Math.random` from which its order was drawn; undefined while nobody has seeded it. */
  orderState: number | undefined;
}

/** What a training goes on from, besides its tensors: those weights, the optimizer's variables, its slots, what callbacks keep. */
export interface TrainingState {
  /** Which training it is. */
  training: string;
  epochs: FinishedEpoch[];
  /** The state of `Math.random`, undefined while nobody has seeded it. */
  random: number | undefined;
  iterations: number;
  learningRate: number;
  /** The places among the model's weights of those that training has changed. */
  changed: number[];
  /** The places of those that the optimizer remembers something of. */
  remembered: number[];
  /** How many tensors each callback keeps that keeps some. */
  kept: number[];
}

/** What tells a weight's values from earlier ones: whatever is assigned to it brings its own. */
export function valueIds(model: tf.LayersModel): object[] {
  return model.getWeights().map(({ dataId }) => dataId);
}

/** Saves how far the training of `model` is; of its weights those that are no longer what `startIds` stands for. */
export async function saveTraining(
  path: string,
  model: tf.LayersModel,
  startIds: object[],
  progress: Pick<TrainingState, 'training' | 'epochs'>,
  kept: tf.Tensor[][],
): Promise<void> {
  const { optimizer } = model;
  const weights = model.getWeights();
  const changed = [...weights.keys()].filter((place) => weights[place]!.dataId !== startIds[place]);
  const places = new Map((weights as tf.Variable[]).map(({ name }, place) => [name, place]));
  const slots = [...(await getSlots(optimizer))].filter(([name]) => places.has(name));
  const state: TrainingState = {
    ...progress,
    random: randomState(),
    iterations: optimizer.iterations,
    learningRate: getLearningRate(optimizer),
    changed,
    remembered: slots.map(([name]) => places.get(name)!),
    kept: kept.map(({ length }) => length),
  };
  const tensors = [
    ...changed.map((place) => weights[place]!),
    ...ownVariables(optimizer),
    ...slots.flatMap(([, kinds]) => kinds),
    ...kept.flat(),
  ];
  await writeBackup(path, state, tensors);
}

/** A backup as it was read. */
export interface SavedTraining {
  state: TrainingState;
  tensors: tf.Tensor[];
}

/**
 * Reads what `saveTraining` wrote; undefined when there is no such file. `restoreTraining` disposes it.
 *
 * @throws Error when the file is damaged, or its training is none of `trainings`.
 */
export async function readTraining(path: string, trainings: string[]): Promise<SavedTraining | undefined> {
  const backup = (await readBackup(path)) as SavedTraining | undefined;
  if (backup && !trainings.includes(backup.state.training)) {
    tf.dispose(backup.tensors);
    throw new Error('it is of another training (other model, first weights, settings or seed)');
  }
  return backup;
}

/**
 * Puts `model` and its optimizer back to where `saveTraining` saw them.
 *
 * @returns What each callback kept. Whoever takes it disposes of it.
 */
export async function restoreTraining(
  model: tf.LayersModel,
  { state, tensors }: SavedTraining,
): Promise<tf.Tensor[][]> {
  const { optimizer } = model;
  const weights = model.getWeights() as tf.Variable[];
  const variables = [...state.changed.map((place) => weights[place]!), ...ownVariables(optimizer)];
  const keptTensors = state.kept.reduce((sum, each) => sum + each, 0);
  const own = tensors.slice(0, tensors.length - keptTensors);
  const ofCallbacks = tensors.slice(own.length);
  const slots = own.slice(variables.length);
  const kinds = slots.length / state.remembered.length;
  // Before the variables: it reckons Adam's powers anew, to other last digits.
  await setSlots(
    optimizer,
    state.iterations,
    new Map(state.remembered.map((place, i) => [weights[place]!.name, slots.slice(i * kinds, (i + 1) * kinds)])),
  );
  variables.forEach((variable, place) => {
    variable.assign(tensors[place]!);
  });
  tf.dispose(own);
  setLearningRate(optimizer, state.learningRate);
  return state.kept.map((each) => ofCallbacks.splice(0, each));
}
