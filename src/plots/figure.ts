import { AXIS_COLOR, GRID_COLOR, INK_COLOR, NOTE_COLOR, PALETTE } from './palette';

/** A Plotly figure as plain data, ready for `show` or for JSON. */
export interface Figure {
  /** Plotly's traces. */
  data: Record<string, unknown>[];
  /** Plotly's layout: title, axes, size in CSS pixels. */
  layout: Record<string, unknown>;
  /** Plotly's settings. Defaults to Thaw's. */
  config?: Record<string, unknown>;
  /** What a page shows in Plotly's place: pictures, that fill its width at their own height. Defaults to none. */
  html?: string;
  /** Pictures that appear where they are pointed at, which Plotly can't: a notebook shows the drawn figure with them. */
  pointed?: PointedPicture[];
}

/** A picture that appears when its point in a figure is pointed at. */
export interface PointedPicture {
  /** Where its point is, as a share of the figure's width, from the left. */
  left: number;
  /** Where its point is, as a share of the figure's height, from the top. */
  top: number;
  /** The picture, as a `data:` address. */
  source: string;
  /** What stands under it. */
  title: string;
}

/** The width, in CSS pixels, that figures are designed for: between a phone's 360 and a notebook's column. */
export const FIGURE_WIDTH = 520;

/** The height of a figure that names none, in CSS pixels: Plotly's own. JupyterLab has another, and the page would jump. */
export const FIGURE_HEIGHT = 450;

const AXIS = { automargin: true, gridcolor: GRID_COLOR, linecolor: AXIS_COLOR, showline: true, zeroline: false };

/** What all figures share, a notebook's own, too: the house's colours and axes, and text that stays readable on a phone. */
export const BASE_LAYOUT = {
  font: { size: 14, color: INK_COLOR },
  paper_bgcolor: '#ffffff',
  plot_bgcolor: '#ffffff',
  template: { layout: { colorway: PALETTE, xaxis: AXIS, yaxis: AXIS } },
};

/** A title, of a size that the narrowest page has room for. */
export const titled = (text: string) => ({ text, font: { size: 17 } });

/** Around the axes, in CSS pixels; their labels take more by themselves. */
export const MARGIN = { t: 52, r: 16, b: 16, l: 16 };

/** A legend below the axes, where none of their width is lost. */
export const LEGEND_BELOW = { orientation: 'h', x: 0.5, xanchor: 'center', yref: 'container', y: 0, yanchor: 'bottom' };

/** A line from the axis up, where something is to be told of a place on it. */
export const markedPlace = (x: number) => ({
  ...{ type: 'line', x0: x, x1: x, yref: 'paper', y0: 0, y1: 1 },
  line: { color: NOTE_COLOR, width: 1.5, dash: 'dash' },
});

/** Follows the width of the page; Plotly's logo left out. */
export const BASE_CONFIG = { responsive: true, displaylogo: false };
