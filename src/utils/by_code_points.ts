/**
 * Orders texts by their code points, as Python's `sorted` does. JavaScript's own order goes by halves of characters: it
 * has emoji, which consist of two, before some letters, such as ﾈ.
 */
export const byCodePoints = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
