import type { Figure } from './figure';
import { textOfPlotly } from './plotly_text';

/** Of more points than these the ends and the extremes are told, not each. */
const MAX_LISTED = 12;

/** The parts of a Plotly figure that are put into words. */
interface Titled {
  title?: string | { text?: string };
}
interface Layout extends Titled {
  annotations?: { text?: string }[];
  images?: unknown[];
}
interface Trace {
  type?: string;
  name?: string;
  orientation?: string;
  visible?: unknown;
  hoverinfo?: unknown;
  customdata?: unknown;
  labels?: unknown;
  text?: unknown;
  values?: unknown;
  x?: unknown;
  y?: unknown;
  z?: unknown;
}

/**
 * What a figure shows, in words, a line for each part: its title, the axes, the traces with their ends and extremes, how many
 * pictures there are, and what is written in it. For who can't see the figure, and where none is drawn.
 */
export function figureText({ data, layout }: Figure): string {
  const { annotations = [], images = [] } = layout as Layout;
  const written = annotations.map(({ text }) => textOfPlotly(text ?? '')).filter(Boolean);
  const pictures = images.length > 0 ? `${images.length} ${images.length === 1 ? 'picture' : 'pictures'}` : '';
  const lines = [
    titleOf(layout) || (pictures ? '' : 'Figure'),
    axesText(layout),
    ...(data as Trace[]).filter(({ visible, hoverinfo }) => visible !== false && hoverinfo !== 'skip').map(traceText),
    pictures && written.length > 0 ? `${pictures}: ${written.join('; ')}` : pictures,
    ...(pictures ? [] : written),
  ];
  return lines.filter(Boolean).join('\n');
}

function titleOf(titled: unknown): string {
  const { title } = (titled ?? {}) as Titled;
  return textOfPlotly((typeof title === 'string' ? title : title?.text) ?? '');
}

function axesText(layout: Record<string, unknown>): string {
  const axes = Object.keys(layout).filter((key) => /^[xy]axis\d*$/.test(key) && titleOf(layout[key]));
  return axes.map((key) => `${key.replace('axis', ' axis ').trim()}: ${titleOf(layout[key])}`).join(', ');
}

function traceText(trace: Trace): string {
  const name = trace.name === undefined ? (trace.type ?? 'scatter') : textOfPlotly(trace.name);
  if (isList(trace.z)) return `${name}: ${gridText(trace.z)}`;
  const isFlat = trace.orientation === 'h' || !isList(trace.y);
  const [values, places] = isList(trace.values)
    ? [trace.values, trace.labels]
    : [isNumbers(trace.customdata) ? trace.customdata : isFlat ? trace.x : trace.y, isFlat ? trace.y : trace.x];
  return `${name}: ${valuesText(isList(values) ? values : [], isList(places) ? places : [], trace.text)}`;
}

/** Each value with where it stands, where they are few and have names; else how many, the ends and the extremes. */
function valuesText(values: List, places: List, text: unknown): string {
  const names = isList(text) ? text : places;
  if (values.length <= MAX_LISTED && typeof names[0] === 'string') {
    return Array.from(values, (value, i) => `${textOfPlotly(String(names[i]))} ${number(value)}`).join(', ');
  }
  const at = (i: number) => (places[i] === undefined ? '' : ` at ${number(places[i])}`);
  const finite = [...values.keys()].filter((i) => Number.isFinite(values[i]));
  const count = `${values.length} ${values.length === 1 ? 'point' : 'points'}`;
  const [first, last] = [finite[0], finite.at(-1)];
  if (first === undefined || last === undefined) return count;
  if (values.length === 1) return `${number(values[first])}${at(first)}`;
  const lowest = finite.reduce((best, i) => (Number(values[i]) < Number(values[best]) ? i : best), first);
  const highest = finite.reduce((best, i) => (Number(values[i]) > Number(values[best]) ? i : best), first);
  const ends = [first, last].map((i) => `${number(values[i])}${at(i)}`);
  const extremes = [
    `lowest ${number(values[lowest])}${at(lowest)}`,
    `highest ${number(values[highest])}${at(highest)}`,
  ];
  return `${count}, from ${ends.join(' to ')}, ${extremes.join(', ')}`;
}

/** The rows of a small grid, such as a confusion matrix; of a larger one its size and the extremes. */
function gridText(rows: List): string {
  const cells = Array.from(rows, (row) => (isList(row) ? Array.from(row) : [row]));
  const width = Math.max(0, ...cells.map((row) => row.length));
  const size = `${cells.length} × ${width}`;
  const numbers = cells.flat().filter((cell): cell is number => typeof cell === 'number' && Number.isFinite(cell));
  if (numbers.length === 0) return size;
  if (cells.length * width <= MAX_LISTED)
    return `${size}, ${cells.map((row) => row.map(number).join(' ')).join(' / ')}`;
  const [lowest, highest] = [numbers.reduce((a, b) => Math.min(a, b)), numbers.reduce((a, b) => Math.max(a, b))];
  return `${size}, from ${number(lowest)} to ${number(highest)}`;
}

interface List extends ArrayLike<unknown>, Iterable<unknown> {
  keys(): Iterable<number>;
}

function isList(value: unknown): value is List {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && 'length' in value);
}

/** What stands for the values where these lie beyond the axis and are drawn on its edge. */
function isNumbers(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'number');
}

/** With four digits, which a reader can take in. */
function number(value: unknown): string {
  if (typeof value !== 'number') return textOfPlotly(String(value));
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)));
}
