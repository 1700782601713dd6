import * as tf from '../tf';
import type { Table } from './table';

/** A number an epoch under each name. */
export type Logs = Record<string, number[]>;

/** What a training leaves: what `fit` resolves to, its logs alone, or the table read from the file of `csvLogger`. */
export type Training = tf.History | Logs | Table;

/** One training, one that goes on in others, or several by name. */
export type Trainings = Training | readonly Training[] | { readonly [name: string]: Training };

/** A training from its first epoch to its last. */
export interface Course {
  /** Empty where there is only one. */
  name: string;
  /** The logs of each training that went on from the one before it. */
  parts: Logs[];
}

/** The logs of each training. */
export function trainingCourses(trainings: Trainings): Course[] {
  // Of no training there are no logs.
  if (isParts(trainings)) return [{ name: '', parts: trainings.length > 0 ? trainings.map(trainingLogs) : [{}] }];
  if (isTraining(trainings)) return [{ name: '', parts: [trainingLogs(trainings)] }];
  return Object.entries(trainings).map(([name, training]) => ({ name, parts: [trainingLogs(training)] }));
}

// `Array.isArray` doesn't tell apart what is read only.
const isParts = (trainings: Trainings): trainings is readonly Training[] => Array.isArray(trainings);

const isTable = (training: object): training is Table => 'columns' in training && 'values' in training;

const isTraining = (trainings: Exclude<Trainings, readonly Training[]>): trainings is Training =>
  trainings instanceof tf.History || isTable(trainings) || Object.values(trainings).every(Array.isArray);

function trainingLogs(training: Training): Logs {
  if (training instanceof tf.History) return training.history as Logs;
  return isTable(training) ? tableLogs(training) : training;
}

/** The columns that hold numbers; 'NA' among them, as `csvLogger` writes it, becomes NaN. */
function tableLogs({ columns, values }: Table): Logs {
  // danfojs gives the values of a single column without an array around each.
  const rows: unknown[][] = values.map((row) => (Array.isArray(row) ? row : [row]));
  const logs = columns.map((name, column) => [name, rows.map((row) => Number(row[column] ?? Number.NaN))] as const);
  // A training without validation has columns for it, all 'NA'.
  return Object.fromEntries(logs.filter(([, numbers]) => !numbers.every(Number.isNaN)));
}
