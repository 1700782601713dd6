import { FeatureFile, type FeatureMender, type FeatureReader } from './feature_files';

/** The i-th, from 1, of n ranges of a dataset's pictures. */
export type Shard = [i: number, n: number];

/** @throws Error when that is no shard. */
export function checkShard([i, n]: Shard): void {
  if (![i, n].every(Number.isInteger) || i < 1 || i > n) {
    throw new Error(`Expected shard i of n, whole numbers with 1 ≤ i ≤ n. Received: i=${i}, n=${n}`);
  }
}

/**
 * Where a shard begins and ends: near-equal ranges in order. Their borders are those of batches, since the last digits of
 * what a network gives may depend on what else is in a batch. Shards may be empty where there are more than batches.
 */
export function shardRange([i, n]: Shard, pictures: number, batchSize: number): [start: number, end: number] {
  const batches = Math.ceil(pictures / batchSize);
  const border = (shard: number) => Math.min(pictures, Math.floor((shard * batches) / n) * batchSize);
  return [border(i - 1), border(i)];
}

/** What a shard gives to a file of the feature bank: in a file of its own, until the whole is there. */
export class FeaturePart extends FeatureFile {
  constructor(
    private readonly whole: FeatureFile,
    shard: Shard,
    batchSize: number,
  ) {
    const [start, end] = shardRange(shard, whole.pictures, batchSize);
    super(`${whole.name}.${shard.join('_of_')}`, whole.shape, end - start, whole.dtype, start, whole.name);
  }

  override async exists(): Promise<boolean> {
    return (await super.exists()) || this.whole.exists();
  }

  override async reader(): Promise<FeatureReader | undefined> {
    if (await super.exists()) return super.reader();
    const whole = await this.whole.reader();
    if (!whole) return undefined;
    return { ...whole, read: (place, ...where) => whole.read(this.start + place, ...where) };
  }

  override async mender(): Promise<FeatureMender> {
    if (await super.exists()) return super.mender();
    const whole = await this.whole.mender();
    return { ...whole, write: (place, numbers) => whole.write(this.start + place, numbers) };
  }
}
