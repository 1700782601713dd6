/** One row of a table: the code on both sides, '' where there is a dash. */
export interface Row {
  /** Where it is in the page, counted from 1. */
  line: number;
  python: string;
  typescript: string;
}

/** The code of a cell: spans in backticks, one a line, or a dash. */
function codeOf(cell: string, line: number): string {
  if (cell === '—') return '';
  if (!/^`[^`]+`(<br>`[^`]+`)*$/.test(cell)) {
    throw new Error(`Expected code in backticks, lines parted by <br>, or a dash. Received, in line ${line}: ${cell}`);
  }
  return cell.slice(1, -1).replaceAll('`<br>`', '\n').replaceAll('\\|', '|');
}

/**
 * The rows of all tables in a Markdown page whose head is `Keras (Python) | Thaw (TypeScript)`.
 *
 * @throws Error naming the line of a row that hasn't two cells, or a cell that is neither code nor a dash.
 */
export function tableRows(page: string): Row[] {
  const rows = page.split('\n').flatMap((text, index) => {
    const line = index + 1;
    if (!text.startsWith('|') || /^\|[-|]+\|$/.test(text) || text === '| Keras (Python) | Thaw (TypeScript) |')
      return [];
    const cells = text.slice(1, text.lastIndexOf('|')).split(/(?<!\\)\|/);
    if (cells.length !== 2) throw new Error(`Expected two cells. Received, in line ${line}: ${cells.length}`);
    const [python, typescript] = cells.map((cell) => codeOf(cell.trim(), line)) as [string, string];
    return [{ line, python, typescript }];
  });
  return rows;
}
