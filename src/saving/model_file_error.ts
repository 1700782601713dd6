/** A file that holds no model that can be read: missing, damaged, hostile, or of something that tfjs has no match for. */
export class ModelFileError extends Error {
  override readonly name = 'ModelFileError';

  /** @param path The file, as it was asked for. */
  constructor(
    message: string,
    readonly path: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
