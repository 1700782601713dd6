/** What a value in a row counts. Times are kept in seconds, memory in bytes. */
export type Unit = 's' | 'ms' | 'pictures/s' | 'GFLOP/s' | 'MB';

/** One line of the benchmark: values of Thaw and of Python Keras, the pairs measured one right after the other. */
export interface Row {
  group: string;
  name: string;
  unit: Unit;
  thaw: number[];
  keras: number[];
  /** Floating-point operations in what is timed, where computing is what it does. */
  flop?: number;
  /** How it was measured, where that needs saying. */
  how?: string;
}

export type Who = 'thaw' | 'keras';

/** How often things are done. */
export interface Extent {
  quick: boolean;
  /** Pairs of each row. */
  repeats: number;
}

const sorted = (values: number[]) => [...values].sort((a, b) => a - b);

export const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);

export function median(values: number[]): number {
  const [low, high] = [(values.length - 1) >> 1, values.length >> 1];
  const inOrder = sorted(values);
  return (inOrder[low]! + inOrder[high]!) / 2;
}

/** Thaw's value over Keras's: the median of the pairs, the least and the greatest. */
export function ratio({ thaw, keras }: Row): { median: number; least: number; greatest: number } {
  const ratios = sorted(thaw.map((value, index) => value / keras[index]!));
  return { median: median(ratios), least: ratios[0]!, greatest: ratios.at(-1)! };
}

/** The seconds that something takes. */
export async function seconds(action: () => unknown): Promise<number> {
  const start = performance.now();
  await action();
  return (performance.now() - start) / 1000;
}

/**
 * Measures both sides in turn, after once of each that does not count; who goes first changes from pair to pair, so that
 * neither gets the quieter moments.
 */
export async function alternate<Value>(
  repeats: number,
  thaw: () => Promise<Value>,
  keras: () => Promise<Value>,
): Promise<Record<Who, Value[]>> {
  await thaw();
  await keras();
  const values: Record<Who, Value[]> = { thaw: [], keras: [] };
  for (let repeat = 0; repeat < repeats; repeat++) {
    const sides: Who[] = repeat % 2 === 0 ? ['thaw', 'keras'] : ['keras', 'thaw'];
    for (const side of sides) values[side].push(await (side === 'thaw' ? thaw() : keras()));
  }
  return values;
}
