/** How a column's text stands in its cells. */
export type Alignment = 'left' | 'right';

/** The lines of a text in cells of `width` characters: broken at spaces, a word too long ended by "…". Mirrors rich. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  // From where spaces begin only: in a name of spaces alone each would be looked at from each.
  for (const word of text.match(/(?:(?<!\s)\s+)?\S+\s*/g) ?? ['']) {
    if (line !== '' && line.length + word.trimEnd().length > width) {
      lines.push(line);
      line = '';
    }
    line += word;
  }
  return [...lines, line].map((part) => {
    const trimmed = part.trimEnd();
    return trimmed.length > width ? `${trimmed.slice(0, width - 1)}…` : trimmed;
  });
}

/**
 * A table in box characters, heavy around the header, as the Python package `rich` prints it.
 *
 * @param rows The header first.
 * @param widths Characters in each column's cells, without their padding.
 */
export function formatTable(rows: string[][], widths: number[], alignments: Alignment[]): string[] {
  const rule = (left: string, fill: string, middle: string, right: string) =>
    left + widths.map((width) => fill.repeat(width + 2)).join(middle) + right;
  const formatRow = (row: string[], border: string) => {
    const cells = row.map((text, column) => wrap(text, widths[column]!));
    const height = Math.max(...cells.map((lines) => lines.length));
    return Array.from({ length: height }, (_, index) => {
      const texts = cells.map((lines, column) => {
        const text = lines[index] ?? '';
        const width = widths[column]!;
        return alignments[column] === 'right' ? text.padStart(width) : text.padEnd(width);
      });
      return `${border} ${texts.join(` ${border} `)} ${border}`;
    });
  };
  const [header, ...body] = rows;
  return [
    rule('┏', '━', '┳', '┓'),
    ...formatRow(header!, '┃'),
    rule('┡', '━', '╇', '┩'),
    ...body.flatMap((row, index) => [...(index > 0 ? [rule('├', '─', '┼', '┤')] : []), ...formatRow(row, '│')]),
    rule('└', '─', '┴', '┘'),
  ];
}
