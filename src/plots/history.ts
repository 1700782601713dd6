import * as tf from '../tf';
import { checkOptions } from '../utils/check_options';
import { shown } from '../utils/shown';
import { BASE_CONFIG, BASE_LAYOUT, type Figure } from './figure';
import { plotlyText } from './plotly_text';

// Blue and vermilion of the Okabe-Ito palette: told apart by the colour-blind, and one darker than the other in grey.
const TRAINING_COLOR = '#0072B2';
const VALIDATION_COLOR = '#D55E00';

const GRID_COLOR = '#e5e5e5';
const AXIS_COLOR = '#888888';

/** The arguments of `historyFigure`. */
export interface HistoryFigureArgs {
  /** The name in the logs: `'acc'`, `'loss'`, or any other metric that the model was compiled with. */
  metric: string;
  /**
   * How much each point keeps of the smoothed one before it, from 0 (nothing) up to below 1: an exponential moving average,
   * which shows the trend in a jagged curve. Defaults to 0.
   */
  smoothing?: number;
}

/** The exponential moving average of the values. */
function smooth(values: number[], factor: number): number[] {
  const smoothed: number[] = [];
  for (const value of values) smoothed.push(factor * (smoothed.at(-1) ?? value) + (1 - factor) * value);
  return smoothed;
}

/**
 * The curve of one metric over the epochs: dots for training, a line for validation (where there was any).
 *
 * @param history What `fit` or `fitDataset` resolves to, or its logs alone: a number an epoch under each name.
 * @returns A Plotly figure whose epochs count from 1.
 * @throws Error if an option is unknown, `metric` is not in the logs, or the smoothing out of range.
 */
export function historyFigure(history: tf.History | Record<string, number[]>, args: HistoryFigureArgs): Figure {
  checkOptions('historyFigure', args, { metric: true, smoothing: true });
  const { metric, smoothing = 0 } = args;
  const logs = history instanceof tf.History ? (history.history as Record<string, number[]>) : history;
  const logged = (name: string) => (Object.hasOwn(logs, name) ? logs[name] : undefined);
  const training = logged(metric);
  const validation = logged(`val_${metric}`);
  if (!training) {
    throw new Error(
      `historyFigure needs a metric that was logged: one of ${shown(Object.keys(logs).join(', ')) || '(no logs: did fit run?)'}. ` +
        `Received: metric=${shown(metric)}`,
    );
  }
  if (!(smoothing >= 0 && smoothing < 1)) {
    throw new Error(`The smoothing of a historyFigure is from 0 to below 1. Received: smoothing=${smoothing}`);
  }
  const name = metric === 'acc' ? 'accuracy' : metric.replaceAll('_', ' ');
  const epochs = training.map((_, index) => index + 1);
  const capitalised = name.charAt(0).toUpperCase() + name.slice(1);
  const axis = { automargin: true, gridcolor: GRID_COLOR, linecolor: AXIS_COLOR, showline: true, zeroline: false };
  const data: Figure['data'] = [
    {
      type: 'scatter',
      mode: 'markers',
      name: 'Training',
      x: epochs,
      y: smooth(training, smoothing),
      marker: { color: TRAINING_COLOR, size: 8 },
    },
  ];
  if (validation) {
    data.push({
      type: 'scatter',
      // A line through a single epoch would not be seen.
      mode: validation.length > 1 ? 'lines' : 'markers',
      name: 'Validation',
      x: epochs,
      y: smooth(validation, smoothing),
      line: { color: VALIDATION_COLOR, width: 3 },
      marker: { color: VALIDATION_COLOR, size: 8, symbol: 'diamond' },
    });
  }
  return {
    data,
    layout: {
      ...BASE_LAYOUT,
      title: {
        text: `${validation ? 'Training and validation' : 'Training'} ${plotlyText(name)}${smoothing ? ', smoothed' : ''}`,
        font: { size: 17 },
      },
      height: 360,
      margin: { t: 52, r: 16, b: 16, l: 16 },
      xaxis: {
        ...axis,
        title: { text: 'Epoch', standoff: 8 },
        range: [0.4, epochs.length + 0.6],
        ...(epochs.length <= 10 && { dtick: 1 }),
      },
      yaxis: { ...axis, title: { text: plotlyText(capitalised), standoff: 12 } },
      legend: { orientation: 'h', x: 0.5, xanchor: 'center', yref: 'container', y: 0, yanchor: 'bottom' },
      showlegend: true,
      hovermode: 'x unified',
    },
    config: BASE_CONFIG,
  };
}
