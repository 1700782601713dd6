import type { Figure } from '../../src/plots/figure';
import { BASE_LAYOUT } from '../../src/plots/figure';
import { type Row, ratio } from './compare';

const [FASTER, SLOWER] = ['#1a7f37', '#bc4c00'];

/** Each row's ratio with its spread, on a logarithmic scale: left of 1 Thaw takes less. */
export function benchmarkFigure(rows: Row[], title: string): Figure {
  const compared = rows.filter(({ group }) => group !== 'machine').reverse();
  const ratios = compared.map(ratio);
  return {
    data: [
      {
        type: 'scatter',
        mode: 'markers',
        x: ratios.map(({ median }) => median),
        y: compared.map(({ group, name }) => `${group}: ${name}`),
        marker: { size: 9, color: ratios.map(({ median }) => (median <= 1 ? FASTER : SLOWER)) },
        error_x: {
          type: 'data',
          symmetric: false,
          array: ratios.map(({ median, greatest }) => greatest - median),
          arrayminus: ratios.map(({ median, least }) => median - least),
          color: '#888888',
          width: 2,
        },
      },
    ],
    layout: {
      ...BASE_LAYOUT,
      title: { text: title },
      width: 900,
      height: 120 + 22 * compared.length,
      margin: { l: 430, r: 30, t: 60, b: 60 },
      showlegend: false,
      xaxis: {
        type: 'log',
        title: { text: "Thaw's time or memory over Python Keras's" },
        tickvals: [0.05, 0.1, 0.2, 0.5, 1, 2, 5],
      },
      yaxis: { tickfont: { size: 11 }, automargin: false },
      shapes: [{ type: 'line', x0: 1, x1: 1, y0: 0, y1: 1, yref: 'paper', line: { color: '#222222', width: 1 } }],
    },
  };
}
