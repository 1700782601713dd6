import { BASE_CONFIG, BASE_LAYOUT, type Figure, LEGEND_BELOW, MARGIN, titled } from './figure';
import { NOTE_COLOR } from './palette';

/** A line that stands for what chance, or a perfect model, would give. */
export function referenceLine(name: string, x: number[], y: number[]): Figure['data'][number] {
  return {
    type: 'scatter',
    mode: 'lines',
    name,
    x,
    y,
    line: { color: NOTE_COLOR, width: 1.5, dash: 'dot' },
    hoverinfo: 'skip',
  };
}

/** What an axis shows, and its title. */
export interface ShareAxis {
  title: string;
  range: [number, number];
}

/** Shares against shares, in percent, the legend below. */
export function shareFigure(title: string, data: Figure['data'], xaxis: ShareAxis, yaxis: ShareAxis): Figure {
  const axis = ({ title: text, range: [from, to] }: ShareAxis, standoff: number) => {
    const margin = 0.02 * (to - from);
    return {
      title: { text, standoff },
      range: [from - margin, to + margin],
      tickformat: to - from < 0.1 ? '.1%' : '.0%',
    };
  };
  return {
    data,
    layout: {
      ...BASE_LAYOUT,
      title: titled(title),
      height: 420,
      margin: MARGIN,
      xaxis: axis(xaxis, 8),
      yaxis: axis(yaxis, 12),
      legend: LEGEND_BELOW,
      showlegend: true,
    },
    config: BASE_CONFIG,
  };
}
