import './model_summary';

export { type ConfusionMatrixFigureArgs, confusionMatrixFigure } from './confusion_matrix';
export { type DotsFigureArgs, dotsFigure } from './dots';
export type { Figure, PointedPicture } from './figure';
export { type HeatmapOverlayArgs, heatmapOverlay } from './heatmap_overlay';
export { type HistoryFigureArgs, historyFigure } from './history';
export { type ImageMapFigureArgs, imageMapFigure } from './image_map';
export { type ImagesFigureArgs, imagesFigure } from './images';
export { learningRateFigure } from './learning_rates';
export { type Line, type LinesFigureArgs, linesFigure } from './lines';
export { type ReliabilityFigureArgs, type ReliabilityPoints, reliabilityFigure } from './reliability';
export {
  type PrecisionRecallPoints,
  precisionRecallFigure,
  type RocPoints,
  rocFigure,
  type ScoreCurvesArgs,
} from './score_curves';
export { type ShowArgs, show } from './show';
export type { Table } from './table';
export type { Logs, Training, Trainings } from './training_logs';
