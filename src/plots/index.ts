import './model_summary';

export type { Figure } from './figure';
export { type HeatmapOverlayArgs, heatmapOverlay } from './heatmap_overlay';
export { type HistoryFigureArgs, historyFigure } from './history';
export { type ImagesFigureArgs, imagesFigure } from './images';
export { type ShowArgs, show } from './show';
export type { Table } from './table';
export type { Logs, Training, Trainings } from './training_logs';
