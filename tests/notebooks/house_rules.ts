import { root } from '../support/root';
import type { Cell, Notebook } from './write_notebook';

/** What a rule finds wrong in a notebook; nothing when it is kept. `size` is the file's in bytes. */
export type Rule = (notebook: Notebook, size: number) => string[];

const isCode = (cell: Cell | undefined): cell is Cell => cell?.cell_type === 'code';
const isProse = (cell: Cell | undefined): cell is Cell => cell?.cell_type === 'markdown';
const text = (source: string | string[] | undefined) => [source ?? ''].flat().join('');
const lines = (cell: Cell) =>
  text(cell.source)
    .split('\n')
    .filter((line) => line.trim() !== '');
const words = (cell: Cell) => text(cell.source).split(/\s+/).filter(Boolean).length;
const data = (cell: Cell) => (cell.outputs ?? []).map((output) => output.data ?? {});
// Photographs are kept as a picture alone.
const isFigure = (output: Record<string, unknown>) =>
  'application/vnd.plotly.v1+json' in output || 'image/png' in output;
const excerpt = (cell: Cell | undefined) => JSON.stringify(text(cell?.source).slice(0, 50));
const unless = (kept: boolean, complaint: string) => (kept ? [] : [complaint]);
const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0);

function median(numbers: number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

/** The house rules of notebooks, by what they say. */
export const houseRules: Record<string, Rule> = {
  'has 25 to 60 cells': ({ cells }) => unless(cells.length >= 25 && cells.length <= 60, `${cells.length} cells`),

  'has as much prose as code': ({ cells }) => {
    const [prose, code] = [cells.filter(isProse), cells.filter(isCode)];
    const [proseWords, codeWords] = [sum(prose.map(words)), sum(code.map(words))];
    return [
      ...unless(prose.length >= code.length, `${prose.length} prose cells, ${code.length} code cells`),
      ...unless(proseWords >= codeWords, `${proseWords} words of prose, ${codeWords} of code`),
    ];
  },

  'keeps prose cells short, but for the first and the last': ({ cells }) => {
    const prose = cells.filter(isProse).slice(1, -1);
    const middle = median(prose.map(words));
    return [
      ...prose.filter((cell) => words(cell) > 120).map((cell) => `${words(cell)} words in ${excerpt(cell)}`),
      ...unless(middle >= 15 && middle <= 60, `median ${middle} words a prose cell`),
    ];
  },

  'keeps code cells short': ({ cells }) => {
    const code = cells.filter(isCode);
    const middle = median(code.map((cell) => lines(cell).length));
    return [
      ...code
        .filter((cell) => lines(cell).length > 20)
        .map((cell) => `${lines(cell).length} lines in ${excerpt(cell)}`),
      ...unless(middle <= 6, `median ${middle} lines a code cell`),
    ];
  },

  'never has three code cells in a row': ({ cells }) =>
    cells
      .filter((_, index) => cells.slice(index, index + 3).filter(isCode).length === 3)
      .map((cell) => `three from ${excerpt(cell)} on`),

  'imports in its first code cell, and nothing else there': ({ cells }) => {
    const first = cells.find(isCode);
    const statements = text(first?.source)
      .replace(/\/\/.*|\/\*[\s\S]*?\*\//g, '')
      .split(';')
      .map((statement) => statement.trim())
      .filter(Boolean);
    const others = statements.filter((statement) => !/^import\s/.test(statement));
    return [...unless(statements.length > 0, 'no import'), ...others.map((other) => `not an import: ${other}`)];
  },

  'reads every figure aloud in the cell after it': ({ cells }) =>
    cells
      .filter((cell, index) => data(cell).some(isFigure) && !isProse(cells[index + 1]))
      .map((cell) => `no prose after the figure of ${excerpt(cell)}`),

  'has one title, and ends with take-aways and exercises': ({ cells }) => {
    const prose = cells
      .filter(isProse)
      .map((cell) => text(cell.source))
      .join('\n\n');
    const titles = prose.match(/^# .+/gm) ?? [];
    const headings = (prose.match(/^##+ .+/gm) ?? []).map((heading) => heading.replace(/^#+ /, ''));
    return [
      ...unless(titles.length === 1, `${titles.length} titles`),
      ...unless(/^Take-aways\|Exercises$/.test(headings.slice(-2).join('|')), `ends with ${headings.slice(-2)}`),
      ...unless(isProse(cells.at(-1)), 'the last cell is no prose'),
    ];
  },

  'runs in the tslab kernel': ({ metadata }) =>
    unless(metadata.kernelspec?.name === 'tslab', `kernel ${metadata.kernelspec?.name}`),

  'keeps the outputs of one run from top to bottom, without an error': ({ cells }) => {
    const code = cells.filter(isCode);
    const counts = code.map((cell) => cell.execution_count);
    const failed = code.filter((cell) => cell.outputs?.some((output) => output.output_type === 'error'));
    return [
      ...unless(
        counts.every((count, index) => count === index + 1),
        `execution counts ${counts}`,
      ),
      ...failed.map((cell) => `an error under ${excerpt(cell)}`),
    ];
  },

  'names no folder of the machine it ran on': ({ cells }) => {
    const folder = /(?<![\w.:/])\/(?:home|Users|root|tmp|mnt|private|var)\/[\w.-]+|\b[A-Z]:\\\\?Users/;
    return cells.flatMap((cell) => {
      const all = [text(cell.source), ...(cell.outputs ?? []).map((output) => shown(output.text, output.data))].join(
        '\n',
      );
      const found = all.includes(root) ? root : all.match(folder)?.[0];
      return found ? [`${found} in ${excerpt(cell)}`] : [];
    });
  },

  'has a picture beside every figure, for where Plotly is not drawn': ({ cells }) =>
    cells
      .filter((cell) => data(cell).some((output) => isFigure(output) && !('image/png' in output)))
      .map((cell) => `a figure without image/png under ${excerpt(cell)}`),

  'has no picture wider than a page: JupyterLab shows each pixel by pixel': ({ cells }) =>
    cells.flatMap((cell) =>
      data(cell)
        .map((bundle) => Buffer.from(text(bundle['image/png'] as string | string[] | undefined), 'base64'))
        .filter((png) => png.length >= 24 && png.readUInt32BE(16) > 850)
        .map((png) => `a picture of ${png.readUInt32BE(16)} pixels under ${excerpt(cell)}`),
    ),

  'spells tags as nbval knows them, and has no NBVAL comments': ({ cells }) => {
    const known = ['nbval-ignore-output', 'nbval-check-output', 'nbval-raises-exception', 'nbval-skip'];
    const tags = cells.flatMap((cell) => cell.metadata.tags ?? []).filter((tag) => /nbval/i.test(tag));
    return [
      ...tags.filter((tag) => !known.includes(tag)).map((tag) => `tag ${tag}`),
      ...cells.filter((cell) => isCode(cell) && /NBVAL_/.test(text(cell.source))).map((cell) => `in ${excerpt(cell)}`),
    ];
  },

  'lets nbval pass over what a cell says where there are drawings': ({ cells }) =>
    cells
      .filter((cell) => isCode(cell) && /\b(catsVsDogs|loadCatsVsDogs)\b/.test(text(cell.source)))
      .filter(({ metadata }) => !metadata.tags?.includes('nbval-ignore-output'))
      .map((cell) => `no tag nbval-ignore-output on ${excerpt(cell)}`),

  'is at most 3 MB': (_, size) => unless(size <= 3e6, `${(size / 1e6).toFixed(1)} MB`),

  'prints at most 80 lines under a cell, but for a summary': ({ cells }) =>
    cells
      .filter((cell) => isCode(cell) && !/\.summary\(/.test(text(cell.source)))
      .map((cell) => ({ cell, count: sum((cell.outputs ?? []).map(({ text: t }) => text(t).split('\n').length - 1)) }))
      .filter(({ count }) => count > 80)
      .map(({ cell, count }) => `${count} lines under ${excerpt(cell)}`),
};

/** What an output shows as text: pictures' bytes, in which anything may stand, left out. */
function shown(printed: string | string[] | undefined, bundle: Record<string, unknown> = {}): string {
  const readable = Object.entries(bundle).filter(([type]) => !type.startsWith('image/'));
  return (
    text(printed) +
    JSON.stringify(Object.fromEntries(readable), (_, value) =>
      typeof value === 'string' && value.startsWith('data:image/') ? '' : value,
    )
  );
}
