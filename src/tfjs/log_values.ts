import type * as tf from './raw';

/** What tfjs hands to a callback: numbers, or scalars that it has not read yet. */
export type UnreadLogs = { [name: string]: number | tf.Scalar };

/** The logs as numbers. The scalars stay: tfjs itself reads and disposes them later. */
export function logValues(logs: UnreadLogs = {}): Record<string, number> {
  const entries = Object.entries(logs).map(([name, value]): [string, number] => [
    name,
    typeof value === 'number' ? value : value.dataSync()[0]!,
  ]);
  return Object.fromEntries(entries);
}
