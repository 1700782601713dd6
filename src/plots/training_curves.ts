import { greatestIsBest } from '../utils/greatest_is_best';
import { shown } from '../utils/shown';
import type { Course, Logs } from './training_logs';

/** A number an epoch, NaN where there is none. */
interface Pair {
  training: number[];
  /** Absent where there was no validation. */
  validation?: number[];
}

/** The curves of one training in one metric. */
export interface Curves {
  /** Of the training; empty where there is only one. */
  name: string;
  measured: Pair;
  /** What is measured, smoothed; absent where it isn't to be. */
  smoothed?: Pair;
  /** The epochs, from 0, at which a further training begins. */
  joints: number[];
  /** The epochs, from 0, that were kept: one of each training at most. */
  kept: number[];
}

/** Which curves, as `HistoryFigureArgs` has it. */
interface CurvesArgs {
  metric: string;
  smoothing: number;
  monitor: string | false | undefined;
}

/** @throws Error if the metric or the monitor is not in the logs. */
export function trainingCurves({ name, parts }: Course, { metric, smoothing, monitor }: CurvesArgs): Curves {
  const of = name && ` in '${name}'`;
  const trainings = parts.map((logs) => logged(logs, metric) ?? unlogged('metric', metric, of, logs));
  const validations = parts.map((logs) => logged(logs, `val_${metric}`));
  const joined = (change: (values: number[]) => number[]): Pair => ({
    training: trainings.flatMap(change),
    ...(validations.some((values) => values) && {
      validation: validations.flatMap((values, part) => change(values ?? trainings[part]!.map(() => Number.NaN))),
    }),
  });
  const starts = trainings.map((_, part) => trainings.slice(0, part).flat().length);
  const kept = parts.flatMap((logs, part) => {
    if (monitor === false) return [];
    const values = logged(logs, monitor ?? 'val_loss') ?? (monitor && unlogged('monitor', monitor, of, logs));
    const best = values ? bestEpoch(values, greatestIsBest(monitor ?? 'val_loss')) : -1;
    return best < 0 ? [] : [starts[part]! + best];
  });
  const smoothed = smoothing > 0 && { smoothed: joined((values) => smooth(values, smoothing)) };
  return { name, measured: joined((values) => values), ...smoothed, joints: starts.slice(1), kept };
}

const logged = (logs: Logs, name: string) => (Object.hasOwn(logs, name) ? logs[name] : undefined);

function unlogged(option: string, name: string, of: string, logs: Logs): never {
  throw new Error(
    `historyFigure needs a ${option} that was logged${shown(of)}: ` +
      `one of ${shown(Object.keys(logs).join(', ')) || '(no logs: did fit run?)'}. Received: ${option}=${shown(name)}`,
  );
}

/** The exponential moving average of the values; it passes over what is no number. */
function smooth(values: number[], factor: number): number[] {
  let last: number | undefined;
  return values.map((value) => {
    if (!Number.isFinite(value)) return value;
    last = factor * (last ?? value) + (1 - factor) * value;
    return last;
  });
}

/** The first of the best, in 32 bits, as `modelCheckpoint` compares them; -1 where none is a number. */
function bestEpoch(values: number[], greatest: boolean): number {
  const ranks = values.map((value) => Math.fround(greatest ? -value : value));
  return ranks.indexOf(Math.min(...ranks.filter((rank) => !Number.isNaN(rank))));
}
