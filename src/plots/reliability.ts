import { checkOptions } from '../utils/check_options';
import type { Figure } from './figure';
import { PALETTE } from './palette';
import { plotlyText } from './plotly_text';
import { referenceLine, shareFigure } from './unit_square';

/** What `metrics.calibrationCurve` gives. */
export interface ReliabilityPoints {
  /** Of each bin, the share with label 1. */
  probTrue: readonly number[];
  /** The mean of its probabilities. */
  probPred: readonly number[];
  /** How many samples it has. */
  count: readonly number[];
}

/** The arguments of `reliabilityFigure`. */
export interface ReliabilityFigureArgs {
  /** What has the probability: the axes name it. Defaults to 'class 1'. */
  className?: string;
}

const SYMBOLS = ['circle', 'diamond', 'square', 'triangle-up', 'triangle-down', 'cross'];
/** The area of a dot goes by its samples, between these two sizes in pixels. */
const [SMALLEST, LARGEST] = [6, 30];

/**
 * A reliability diagram: how often it was so, against how probable it was said to be. Calibrated probabilities lie on the
 * diagonal; those of a model that is too sure are flatter. The more samples a dot stands for, the larger it is.
 *
 * @param curves What `metrics.calibrationCurve` gives, under the name of each model.
 * @returns A Plotly figure.
 * @throws Error if there is no curve, or an option is unknown.
 */
export function reliabilityFigure(curves: Record<string, ReliabilityPoints>, args: ReliabilityFigureArgs = {}): Figure {
  checkOptions('reliabilityFigure', args, { className: true });
  const className = plotlyText(args.className ?? 'class 1');
  const drawn = Object.entries(curves);
  if (drawn.length === 0) throw new Error('Expected a curve under each name in reliabilityFigure. Received: none');
  const most = Math.max(...drawn.flatMap(([, { count }]) => count));
  const data = drawn.map(([name, { probTrue, probPred, count }], index) => {
    const color = PALETTE[index % PALETTE.length]!;
    return {
      type: 'scatter',
      mode: 'lines+markers',
      name: plotlyText(name),
      x: probPred,
      y: probTrue,
      cliponaxis: false, // the largest dots lie in the corners
      line: { color, width: 1.5 },
      marker: {
        color,
        opacity: 0.75,
        symbol: SYMBOLS[index % SYMBOLS.length],
        size: count.map((samples) => Math.max(SMALLEST, LARGEST * Math.sqrt(samples / most))),
      },
      text: count.map((samples) => `${samples} samples`),
    };
  });
  const said = { title: `Said to be ${className} with`, range: [0, 1] as [number, number] };
  const was = { title: `Were ${className}`, range: [0, 1] as [number, number] };
  return shareFigure('Reliability', [referenceLine('calibrated', [0, 1], [0, 1]), ...data], said, was);
}
