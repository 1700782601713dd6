import * as tf from '../tf';
import { checkOptions } from '../utils/check_options';
import { BASE_CONFIG, BASE_LAYOUT, type Figure, MARGIN, titled } from './figure';
import { BLUE, INK_COLOR, VERMILION } from './palette';
import { plotlyText } from './plotly_text';

/** The arguments of `confusionMatrixFigure`. */
export interface ConfusionMatrixFigureArgs {
  /** The name of each class, in the order of the rows. Defaults to their numbers. */
  classNames?: readonly string[];
}

/** Of a mistake that takes this share of its row the colour is full: rare ones are to be seen. */
const FULL_MISTAKE = 0.5;
/** From here on text on the colour is white. */
const DARK = 0.55;

const rgb = (color: string) => [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16));

/** The colour thinned with white: 0 is white, 1 the colour. */
function tint(color: string, strength: number): string {
  return `rgb(${rgb(color).map((part) => Math.round(255 + strength * (part - 255)))})`;
}

/**
 * A confusion matrix: what each class was taken for. A row is a class, its fields say how many of it, and which share, were
 * called what; right answers are blue, mistakes vermilion, the deeper the more.
 *
 * @param matrix Counts, what is in the rows and what it was called in the columns, as `tf.math.confusionMatrix(labels,
 *   predictions, numClasses)` gives them: a tensor, which stays as it is, or arrays.
 * @returns A Plotly figure.
 * @throws Error if the matrix isn't square, has no class, or holds what is no count; if an option is unknown, or the names are not as
 *   many as the classes.
 */
export function confusionMatrixFigure(
  matrix: tf.Tensor2D | readonly (readonly number[])[],
  args: ConfusionMatrixFigureArgs = {},
): Figure {
  checkOptions('confusionMatrixFigure', args, { classNames: true });
  const rows: readonly (readonly number[])[] = matrix instanceof tf.Tensor ? matrix.arraySync() : matrix;
  const { classNames = rows.map((_, index) => String(index)) } = args;
  checkMatrix(rows, classNames);
  const names = classNames.map(plotlyText);
  const places = [...rows.keys()];
  const fields = rows.flatMap((row, y) => {
    const sum = row.reduce((total, count) => total + count, 0);
    return row.map((count, x) => {
      const share = sum === 0 ? 0 : count / sum;
      const strength = x === y ? share : Math.min(1, Math.sqrt(share / FULL_MISTAKE));
      return { x, y, count, share, strength, color: x === y ? BLUE : VERMILION };
    });
  });
  const axis = {
    tickvals: places,
    ticktext: names,
    range: [-0.5, rows.length - 0.5],
    showgrid: false,
    fixedrange: true,
  };
  return {
    // What a pointer finds; the fields themselves are shapes, which every page and rasteriser draws alike.
    data: [
      {
        type: 'scatter',
        mode: 'markers',
        x: fields.map(({ x }) => x),
        y: fields.map(({ y }) => y),
        text: fields.map(({ x, y, count }) => `${count} of ${names[y]} called ${names[x]}`),
        hoverinfo: 'text',
        marker: { opacity: 0 },
      },
    ],
    layout: {
      ...BASE_LAYOUT,
      title: titled('Confusion matrix'),
      height: Math.max(320, 130 + 56 * rows.length),
      margin: MARGIN,
      xaxis: { ...axis, title: { text: 'Called', standoff: 8 } },
      yaxis: { ...axis, autorange: 'reversed', title: { text: 'Is', standoff: 12 } },
      shapes: fields.map(({ x, y, strength, color }) => ({
        type: 'rect',
        layer: 'below',
        ...{ x0: x - 0.5, x1: x + 0.5, y0: y - 0.5, y1: y + 0.5 },
        fillcolor: tint(color, strength),
        line: { color: '#ffffff', width: 3 },
      })),
      annotations: fields.map(({ x, y, count, share, strength }) => ({
        ...{ x, y },
        text: `${count}<br>${(100 * share).toFixed(1)} %`,
        font: { color: strength > DARK ? '#ffffff' : INK_COLOR },
        showarrow: false,
      })),
      showlegend: false,
    },
    config: BASE_CONFIG,
  };
}

function checkMatrix(rows: readonly (readonly number[])[], classNames: readonly string[]): void {
  const shape = `${rows.length} rows of ${[...new Set(rows.map(({ length }) => length))].join(', ')} numbers`;
  if (rows.length === 0 || rows.some(({ length }) => length !== rows.length)) {
    throw new Error(`Expected a row and a column for each class in confusionMatrixFigure. Received: ${shape}`);
  }
  const odd = rows.flat().find((count) => !(count >= 0 && count < Infinity));
  if (odd !== undefined) throw new Error(`Expected counts in confusionMatrixFigure. Received: ${odd}`);
  if (classNames.length !== rows.length) {
    throw new Error(
      `Expected a name for each of the ${rows.length} classes in confusionMatrixFigure. Received: ${classNames.length} names`,
    );
  }
}
