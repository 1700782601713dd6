import { checkOptions } from '../utils/check_options';
import { BASE_CONFIG, BASE_LAYOUT, type Figure, LEGEND_BELOW, MARGIN, markedPlace, titled } from './figure';
import { PALETTE } from './palette';
import { plotlyText } from './plotly_text';

/** A line of `linesFigure`. */
export interface Line {
  /** The places of its points, from left to right. */
  x: readonly number[];
  /** Their heights, as many. */
  y: readonly number[];
  /** 'lines', or 'markers': a dot for each. Defaults to 'lines'. */
  mode?: 'lines' | 'markers';
}

/** The arguments of `linesFigure`. */
export interface LinesFigureArgs {
  /** What stands above. */
  title: string;
  /** What the numbers to the right are. */
  xTitle: string;
  /** What the numbers upwards are. */
  yTitle: string;
  /** Whether the numbers to the right are logarithmic. Defaults to false. */
  logX?: boolean;
  /** Whether the numbers upwards are logarithmic. Defaults to false. */
  logY?: boolean;
  /** How the numbers upwards are written, in d3's words: '.0%' for percent. Defaults to as they are. */
  yFormat?: string;
  /** Places on the x axis to be marked, by what is to be written there. Defaults to none. */
  marks?: Record<string, number>;
}

/**
 * Lines, or dots, over one axis.
 *
 * @param lines Of each name, where it goes.
 * @returns A Plotly figure.
 * @throws Error if an option is unknown, there is no line, or x and y of one are not as many.
 */
export function linesFigure(lines: Record<string, Line>, args: LinesFigureArgs): Figure {
  const { title, xTitle, yTitle, logX = false, logY = false, yFormat, marks = {} } = args;
  checkOptions('linesFigure', args, {
    ...({ title: true, xTitle: true, yTitle: true, logX: true, logY: true, yFormat: true, marks: true } as const),
  });
  const drawn = Object.entries(lines);
  if (drawn.length === 0) throw new Error('Expected a line under each name in linesFigure. Received: none');
  const uneven = drawn.find(([, { x, y }]) => x.length !== y.length)?.[1];
  if (uneven) {
    throw new Error(`Expected as many x as y in linesFigure. Received: ${uneven.x.length} and ${uneven.y.length}`);
  }
  const log = (is: boolean) => is && { type: 'log', exponentformat: 'power', dtick: 1 };
  const places = Object.entries(marks);
  return {
    data: drawn.map(([name, { x, y, mode = 'lines' }], index) => {
      const color = PALETTE[index % PALETTE.length]!;
      return {
        ...{ type: 'scatter', mode, name: plotlyText(name), x, y },
        line: { color, width: 2.5 },
        marker: { color, size: 7, opacity: 0.7 },
      };
    }),
    layout: {
      ...BASE_LAYOUT,
      title: titled(plotlyText(title)),
      height: 360,
      margin: MARGIN,
      xaxis: { ...log(logX), title: { text: plotlyText(xTitle), standoff: 8 } },
      yaxis: {
        ...log(logY),
        title: { text: plotlyText(yTitle), standoff: 12 },
        ...(yFormat && { tickformat: yFormat }),
      },
      legend: LEGEND_BELOW,
      showlegend: drawn.length > 1,
      shapes: places.map(([, x]) => markedPlace(x)),
      // Plotly wants an annotation's place on a logarithmic axis as the logarithm. One below the other, lest they touch.
      annotations: places.map(([text, x], index) => ({
        ...{ x: logX ? Math.log10(x) : x, yref: 'paper', y: 1 - 0.09 * index, xanchor: 'left', xshift: 4 },
        ...{ yanchor: 'top', text: plotlyText(text), showarrow: false, bgcolor: 'rgba(255,255,255,0.8)' },
      })),
    },
    config: BASE_CONFIG,
  };
}
