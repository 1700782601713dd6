import { checkOptions } from '../utils/check_options';
import { type Bundle, displayWriter } from '../utils/notebook';
import { reason } from '../utils/reason';
import { shown } from '../utils/shown';
import { BASE_CONFIG, BASE_LAYOUT, FIGURE_HEIGHT, type Figure } from './figure';
import { figureText } from './figure_text';
import { pointedHtml } from './pointed_html';
import { staticPng } from './static_png';
import { type Table, tableHtml, tableText } from './table';

/** The options of `show`. */
export interface ShowArgs {
  /** What a figure shows, in words, for who can't see it. Defaults to its title, axes, traces and captions. */
  alt?: string;
}

/**
 * Shows a figure or a table under the cell: a figure as interactive Plotly, pictures and a table as HTML, with a plain-text twin.
 * Outside a notebook the twin alone is printed. Where `THAW_STATIC_FIGURES` is `1`, as in the runs that notebooks are kept
 * from, a figure comes with a PNG, for places without JavaScript. Elsewhere it doesn't: JupyterLab would show that instead.
 *
 * @param what A Plotly figure (see `historyFigure`, `imagesFigure`) or a danfojs `DataFrame`.
 * @throws Error if an option is unknown, or if a table is given an `alt`.
 */
export async function show(what: Figure | Table, args: ShowArgs = {}): Promise<void> {
  checkOptions('show', args, { alt: true });
  const isFigure = 'layout' in what;
  if (!isFigure && args.alt !== undefined) {
    throw new Error('Expected an alt with a figure only: a table is read as it is. Received: one with a table.');
  }
  const text = isFigure ? (args.alt ?? figureText(what)) : tableText(what);
  const write = displayWriter();
  if (!write) {
    console.log(text);
  } else if (isFigure) {
    const layout = { ...BASE_LAYOUT, height: FIGURE_HEIGHT, ...what.layout };
    const config = { ...BASE_CONFIG, ...what.config };
    const { data } = what;
    const { html, pointed } = what;
    const isKept = process.env.THAW_STATIC_FIGURES === '1';
    const png = isKept || pointed ? await pictureOf({ data, layout }) : undefined;
    const written = png && pointed ? pointedHtml(png, text, pointed) : html;
    const live: Bundle = written
      ? { 'text/html': written }
      : { 'application/vnd.plotly.v1+json': { data, layout, config } };
    // GitHub takes HTML before a PNG and leaves out its styles: photographs are kept as a PNG alone.
    const bundle: Bundle = { ...(!(html && png) && live), 'text/plain': text };
    if (isKept && png) bundle['image/png'] = png.toString('base64');
    // Where nbconvert looks for it. Without a PNG, too: JupyterLab adds its own to a figure that it has drawn.
    const metadata = { 'image/png': { alt: text.replaceAll('\n', '. ') } };
    write({ data: bundle, metadata, transient: {} });
  } else {
    write({ data: { 'text/html': tableHtml(what), 'text/plain': text }, metadata: {}, transient: {} });
  }
}

/** The PNG that a figure is kept with; undefined where none can be drawn, of which each reason is told once; so are characters that no font has. */
async function pictureOf(figure: Figure): Promise<Buffer | undefined> {
  try {
    const { png, nowhere } = await staticPng(figure);
    if (nowhere.length > 0)
      tellOnce(`No font has ${shown(nowhere.join(' '))}: a static picture shows � in their place.`);
    return png;
  } catch (error) {
    tellOnce(`A figure has no static picture: ${reason(error)}.`);
    return undefined;
  }
}

const told = new Set<string>();

function tellOnce(message: string): void {
  if (!told.has(message)) console.warn(message);
  told.add(message);
}
