/**
 * Whether the greatest value of a quantity is its best: of accuracies, precision, recall and R², by their names; of losses
 * and all others it is the least.
 */
export function greatestIsBest(quantity: string): boolean {
  return /acc|precision|recall|r2/i.test(quantity);
}
