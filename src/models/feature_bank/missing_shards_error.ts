/** Parts are missing, or cut short, that are to be joined. */
export class MissingShardsError extends Error {
  /** What the error prints before its message. */
  override readonly name = 'MissingShardsError';

  /**
   * Names the missing shards.
   *
   * @param shards Those that are missing, counted from 1.
   * @param n How many there are.
   * @param directory The folder of the pictures.
   */
  constructor(
    readonly shards: number[],
    n: number,
    directory: string,
  ) {
    super(
      `Expected the features of all ${n} shards of ${directory}. Missing or cut short: ${shards.join(', ')}. Extract ` +
        `those with shard i of ${n}, from the same pictures and frozen layers on a machine of the same kind, and merge again.`,
    );
  }
}
