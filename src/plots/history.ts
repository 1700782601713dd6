import { checkOptions } from '../utils/check_options';
import { greatestIsBest } from '../utils/greatest_is_best';
import { BASE_CONFIG, BASE_LAYOUT, type Figure, LEGEND_BELOW, MARGIN, markedPlace, titled } from './figure';
import { BLUE, GREEN, INK_COLOR, NOTE_COLOR, ORANGE, PURPLE, SKY, VERMILION } from './palette';
import { plotlyText } from './plotly_text';
import { type Curves, trainingCurves } from './training_curves';
import { type Trainings, trainingCourses } from './training_logs';
import { edgeSymbol, type Limits, linearLimits, logLimits, pointsWithin } from './value_limits';

/** Of trainings by name; last come those that mean training and validation where there is only one. */
const NAMED_COLORS = [GREEN, PURPLE, ORANGE, SKY, BLUE, VERMILION];

/** The arguments of `historyFigure`. */
export interface HistoryFigureArgs {
  /** The name in the logs: `'acc'`, `'loss'`, or any other metric that the model was compiled with. */
  metric: string;
  /**
   * How much each point keeps of the smoothed one before it, from 0 (nothing) up to below 1: an exponential moving average,
   * which shows the trend in a jagged curve. What was measured stays, thin. Defaults to 0.
   */
  smoothing?: number;
  /** Whether the axis of the values is logarithmic, which suits a loss; zeros lie on its lower edge. Defaults to false. */
  logScale?: boolean;
  /**
   * The quantity by which an epoch is kept, ringed in the figure: that of its least value, or of the greatest of an accuracy,
   * as `modelCheckpoint` has it. false for none. Defaults to 'val_loss', where it was logged.
   */
  monitor?: string | false;
  /** The words at each line where a further training begins, such as 'fine-tuning starts'. Defaults to none. */
  marks?: readonly string[];
}

type Trace = Figure['data'][number];

/**
 * The curve of one metric over the epochs: dots for training, a line for validation (where there was any). A first epoch so
 * far above all others that it would flatten them stands at the upper edge as a triangle, its value beside it.
 *
 * @param trainings What `fit` or `fitDataset` resolves to; its logs alone, a number an epoch under each name; or the
 *   DataFrame read from the file of `csvLogger`. An array of these is one training that went on from each to the next; an
 *   object has several by name, drawn in a colour each.
 * @returns A Plotly figure whose epochs count from 1.
 * @throws Error if an option is unknown, `metric` or `monitor` is not in the logs, the smoothing is out of range, or the
 *   marks are not as many as the further trainings.
 * @example
 * historyFigure([before, after], { metric: 'acc', marks: ['fine-tuning starts'] });
 * historyFigure({ 'as they are': before, augmented: after }, { metric: 'loss', logScale: true });
 */
export function historyFigure(trainings: Trainings, args: HistoryFigureArgs): Figure {
  checkOptions('historyFigure', args, { metric: true, smoothing: true, logScale: true, monitor: true, marks: true });
  const { metric, smoothing = 0, logScale = false, monitor, marks } = args;
  if (!(smoothing >= 0 && smoothing < 1)) {
    throw new Error(`The smoothing of a historyFigure is from 0 to below 1. Received: smoothing=${smoothing}`);
  }
  const courses = trainingCourses(trainings).map((course) => trainingCurves(course, { metric, smoothing, monitor }));
  const joints = courses.flatMap((course) => course.joints);
  if (marks && marks.length !== joints.length) {
    throw new Error(
      `historyFigure needs a mark for each training that goes on from another. Received: ${marks.length} for ${joints.length}`,
    );
  }
  const pairs = courses.flatMap(({ measured, smoothed }) => (smoothed ? [measured, smoothed] : [measured]));
  const values = pairs.flatMap(({ training, validation = [] }) => [training, validation]);
  const limits = logScale ? logLimits(values) : linearLimits(values);
  const isNamed = courses.some(({ name }) => name);
  const hasValidation = courses.some(({ measured }) => measured.validation);
  const epochs = Math.max(...values.map(({ length }) => length));
  const name = metric === 'acc' ? 'accuracy' : metric.replaceAll('_', ' ');
  const title = `${hasValidation ? 'Training and validation' : 'Training'} ${plotlyText(name)}`;
  return {
    data: [
      ...courses.flatMap((course, index) => {
        const named = NAMED_COLORS[index % NAMED_COLORS.length]!;
        return isNamed ? courseTraces(course, limits, named, named) : courseTraces(course, limits, BLUE, VERMILION);
      }),
      ...(isNamed ? legendTraces(hasValidation) : []),
      ...keptTraces(courses, limits, monitor || 'val_loss'),
    ],
    layout: {
      ...BASE_LAYOUT,
      title: titled(smoothing ? `${title},<br>smoothed (thin: as measured)` : title),
      height: isNamed ? 420 : smoothing ? 380 : 360,
      margin: { ...MARGIN, t: MARGIN.t + (smoothing ? 22 : 0) + (marks ? 18 : 0) },
      xaxis: {
        title: { text: 'Epoch', standoff: 8 },
        range: [0.4, epochs + 0.6],
        ...(epochs <= 10 && { dtick: 1 }),
      },
      yaxis: {
        title: { text: plotlyText(name.charAt(0).toUpperCase() + name.slice(1)), standoff: 12 },
        ...limits.axis,
      },
      legend: LEGEND_BELOW,
      showlegend: true,
      hovermode: 'x unified',
      shapes: joints.map((epoch) => markedPlace(epoch + 0.5)),
      annotations: [
        ...(marks ?? []).map((mark, index) => ({
          ...noteAbove(plotlyText(mark), joints[index]! + 0.5),
          xanchor: joints[index]! > epochs / 2 ? 'right' : 'left',
        })),
        ...aboveNotes(courses, limits),
      ],
    },
    config: BASE_CONFIG,
  };
}

/** What is measured lies behind what is smoothed. */
function courseTraces(course: Curves, limits: Limits, trainingColor: string, validationColor: string): Trace[] {
  const { name, measured, smoothed } = course;
  // The legend shows the colour of a training once.
  const isInLegend = !(name && measured.validation);
  const dots = (values: number[], size: number): Trace[] => {
    const dot = { type: 'scatter', mode: 'markers', ...pointsWithin(limits, values) };
    const symbol = values.map((value) => edgeSymbol(limits, value));
    const marker = { color: trainingColor, size };
    // A trace of their own, since the legend shows the first dot of a trace; so large that they cover the dots.
    const triangles = { ...marker, symbol, size: symbol.map((each) => (each ? 2 * size : 0)), opacity: 1 };
    return [
      { ...dot, name: name ? `${plotlyText(name)}: training` : 'Training', marker, showlegend: isInLegend },
      ...(symbol.some((each) => each) ? [{ ...dot, marker: triangles, showlegend: false, hoverinfo: 'skip' }] : []),
    ];
  };
  const line = (values: number[], width: number): Trace => ({
    type: 'scatter',
    // A line through a single epoch would not be seen.
    mode: values.filter(Number.isFinite).length > 1 ? 'lines' : 'markers',
    name: name ? plotlyText(name) : 'Validation',
    ...pointsWithin(limits, values),
    line: { color: validationColor, width },
    marker: { color: validationColor, size: 8, symbol: 'diamond' },
  });
  const pair = ({ training, validation }: Curves['measured'], size: number, width: number): Trace[] => [
    ...dots(training, size),
    ...(validation ? [line(validation, width)] : []),
  ];
  const isCrowded = name || measured.training.length > 40;
  const main = pair(smoothed ?? measured, isCrowded ? 6 : 8, 3);
  const thin = smoothed ? pair(measured, 4, 1) : [];
  return [...thin.map((trace) => ({ ...trace, opacity: 0.5, showlegend: false, hoverinfo: 'skip' })), ...main];
}

/** Where colours tell trainings apart, the legend says by these what dots and lines are. */
function legendTraces(hasValidation: boolean): Trace[] {
  const grey = { type: 'scatter', x: [null], y: [null], hoverinfo: 'skip' };
  const dots = { ...grey, mode: 'markers', name: 'Training', marker: { color: NOTE_COLOR, size: 6 } };
  const line = { ...grey, mode: 'lines', name: 'Validation', line: { color: NOTE_COLOR, width: 3 } };
  return hasValidation ? [dots, line] : [dots];
}

/** A ring at each epoch that was kept. */
function keptTraces(courses: Curves[], limits: Limits, monitor: string): Trace[] {
  const kept = courses.flatMap(({ measured, kept }) =>
    kept.map((epoch) => ({ epoch, value: (measured.validation ?? measured.training)[epoch] ?? Number.NaN })),
  );
  if (kept.length === 0) return [];
  const { y } = pointsWithin(
    limits,
    kept.map(({ value }) => value),
  );
  const x = kept.map(({ epoch }) => epoch + 1);
  return [
    {
      type: 'scatter',
      mode: 'markers',
      name: kept.length === 1 ? `Kept: epoch ${x[0]}` : `Kept: epochs ${x.join(', ')}`,
      x,
      y,
      hovertemplate: `${greatestIsBest(monitor) ? 'highest' : 'lowest'} ${plotlyText(monitor)}`,
      marker: { color: INK_COLOR, size: 15, symbol: 'circle-open', line: { width: 2.5 } },
    },
  ];
}

/** The values of the first epoch that lie above the axis. */
function aboveNotes(courses: Curves[], { greatest }: Limits): Record<string, unknown>[] {
  const pairs = courses.map(({ measured, smoothed }) => smoothed ?? measured);
  const firsts = pairs.flatMap(({ training, validation }) => [training[0], validation?.[0]]);
  const above = firsts.filter((value) => value !== undefined && value > greatest);
  if (above.length === 0) return [];
  const text = `epoch 1: ${above.map((value) => Number(value!.toPrecision(3))).join(', ')}`;
  return [{ ...noteAbove(text, 1), xanchor: 'left' }];
}

/** A text above the axes, where no data is. */
const noteAbove = (text: string, x: number) => ({
  text,
  x,
  y: 1,
  yref: 'paper',
  yanchor: 'bottom',
  showarrow: false,
  font: { size: 13, color: NOTE_COLOR },
});
