import { shown } from '../utils/shown';

/** A file that holds no model that can be read: missing, damaged, hostile, or of something that tfjs has no match for. */
export class ModelFileError extends Error {
  /** What the error prints before its message. */
  override readonly name = 'ModelFileError';

  /** Says what is wrong with a file, and what to do. */
  constructor(
    message: string,
    /** The file, as it was asked for. */
    readonly path: string,
    options?: ErrorOptions,
  ) {
    // What a file calls itself or its layers may be anything; the breaks of lines are ours.
    super(message.split('\n').map(shown).join('\n'), options);
  }
}
