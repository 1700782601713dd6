import { shown } from '../utils/shown';
import type { Figure } from './figure';

/** The types of traces that Plotly draws as SVG alone, with nothing from a server. */
const DRAWN = new Set(
  [
    'bar barpolar box candlestick contour funnel funnelarea heatmap histogram histogram2d',
    'histogram2dcontour icicle image indicator ohlc parcats pie sankey scatter scatterpolar scattersmith',
    'scatterternary sunburst table treemap violin waterfall',
  ].flatMap((line) => line.split(' ')),
);

/** What is the same as SVG; by WebGL it is faster. */
const TWINS: Record<string, string> = { scattergl: 'scatter', scatterpolargl: 'scatterpolar' };

/**
 * A figure that is drawn the same without WebGL and without a server.
 *
 * @throws Error naming what can't be: Plotly leaves it blank, or waits for ever.
 */
export function withoutBrowser(figure: Figure): Figure {
  const data = figure.data.map((trace) => {
    const type = String(trace.type ?? 'scatter');
    const drawn = TWINS[type] ?? type;
    if (!DRAWN.has(drawn)) throw new Error(`a trace of type ${shown(type)} is drawn in a browser only`);
    if (trace.source !== undefined) throw new Error('the source of an image is read in a browser only, its z always');
    return { ...trace, type: drawn };
  });
  const sources = ((figure.layout.images ?? []) as { source?: unknown }[]).map(({ source }) => String(source));
  const far = sources.find((source) => !source.startsWith('data:'));
  if (far)
    throw new Error(`the picture ${shown(far)} is fetched in a browser only; one in the figure starts with data:`);
  return { ...figure, data };
}
