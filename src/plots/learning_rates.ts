import type { LearningRates } from '../utils/learning_rate_finder';
import type { Figure } from './figure';
import { linesFigure } from './lines';

/**
 * The loss at each learning rate that `utils.learningRateFinder` tried: dots as measured, a line smoothed, and where there is one
 * the rate that it suggests.
 *
 * @returns A Plotly figure, both axes logarithmic.
 */
export function learningRateFigure({ rates, losses, smoothedLosses, suggestion }: LearningRates): Figure {
  return linesFigure(
    { 'each step': { x: rates, y: losses, mode: 'markers' }, smoothed: { x: rates, y: smoothedLosses } },
    {
      title: 'Loss at each learning rate',
      xTitle: 'Learning rate',
      yTitle: 'Loss',
      // Else an explosion would leave nothing to be seen of the rest.
      ...{ logX: true, logY: true },
      ...(suggestion !== undefined && { marks: { [`suggested: ${suggestion.toPrecision(2)}`]: suggestion } }),
    },
  );
}
