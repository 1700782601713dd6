/** Between what values the axis of a figure runs; values beyond are drawn on its edge. */
export interface Limits {
  least: number;
  greatest: number;
  /** Plotly's settings of the axis. */
  axis: Record<string, unknown>;
}

/** How much of the axis stays free at either end, for the points that lie there. */
const FREE = 0.06;
/** On a logarithmic axis, how far below the middle value a value still has a place of its own. */
const DECADES_BELOW = 1e-3;
/** The least value of an axis on which no value is above 0: Keras's epsilon. */
const EPSILON = 1e-7;

const finite = (curves: readonly (readonly number[])[]) => curves.flat().filter(Number.isFinite);

/** Of fewer values, the first is no more apart than any other. */
const FEW = 5;

/**
 * The limits of a linear axis. A first value so far above all others that it would take more than a third of the axis to
 * itself is left beyond.
 */
export function linearLimits(curves: readonly (readonly number[])[]): Limits {
  const rest = finite(curves.map((curve) => curve.slice(1)));
  const [least, greatest] = [Math.min(...rest), Math.max(...rest)];
  const isBeyond = (value: number) => value > greatest + (greatest - least) / 2;
  const firsts = finite(curves.map((curve) => curve.slice(0, 1)));
  const isFew = curves.every((curve) => curve.length < FEW);
  if (isFew || !(greatest > least) || !firsts.some(isBeyond)) return { least: -Infinity, greatest: Infinity, axis: {} };
  const inside = [least, greatest, ...firsts.filter((value) => !isBeyond(value))];
  const [low, high] = [Math.min(...inside), Math.max(...inside)];
  const free = FREE * (high - low);
  return { least: -Infinity, greatest: high, axis: { range: [low - free, high + free] } };
}

/** The limits of a logarithmic axis, from which zeros and tiny values are kept from stretching it over many decades. */
export function logLimits(curves: readonly (readonly number[])[]): Limits {
  const positive = finite(curves)
    .filter((value) => value > 0)
    .sort((a, b) => a - b);
  const middle = positive[Math.floor(positive.length / 2)] ?? EPSILON;
  const least = Math.max(positive[0] ?? EPSILON, DECADES_BELOW * middle);
  const [low, high] = [Math.log10(least), Math.log10(positive.at(-1) ?? 10 * EPSILON)];
  const free = FREE * (high - low || 1);
  const axis = { type: 'log', range: [low - free, high + free], exponentformat: 'none' };
  // Between powers of ten there are labels only where there is room for them.
  return { least, greatest: Infinity, axis: { ...axis, ...(high - low > 2 && { dtick: 1 }) } };
}

/** Plotly's x, from 1, and y of the values; where some lie on the edge, their true values go with the pointer. */
export function pointsWithin({ least, greatest }: Limits, values: readonly number[]): Record<string, unknown> {
  const y = values.map((value) => Math.min(Math.max(value, least), greatest));
  return {
    x: values.map((_, index) => index + 1),
    y,
    ...(values.some((value, index) => value !== y[index] && !Number.isNaN(value)) && {
      customdata: values,
      hovertemplate: '%{customdata:.4~g}',
    }),
  };
}

/** Plotly's symbol for a value that lies on the edge: a triangle that points to where it would be. */
export function edgeSymbol({ least, greatest }: Limits, value: number): string | undefined {
  return value > greatest ? 'triangle-up' : value < least ? 'triangle-down' : undefined;
}
