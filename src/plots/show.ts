import { randomBytes } from 'node:crypto';
import { BASE_CONFIG, BASE_LAYOUT, type Figure } from './figure';
import { staticPng } from './static_png';
import { type Table, tableHtml, tableText } from './table';

/** One output in several forms, by MIME type: whoever shows it takes the richest form that it knows. */
export type Bundle = Record<string, unknown>;

interface DisplayData {
  data: Bundle;
  metadata: Record<string, unknown>;
  transient: { display_id?: string };
}

type WriteDisplayData = (message: DisplayData, update?: boolean) => void;

/** A display that is updated in place. */
export interface LiveDisplay {
  update(bundle: Bundle): void;
}

/** Whether this process is a tslab kernel that has run a cell. */
export function inNotebook(): boolean {
  return displayWriter() !== undefined;
}

/**
 * Shows a figure or a table under the cell: a figure as interactive Plotly with a static PNG, a table as HTML, both with a
 * plain-text twin. Outside a notebook the twin alone is printed.
 *
 * @param what A Plotly figure (see `historyFigure`, `imagesFigure`) or a danfojs `DataFrame`.
 */
export async function show(what: Figure | Table): Promise<void> {
  const text = 'layout' in what ? figureText(what) : tableText(what);
  const write = displayWriter();
  if (!write) {
    console.log(text);
  } else if ('layout' in what) {
    const layout = { ...BASE_LAYOUT, ...what.layout };
    const config = { ...BASE_CONFIG, ...what.config };
    const { data } = what;
    const bundle: Bundle = { 'application/vnd.plotly.v1+json': { data, layout, config }, 'text/plain': text };
    const metadata: Record<string, unknown> = {};
    try {
      const { png, width, height } = await staticPng({ data, layout });
      bundle['image/png'] = png.toString('base64');
      metadata['image/png'] = { width, height };
    } catch (error) {
      console.warn(`This figure has no static picture: ${(error as Error).message}.`);
    }
    write({ data: bundle, metadata, transient: {} });
  } else {
    write({ data: { 'text/html': tableHtml(what), 'text/plain': text }, metadata: {}, transient: {} });
  }
}

/**
 * A display that each update overwrites, under the cell in which it was made.
 *
 * @throws Error outside a notebook: see `inNotebook`.
 */
export function liveDisplay(): LiveDisplay {
  const write = displayWriter();
  if (!write) throw new Error('liveDisplay needs a notebook to display in. Received: a program outside a tslab kernel');
  const transient = { display_id: randomBytes(8).toString('hex') };
  let isShown = false;
  return {
    update(bundle) {
      write({ data: bundle, metadata: {}, transient }, isShown);
      isShown = true;
    },
  };
}

/**
 * How the running kernel sends outputs. Found among the loaded modules, since a kernel may be of another tslab than the
 * project's, and since loading tslab outside a notebook would take a second in vain.
 */
function displayWriter(): WriteDisplayData | undefined {
  const path = Object.keys(require.cache).find((name) => /[\\/]tslab[\\/]dist[\\/]jupyter\.js$/.test(name));
  const jupyter: { lastWriteDisplayData?: WriteDisplayData | null } | undefined = path && require.cache[path]?.exports;
  return jupyter?.lastWriteDisplayData ?? undefined;
}

/** The figure's title, and what is written in it, as lines of text. */
function figureText({ layout }: Figure): string {
  const { title, annotations = [] } = layout as { title?: { text?: string }; annotations?: { text?: string }[] };
  const texts = [title?.text ?? 'Figure', ...annotations.map(({ text }) => text ?? '')];
  return texts.map((text) => text.replaceAll('<br>', ' ')).join('\n');
}
