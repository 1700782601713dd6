import { median, type Row, ratio, type Unit, type Who } from './compare';

/** What a unit's values are called and multiplied by. */
const SHOWN: Record<Unit, (value: number, flop: number) => number> = {
  s: (value) => value,
  ms: (value) => 1000 * value,
  'pictures/s': (value) => 1 / value,
  'GFLOP/s': (value, flop) => flop / value / 1e9,
  MB: (value) => value / 2 ** 20,
};

export const formatted = (value: number) =>
  value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toPrecision(2);

export function shown({ unit, flop = 0, ...row }: Row, who: Who): string {
  return `${formatted(SHOWN[unit](median(row[who]), flop))} ${unit}`;
}

/** The most floating-point operations a second that either side gets out of this machine. */
export function limit(rows: Row[]): number | undefined {
  const rates = rows
    .filter(({ group }) => group === 'machine')
    .flatMap(({ flop, thaw, keras }) => [flop! / median(thaw), flop! / median(keras)]);
  return rates.length > 0 ? Math.max(...rates) : undefined;
}

const share = (row: Row, who: Who, most: number | undefined) =>
  row.flop && most ? `${((100 * row.flop) / median(row[who]) / most).toFixed(0)} %` : '';

/** The rows as a Markdown table: medians, and Thaw's value over Keras's with the least and the greatest of the pairs. */
export function table(rows: Row[]): string {
  const most = limit(rows);
  const lines = rows.map((row) => {
    const { median, least, greatest } = ratio(row);
    const spread = row.thaw.length > 1 ? ` (${least.toFixed(2)} to ${greatest.toFixed(2)})` : '';
    const shares = [share(row, 'thaw', most), share(row, 'keras', most)].filter(Boolean).join(', ');
    const times = row.thaw.length === 1 ? 'once' : `${row.thaw.length} pairs`;
    const cells = [row.name, shown(row, 'thaw'), shown(row, 'keras'), `${median.toFixed(2)}${spread}`, shares];
    return `| ${[row.group, ...cells, [times, row.how].filter(Boolean).join('; ')].join(' | ')} |`;
  });
  return [
    "| | what | Thaw | Keras | Thaw's over Keras's | of the machine's limit | measured |",
    '|---|---|---|---|---|---|---|',
    ...lines,
  ].join('\n');
}
