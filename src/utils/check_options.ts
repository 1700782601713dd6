import { shown } from './shown';

/** The name of each option in `Args`: one that is added to the type must be added to this, too. */
export type OptionNames<Args> = { readonly [Name in keyof Args]-?: true };

/**
 * Checks that a function knows each option that it is given. One that is misspelt, or that Keras has and Thaw lacks, would
 * be dropped in silence else.
 *
 * @param of What the options are for, such as the function's name.
 * @throws Error naming the options that are unknown, and those that there are; or when they are no object.
 */
export function checkOptions<Args extends object>(of: string, given: Args, known: OptionNames<Args>): void {
  const expected = `Expected the options of ${of} in an object: ${Object.keys(known).join(', ')}.`;
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new Error(`${expected} Received: ${Array.isArray(given) ? 'an array' : shown(String(given))}.`);
  }
  const unknown = Object.keys(given).filter((name) => !Object.hasOwn(known, name));
  if (unknown.length > 0) {
    throw new Error(
      `${expected} Received: ${shown(unknown.join(', '))}, which it doesn't know. Check the spelling, or leave it out.`,
    );
  }
}
