import { checkOptions } from '../utils/check_options';
import { BASE_CONFIG, BASE_LAYOUT, type Figure, MARGIN, titled } from './figure';
import { BLUE, NOTE_COLOR } from './palette';
import { plotlyText } from './plotly_text';

/** The arguments of `dotsFigure`. */
export interface DotsFigureArgs {
  /** What stands above. */
  title: string;
  /** What the dots measure. */
  xTitle: string;
  /** How the numbers are written, in d3's words: '.1%' for percent. Defaults to as they are. */
  xFormat?: string;
  /** An interval to hold the dots against, such as `metrics.proportionConfint` gives. Defaults to none. */
  interval?: readonly [low: number, high: number];
}

/**
 * A row of dots for each group, such as the accuracies that a training reaches from several seeds: how far do they scatter, and
 * do the groups lie apart?
 *
 * @param groups The numbers of each name; the first name is on top.
 * @returns A Plotly figure.
 * @throws Error if an option is unknown, or there is no group.
 */
export function dotsFigure(groups: Record<string, readonly number[]>, args: DotsFigureArgs): Figure {
  checkOptions('dotsFigure', args, { title: true, xTitle: true, xFormat: true, interval: true });
  const { title, xTitle, xFormat, interval } = args;
  const rows = Object.entries(groups);
  if (rows.length === 0) throw new Error('Expected numbers under each name in dotsFigure. Received: none');
  return {
    data: rows.map(([name, values], row) => ({
      ...{ type: 'scatter', mode: 'markers', name: plotlyText(name), x: values, y: values.map(() => row) },
      marker: { color: BLUE, size: 12, opacity: 0.6, line: { color: '#ffffff', width: 1 } },
    })),
    layout: {
      ...BASE_LAYOUT,
      title: titled(plotlyText(title)),
      height: 130 + 44 * rows.length,
      margin: MARGIN,
      xaxis: { title: { text: plotlyText(xTitle), standoff: 8 }, ...(xFormat && { tickformat: xFormat }) },
      yaxis: {
        tickvals: [...rows.keys()],
        ticktext: rows.map(([name]) => plotlyText(name)),
        range: [rows.length - 0.5, -0.5],
      },
      ...(interval && {
        shapes: [
          {
            ...{ type: 'rect', layer: 'below', x0: interval[0], x1: interval[1], yref: 'paper', y0: 0, y1: 1 },
            ...{ fillcolor: NOTE_COLOR, opacity: 0.15, line: { width: 0 } },
          },
        ],
      }),
      showlegend: false,
    },
    config: BASE_CONFIG,
  };
}
