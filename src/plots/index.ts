export type { Figure } from './figure';
export { historyFigure } from './history';
export { imagesFigure } from './images';
export { show } from './show';
