import type { LearningRates } from '../utils/learning_rate_finder';
import { BASE_CONFIG, BASE_LAYOUT, type Figure } from './figure';
import { BLUE, NOTE_COLOR, VERMILION } from './palette';

/**
 * The loss at each learning rate that `utils.learningRateFinder` tried: dots as measured, a line smoothed, and where there is one
 * the rate that it suggests.
 *
 * @returns A Plotly figure, the rates on a logarithmic axis.
 */
export function learningRateFigure({ rates, losses, smoothedLosses, suggestion }: LearningRates): Figure {
  const dots = { type: 'scatter', mode: 'markers', name: 'each step', marker: { color: BLUE, size: 6, opacity: 0.5 } };
  const line = { type: 'scatter', mode: 'lines', name: 'smoothed', line: { color: VERMILION, width: 3 } };
  const text = suggestion?.toPrecision(2);
  const note = { color: NOTE_COLOR, width: 1.5, dash: 'dash' };
  return {
    data: [
      { ...dots, x: rates, y: losses },
      { ...line, x: rates, y: smoothedLosses },
    ],
    layout: {
      ...BASE_LAYOUT,
      title: { text: 'Loss at each learning rate', font: { size: 17 } },
      height: 360,
      margin: { t: 52, r: 16, b: 16, l: 16 },
      xaxis: { type: 'log', exponentformat: 'power', dtick: 1, title: { text: 'Learning rate', standoff: 8 } },
      yaxis: { title: { text: 'Loss', standoff: 12 } },
      legend: { orientation: 'h', x: 0.5, xanchor: 'center', yref: 'container', y: 0, yanchor: 'bottom' },
      showlegend: true,
      ...(suggestion !== undefined && {
        shapes: [{ type: 'line', x0: suggestion, x1: suggestion, yref: 'paper', y0: 0, y1: 1, line: note }],
        // Plotly wants an annotation's place on a logarithmic axis as the logarithm.
        annotations: [
          {
            x: Math.log10(suggestion),
            yref: 'paper',
            y: 1,
            xanchor: 'left',
            xshift: 4,
            text: `suggested: ${text}`,
            showarrow: false,
          },
        ],
      }),
    },
    config: BASE_CONFIG,
  };
}
