/**
 * The colours of the house: told apart by the colour-blind, and readable on white. Source: Okabe and Ito, "Color Universal
 * Design", 2008 (https://jfly.uni-koeln.de/color/), without black, the text's, and yellow, which white swallows.
 */
export const BLUE = '#0072B2';
export const VERMILION = '#D55E00';
export const GREEN = '#009E73';
export const PURPLE = '#CC79A7';
export const ORANGE = '#E69F00';
export const SKY = '#56B4E9';

/** The colours in the order in which a figure takes them. */
export const PALETTE = [BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY];

/** Text. */
export const INK_COLOR = '#222222';
/** What is there to be read beside the data, such as the line where something begins. */
export const NOTE_COLOR = '#666666';
export const AXIS_COLOR = '#888888';
export const GRID_COLOR = '#e5e5e5';
