import { innerLayers, kerasClassName } from './layer_paths';
import { optimizerRecord } from './optimizers';
import { patch, type Reason } from './patch';
import * as tf from './raw';
import { type Alignment, formatTable } from './summary_table';

type Layer = tf.layers.Layer;
type Node = Layer['inboundNodes'][number];

/** What a summary tells of a model. */
export interface Summary {
  /** The model's name, as Keras heads the table. */
  title: string;
  header: string[];
  /** A row for each layer. */
  rows: string[][];
  /** How many parameters there are, of each kind. */
  params: string[];
  /** All of it, as Keras prints it. */
  text: string;
}

interface Layout {
  lineLength: number;
  /** Where each column ends, as a share of the line. */
  positions: number[];
  /** What rich takes off each column for its borders and padding. */
  narrowing: number[];
  header: string[];
  alignments: Alignment[];
}

const SEQUENTIAL: Layout = {
  lineLength: 88,
  positions: [0.45, 0.8, 1],
  narrowing: [3, 4, 3],
  header: ['Layer (type)', 'Output Shape', 'Param #'],
  alignments: ['left', 'left', 'right'],
};
const CONNECTED: Layout = {
  lineLength: 108,
  positions: [0.3, 0.56, 0.74, 1],
  narrowing: [3, 3, 4, 3],
  header: ['Layer (type)', 'Output Shape', 'Param #', 'Connected to'],
  alignments: ['left', 'left', 'right', 'left'],
};

function terminalColumns(): number {
  return Number(process.env.COLUMNS) || process.stdout.columns || 80;
}

/** Whether the layers stand in one row, none with two inputs and none used twice. */
function isSequentialLike(model: tf.LayersModel, nodes: Node[][]): boolean {
  if (model.getClassName() === 'Sequential') {
    return true;
  }
  const inModel = new Set(nodes.flat());
  return (
    nodes.every((depth) => depth.length === 1 && depth[0]!.inputTensors.length <= 1) &&
    model.layers.every((layer) => layer.inboundNodes.filter((node) => inModel.has(node)).length <= 1)
  );
}

function formatShape(layer: Layer): string {
  const tensors = layer.inboundNodes.at(-1)!.outputTensors;
  const shapes = tensors.map(({ shape }) => `(${shape.map((size) => size ?? 'None').join(', ')})`);
  return shapes.length === 1 ? shapes[0]! : `[${shapes.join(', ')}]`;
}

function connections(layer: Layer, nodes: Node[][]): string {
  const inModel = new Set(nodes.flat());
  const sources = layer.inboundNodes
    .filter((node) => inModel.has(node))
    .flatMap((node) =>
      node.inboundLayers.map((source, index) => {
        // In tfjs a nested model's first node is its own graph, and its calls count from 1.
        const call = node.nodeIndices[index]! - ('layers' in source ? 1 : 0);
        return `${source.name}[${call}][${node.tensorIndices[index]}]`;
      }),
    );
  return sources.join(', ') || '-';
}

function formatSize(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  let size = bytes;
  let unit = 0;
  for (; size >= 1024 && unit < units.length - 1; unit++) {
    size /= 1024;
  }
  return `${size.toFixed(2)} ${units[unit]}`;
}

function countParams(weights: { shape: readonly (number | null)[] }[]): number {
  return weights.reduce((sum, { shape }) => sum + shape.reduce<number>((product, size) => product * (size ?? 1), 1), 0);
}

/** How many numbers Keras's optimizer would keep for each trainable one, once it has made a step. */
function optimizerSlots(optimizer: tf.Optimizer): number {
  return optimizerRecord(optimizer)?.slots(optimizer.getConfig()).kept.length ?? 0;
}

function paramLines(model: tf.LayersModel): string[] {
  const trainable = countParams(model.trainableWeights);
  const frozen = countParams(model.nonTrainableWeights);
  const built = model.optimizer?.iterations > 0;
  const slots = built ? trainable * optimizerSlots(model.optimizer) : 0;
  // Besides the slots Keras keeps the number of steps (8 bytes) and the learning rate (4).
  const kept = { count: built ? slots + 2 : 0, bytes: built ? slots * 4 + 12 : 0 };
  const line = (name: string, count: number, bytes: number) =>
    ` ${name} params: ${count.toLocaleString('en-US')} (${formatSize(bytes)})`;
  return [
    line('Total', trainable + frozen + kept.count, (trainable + frozen) * 4 + kept.bytes),
    line('Trainable', trainable, trainable * 4),
    line('Non-trainable', frozen, frozen * 4),
    ...(built ? [line('Optimizer', kept.count, kept.bytes)] : []),
  ];
}

/**
 * The table of a model's layers, as Keras has it: `model.summary()`, in as many columns as the terminal has (80
 * where there is none). Mirrors `keras.src.utils.summary_utils.print_summary`.
 *
 * @param lineLength Characters in a line. Defaults to 88, or to 108 where layers branch, or to what the terminal has.
 * @param positions Where each column ends, as a share of the line. Defaults to Keras's.
 * @throws Error when the line is too short for the columns.
 */
export function summarize(model: tf.LayersModel, lineLength?: number, positions?: number[]): Summary {
  const nodes = Object.values(model.nodesByDepth ?? {});
  const sequential = isSequentialLike(model, nodes);
  const layout = sequential ? SEQUENTIAL : CONNECTED;
  const length = lineLength ?? Math.min(layout.lineLength, terminalColumns() - 4);
  const ends = (positions ?? layout.positions).map((position) => Math.floor(position * length));
  const widths = ends.map((end, index) => end - (ends[index - 1] ?? 0) - layout.narrowing[index]!);
  if (widths.some((width) => width < 1)) {
    throw new Error(`Insufficient console width to print summary. Received: lineLength=${length}`);
  }
  const rows = innerLayers(model)!.map((layer) => [
    `${layer.name} (${kerasClassName(layer)})`,
    formatShape(layer),
    layer.countParams().toLocaleString('en-US'),
    ...(sequential ? [] : [connections(layer, nodes)]),
  ]);
  const title = `Model: "${model.name}"`;
  const params = paramLines(model);
  const table = formatTable([layout.header, ...rows], widths, layout.alignments);
  return { title, header: layout.header, rows, params, text: [title, ...table, ...params].join('\n') };
}

/** The text of `summarize`. */
export function formatSummary(model: tf.LayersModel, lineLength?: number, positions?: number[]): string {
  return summarize(model, lineLength, positions).text;
}

type Display = (summary: Summary) => boolean;

let display: Display = () => false;

/** Has summaries shown by `by`, where no other printer is asked for; they are printed where it answers `false`. */
export function displaySummaries(by: Display): void {
  display = by;
}

function summary(
  this: tf.LayersModel,
  lineLength?: number,
  positions?: number[],
  printFn?: (line: string) => void,
): void {
  const made = summarize(this, lineLength, positions);
  if (!printFn && display(made)) return;
  for (const line of made.text.split('\n')) (printFn ?? console.log)(line);
}

/** Lets every model print Keras's table. */
export function kerasSummary(reason: Reason): void {
  for (const { prototype } of [tf.LayersModel, tf.Sequential]) patch(prototype, 'summary', () => summary, reason);
}
