import { shown } from '../utils/shown';

/** What is asked of a table; danfojs's `DataFrame` has it. */
export interface Table {
  /** The names of the columns. */
  columns: string[];
  /** What stands before each row. */
  index: (string | number)[];
  /** The rows, an array of cells each; of a single column, the cells. */
  values: unknown[];
}

/** Of a longer table, only the ends are shown. */
const MAX_ROWS = 60;
const END_ROWS = 5;

const NUMBER = /^\s*[+\-−]?(?:\d+(?:,\d{3})*(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?\s*[%×]?\s*$/i;
/** What stands for a number that there isn't. */
const NONE = /^\s*[-–—]?\s*$/;

/** A table's cells as text that can be shown, ready for either form. */
interface Cells {
  /** The heading row first; the index is the first cell of each, where it is shown. */
  rows: string[][];
  /** Whether the cells of a column are numbers, set flush right. */
  numeric: boolean[];
  /** Whether the index says more than how the rows follow each other. */
  isIndexed: boolean;
  /** How long the table is, where it was cut; else empty. */
  note: string;
}

/** A table as HTML, an index of 0, 1, 2, … left out, its text escaped; wider than the page, it scrolls. */
export function tableHtml(table: Table, maxRows = MAX_ROWS): string {
  const { rows, numeric, isIndexed, note } = tableCells(table, maxRows);
  const row = (cells: string[], isHeading: boolean) => {
    const html = cells.map((cell, column) => {
      const tag = isHeading || (isIndexed && column === 0) ? 'th' : 'td';
      return `<${tag} style="text-align: ${numeric[column] ? 'right' : 'left'}">${escapeHtml(cell)}</${tag}>`;
    });
    return `<tr>${html.join('')}</tr>`;
  };
  const [heading = [], ...body] = rows;
  return [
    '<div style="overflow-x: auto"><table>',
    `<thead>${row(heading, true)}</thead>`,
    `<tbody>${body.map((cells) => row(cells, false)).join('\n')}</tbody>`,
    `</table>${note && `<p>${note}</p>`}</div>`,
  ].join('\n');
}

/** A table as plain text in aligned columns, the twin of `tableHtml`. */
export function tableText(table: Table): string {
  const { rows, numeric, note } = tableCells(table);
  const widths = numeric.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => (numeric[column] ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!)))
      .join('  ')
      .trimEnd(),
  );
  return [...lines, ...(note ? [note] : [])].join('\n');
}

function tableCells({ columns, index, values }: Table, maxRows = MAX_ROWS): Cells {
  // danfojs gives the values of a single column without an array around each.
  const records = values.map((row) => (Array.isArray(row) ? row : [row]));
  const isIndexed = index.some((name, row) => name !== row);
  const shownColumns = columns.map((_, column) => records.map((record): unknown => record[column]));
  const all = isIndexed ? [index, ...shownColumns] : shownColumns;
  const numeric = all.map((cells) => cells.every((cell) => isNumber(cell) || isMissing(cell)));
  const texts = all.map(columnTexts);
  const body = index.map((_, row) => texts.map((column) => column[row]!));
  const isCut = body.length > maxRows;
  const ends = isCut ? [...body.slice(0, END_ROWS), all.map(() => '…'), ...body.slice(-END_ROWS)] : body;
  return {
    rows: [[...(isIndexed ? [''] : []), ...columns.map((name) => shown(String(name)))], ...ends],
    numeric,
    isIndexed,
    note: isCut ? `${body.length} rows` : '',
  };
}

function isMissing(cell: unknown): cell is null | undefined {
  return cell === null || cell === undefined;
}

/** A number, or a text that is one, `45`, `−0.5`, `1,234`, `97.45 %`, `1.5e-3`, or stands in its place, `–`. */
function isNumber(cell: unknown): boolean {
  return typeof cell === 'number' || (typeof cell === 'string' && (NUMBER.test(cell) || NONE.test(cell)));
}

/** A column of whole numbers keeps them; others get the same number of decimals, or four digits where all are tiny. */
function columnTexts(cells: readonly unknown[]): string[] {
  const numbers = cells.filter((cell): cell is number => typeof cell === 'number' && Number.isFinite(cell));
  const largest = Math.max(0, ...numbers.map(Math.abs));
  const format = (value: number) => {
    if (!Number.isFinite(value) || numbers.every(Number.isInteger)) return String(value);
    return largest < 1e-3 ? String(Number(value.toPrecision(4))) : value.toFixed(largest < 1000 ? 4 : 1);
  };
  return cells.map((cell) => (isMissing(cell) ? '' : typeof cell === 'number' ? format(cell) : shown(String(cell))));
}

/** A text as HTML shows it. */
export function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
