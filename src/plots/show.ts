import { type Bundle, displayWriter } from '../utils/notebook';
import { reason } from '../utils/reason';
import { BASE_CONFIG, BASE_LAYOUT, type Figure } from './figure';
import { textOfPlotly } from './plotly_text';
import { staticPng } from './static_png';
import { type Table, tableHtml, tableText } from './table';

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
      console.warn(`This figure has no static picture: ${reason(error)}.`);
    }
    write({ data: bundle, metadata, transient: {} });
  } else {
    write({ data: { 'text/html': tableHtml(what), 'text/plain': text }, metadata: {}, transient: {} });
  }
}

/** The figure's title, and what is written in it, as lines of text. */
function figureText({ layout }: Figure): string {
  const { title, annotations = [] } = layout as { title?: { text?: string }; annotations?: { text?: string }[] };
  const texts = [title?.text ?? 'Figure', ...annotations.map(({ text }) => text ?? '')];
  return texts.map(textOfPlotly).join('\n');
}
