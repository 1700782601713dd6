import { checkOptions } from '../utils/check_options';
import type { Figure } from './figure';
import { PALETTE } from './palette';
import { plotlyText } from './plotly_text';
import { referenceLine, shareFigure } from './unit_square';

/** The arguments of `rocFigure` and `precisionRecallFigure`. */
export interface ScoreCurvesArgs {
  /** How much of each axis is shown, seen from the corner that is best: 0.1 shows a tenth. Defaults to 1, all. */
  zoom?: number;
  /** Marks the point of each curve at this threshold. Defaults to none. */
  threshold?: number;
}

/** What `metrics.rocCurve` gives. */
export interface RocPoints {
  /** The share of the others that are called 1. */
  fpr: readonly number[];
  /** The share of those with label 1 that are found. */
  tpr: readonly number[];
  /** The threshold at each point. */
  thresholds: readonly number[];
}

/** What `metrics.precisionRecallCurve` gives. */
export interface PrecisionRecallPoints {
  /** The share of those called 1 that are 1. */
  precision: readonly number[];
  /** The share of those with label 1 that are called so. */
  recall: readonly number[];
  /** The threshold at each point but the last. */
  thresholds: readonly number[];
}

/** A curve, and the threshold at each of its points. */
interface Curve {
  x: readonly number[];
  y: readonly number[];
  thresholds: readonly number[];
}

function checkedArgs(of: string, curves: object, args: ScoreCurvesArgs): Required<ScoreCurvesArgs> {
  checkOptions(of, args, { zoom: true, threshold: true });
  const { zoom = 1, threshold = Number.NaN } = args;
  if (!(zoom > 0 && zoom <= 1)) throw new Error(`Expected zoom of ${of} above 0, up to 1. Received: zoom=${zoom}`);
  if (Object.keys(curves).length === 0) throw new Error(`Expected a curve under each name in ${of}. Received: none`);
  return { zoom, threshold };
}

/** The point of a curve with the least threshold that isn't below: what scores `threshold` or more is called 1. */
function placeAt({ thresholds }: Curve, threshold: number): number {
  const reached = thresholds.filter((each) => each >= threshold);
  return thresholds.indexOf(Math.min(...reached));
}

function traces(curves: Map<string, Curve>, threshold: number): Figure['data'] {
  return [...curves].flatMap(([name, curve], index) => {
    const color = PALETTE[index % PALETTE.length]!;
    const { x, y } = curve;
    const line = {
      type: 'scatter',
      mode: 'lines',
      name: plotlyText(name),
      x,
      y,
      line: { color, width: 2.5, shape: 'linear' },
    };
    const at = Number.isNaN(threshold) ? -1 : placeAt(curve, threshold);
    if (at === -1) return [line];
    const marker = { color, size: 11, line: { color: '#ffffff', width: 1.5 } };
    const text = `${plotlyText(name)}, threshold ${threshold}`;
    return [line, { type: 'scatter', mode: 'markers', name: text, x: [x[at]], y: [y[at]], marker, showlegend: false }];
  });
}

/**
 * ROC curves: the share of 1s that are found against the share of 0s that are taken for 1s. The best corner is the upper left.
 *
 * @param curves What `metrics.rocCurve` gives, under the name of each model.
 * @returns A Plotly figure; with a `threshold`, a dot on each curve says where that lies. Chance is drawn where the zoom leaves it.
 * @throws Error if there is no curve, an option is unknown, or `zoom` out of range.
 */
export function rocFigure(curves: Record<string, RocPoints>, args: ScoreCurvesArgs = {}): Figure {
  const { zoom, threshold } = checkedArgs('rocFigure', curves, args);
  const drawn = Object.entries(curves).map(([name, { fpr, tpr, thresholds }]) => {
    return [name, { x: fpr, y: tpr, thresholds }] as const;
  });
  return shareFigure(
    'ROC: found against false alarms',
    [...traces(new Map(drawn), threshold), ...(zoom > 0.5 ? [referenceLine('by chance', [0, 1], [0, 1])] : [])],
    { title: 'False positive rate', range: [0, zoom] },
    { title: 'True positive rate', range: [1 - zoom, 1] },
  );
}

/**
 * Precision against recall: of those called 1, how many are; of those that are 1, how many are called so. The best corner is the
 * upper right.
 *
 * @param curves What `metrics.precisionRecallCurve` gives, under the name of each model.
 * @returns A Plotly figure; with a `threshold`, a dot on each curve says where that lies.
 * @throws Error if there is no curve, an option is unknown, or `zoom` out of range.
 */
export function precisionRecallFigure(
  curves: Record<string, PrecisionRecallPoints>,
  args: ScoreCurvesArgs = {},
): Figure {
  const { zoom, threshold } = checkedArgs('precisionRecallFigure', curves, args);
  const drawn = Object.entries(curves).map(([name, { precision, recall, thresholds }]) => {
    return [name, { x: recall, y: precision, thresholds }] as const;
  });
  return shareFigure(
    'Precision against recall',
    traces(new Map(drawn), threshold),
    { title: 'Recall', range: [1 - zoom, 1] },
    { title: 'Precision', range: [1 - zoom, 1] },
  );
}
