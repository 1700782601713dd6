/** A Plotly figure as plain data, ready for `show` or for JSON. */
export interface Figure {
  /** Plotly's traces. */
  data: Record<string, unknown>[];
  /** Plotly's layout: title, axes, size in CSS pixels. */
  layout: Record<string, unknown>;
  /** Plotly's settings. Defaults to Thaw's. */
  config?: Record<string, unknown>;
}

/** The width, in CSS pixels, that figures are designed for: between a phone's 360 and a notebook's column. */
export const FIGURE_WIDTH = 520;

/** What all of Thaw's figures share: dark text on white, in a size that stays readable on a phone. */
export const BASE_LAYOUT = {
  font: { size: 14, color: '#222222' },
  paper_bgcolor: '#ffffff',
  plot_bgcolor: '#ffffff',
};

/** Follows the width of the page; Plotly's logo left out. */
export const BASE_CONFIG = { responsive: true, displaylogo: false };
