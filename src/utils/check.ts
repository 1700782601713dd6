/**
 * Prints what should hold, with a ✓ where it does and a ✗ where it doesn't: for notebooks, whose reader and whose test see it.
 *
 * @example
 * utils.check('test accuracy ≥ 0.96', testAccuracy >= 0.96);
 */
export function check(what: string, holds: boolean): void {
  console.log(`${holds ? '✓' : '✗'} ${what}`);
}
