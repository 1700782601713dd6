import { checkOptions } from '../utils/check_options';

/** The arguments of `proportionConfint`. */
export interface ProportionConfintArgs {
  /**
   * 'normal': as far to each side, right for hundreds of pictures; 'wilson': right for few pictures and near 0 and 1, too.
   * Defaults to 'normal'.
   */
  method?: 'normal' | 'wilson';
}

/** So many standard deviations to each side hold 95 % of a normal distribution. */
const Z = 1.959963984540054;

/**
 * The 95 % interval of a share, such as an accuracy: where the share among all pictures of this kind probably lies, when `count` of
 * `nobs` had it.
 *
 * @returns [low, high], from 0 to 1.
 * @throws Error when an option is unknown, or not 0 ≤ count ≤ nobs with nobs ≥ 1.
 * Source: `statsmodels.stats.proportion.proportion_confint`; Wilson, Probable inference (1927).
 * @example
 * const [low, high] = metrics.proportionConfint(1930, 2000); // [0.957, 0.973]
 */
export function proportionConfint(
  count: number,
  nobs: number,
  args: ProportionConfintArgs = {},
): [low: number, high: number] {
  checkOptions('proportionConfint', args, { method: true });
  const { method = 'normal' } = args;
  if (!(count >= 0 && count <= nobs && nobs >= 1 && nobs < Number.POSITIVE_INFINITY)) {
    throw new Error(`Expected 0 ≤ count ≤ nobs, and nobs ≥ 1. Received: count=${count}, nobs=${nobs}`);
  }
  if (method !== 'normal' && method !== 'wilson') {
    throw new Error(`Expected method to be 'normal' or 'wilson'. Received: method=${method}`);
  }
  const share = count / nobs;
  const wilson = method === 'wilson' ? Z ** 2 / nobs : 0;
  const middle = (share + wilson / 2) / (1 + wilson);
  const margin = (Z * Math.sqrt((share * (1 - share) + wilson / 4) / nobs)) / (1 + wilson);
  return [Math.max(0, middle - margin), Math.min(1, middle + margin)];
}
