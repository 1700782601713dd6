import { createHash } from 'node:crypto';
import { homedir } from 'node:os';
import type { BaseRandomLayer } from '../../layers/base_random_layer';
import * as tf from '../../tf';
import { predictInBfloat16 } from '../../tfjs/graph/predict';
import { InterruptedError, watchInterrupts } from '../../tfjs/interrupts';
import type { ImageDataset } from '../../utils/image_dataset';
import { withLock } from '../../utils/lock';
import { type Progbar, progbar } from '../../utils/progbar';
import { bankFolder, makeRoom } from './bank_folder';
import { readBatch } from './feature_dataset';
import type { FeatureDtype } from './feature_dtype';
import { FeatureFile, type FeatureWriter } from './feature_files';
import { augmentationKey, type CutKeys } from './feature_keys';
import { FeaturePart, type Shard } from './feature_part';
import { mergeParts } from './merge_parts';
import type { ModelSteps } from './model_steps';

/** Pictures that the network takes at a time: its first layers need much memory. */
export const PICTURES_AT_A_TIME = 16;

/** A dataset of pictures, labelled or not. */
export type Pictures = ImageDataset<tf.TensorContainer>;

/** Which variant of the pictures, counted from 0; undefined: the pictures as they are. */
type Variant = number | undefined;

/** Finds, and where they are missing makes, the files with what the frozen part of a model gives for pictures. */
export class StoredFeatures {
  /** The place in the model up to which is kept. */
  readonly last: number;
  private readonly cuts: number[];
  private readonly shapes: number[][];
  private readonly kept: number[];

  /**
   * @param keys The places at which the model can be cut, with their keys; what comes out at the last one is kept.
   * @param layers Names of layers after which a later training thaws: what comes out at the last cut up to each, and after
   *   that up to what can thaw, is kept, too, whenever that of the last one is computed.
   * @param dtype What is computed and kept in.
   * @param shard Only these pictures, in files of their own; they are made for all cuts that are to be kept, since
   *   `merge` needs them all.
   * @throws Error when the pictures have another size than the model takes, it has no layer of one of the names, or
   *   'bfloat16' would be too coarse for it.
   */
  constructor(
    private readonly model: ModelSteps,
    private readonly dataset: Pictures,
    private readonly keys: CutKeys,
    layers: string[],
    private readonly dtype: FeatureDtype,
    private readonly shard?: Shard,
  ) {
    this.cuts = [...keys.keys()];
    model.checkPictures(dataset.imageSize);
    const names = model.steps.map(({ layer }) => layer.name);
    const unknown = layers.find((name) => !names.includes(name));
    if (unknown) throw new Error(`Expected cuts to be names of layers: ${names.join(', ')}. Received: '${unknown}'`);
    this.last = this.cuts.at(-1)!;
    const coarse = model.steps
      .slice(0, this.last + 1)
      .find(({ layer }) => layer.getClassName() === 'BatchNormalization');
    if (dtype === 'bfloat16' && coarse) {
      throw new Error(
        "Expected frozen layers without BatchNormalization, such as VGG16's, for dtype 'bfloat16': with it, what comes out " +
          `is off by several percent. Received: the layer '${coarse.layer.name}'. Take dtype 'float32'.`,
      );
    }
    this.shapes = model.shapes([...dataset.imageSize, 3]);
    const lastCut = (place: number) => this.cuts.filter((cut) => cut <= place).at(-1) ?? place;
    const wanted = layers.map((name) => lastCut(model.firstThawable(lastCut(names.indexOf(name))) - 1));
    this.kept = this.cuts.filter((cut) => cut === this.last || wanted.includes(cut));
  }

  /** The shape of what is kept for a picture. */
  get shape(): number[] {
    return this.shapes[this.last]!;
  }

  /**
   * The files of these variants, all of them whole.
   *
   * @param alsoInUse Other files that must not go to make room for them.
   */
  async files(variants: Variant[] = [undefined], alsoInUse: FeatureFile[] = []): Promise<FeatureFile[]> {
    const candidates = await this.candidates(variants);
    await this.complete(candidates, variants, alsoInUse);
    return candidates.map((files) => files.get(this.last)!);
  }

  /** Sees to it that the files of the pictures as they are are whole. Tells whether there was anything to compute. */
  async extract(): Promise<boolean> {
    const variants = [undefined];
    return this.complete(await this.candidates(variants), variants, []);
  }

  /**
   * Joins what n shards left of the pictures as they are, and removes it. Tells whether there was anything to join.
   *
   * @throws MissingShardsError where some of it is missing.
   */
  async merge(n: number): Promise<boolean> {
    const files = (await this.candidates([undefined]))[0]!;
    return mergeParts(
      this.kept.map((cut) => files.get(cut)!),
      n,
      this.dataset,
    );
  }

  /** Makes what is missing of the files of each variant. Tells whether that was anything. */
  private async complete(
    candidates: Map<number, FeatureFile>[],
    variants: Variant[],
    alsoInUse: FeatureFile[],
  ): Promise<boolean> {
    const whole = await Promise.all(candidates.map((files) => this.whole(files)));
    const goals = whole.map((there) => this.goals(there));
    const missing = candidates.filter((_, index) => goals[index]!.length > 0);
    if (missing.length === 0) return false;
    const toMake = candidates.flatMap((files, index) => goals[index]!.map((cut) => files.get(cut)!));
    const inUse = [...alsoInUse, ...candidates.flatMap((files) => [...files.values()])];
    await makeRoom(
      toMake.reduce((sum, { bytes }) => sum + bytes, 0),
      inUse.map(({ path }) => path),
    );
    const { layer } = this.model.steps[Math.max(...goals.flat())]!;
    const { pictures } = toMake[0]!;
    console.log(
      `Computing '${layer.name}' for ${missing.length} × ${pictures} pictures, kept in ${bankFolder().replace(homedir(), '~')}.`,
    );
    const bar = progbar({ target: missing.length * pictures });
    for (const [index, files] of missing.entries()) {
      const variant = variants[candidates.indexOf(files)];
      await withLock(files.get(this.last)!.path, () => this.make(files, variant, bar, index * pictures));
    }
    return true;
  }

  /** The cuts whose files are to make, given those whose files are there. */
  private goals(there: number[]): number[] {
    const from = this.shard ? -1 : (there.at(-1) ?? -1);
    return this.kept.filter((cut) => cut > from && !there.includes(cut));
  }

  /** The cuts whose files are there and whole. */
  private async whole(files: Map<number, FeatureFile>): Promise<number[]> {
    const there = await Promise.all(this.cuts.map((cut) => files.get(cut)!.exists()));
    return this.cuts.filter((_, index) => there[index]);
  }

  /** For each variant the file that each cut has or would have. */
  private async candidates(variants: Variant[]): Promise<Map<number, FeatureFile>[]> {
    const { dataset, shapes, shard } = this;
    const pictures = await dataset.key();
    const augmentation = variants.some((variant) => variant !== undefined) ? augmentationKey(this.model) : '';
    return variants.map((variant) => {
      const seen = variant === undefined ? '' : `${augmentation}${variant}`;
      const files = [...this.keys].map(([cut, frozen]): [number, FeatureFile] => {
        const key = createHash('sha256').update(pictures).update(seen).update(frozen).digest('hex');
        const file = new FeatureFile(key.slice(0, 32), shapes[cut]!, dataset.filePaths.length, this.dtype);
        return [cut, shard ? new FeaturePart(file, shard, dataset.batchSize) : file];
      });
      return new Map(files);
    });
  }

  /** Makes the missing files of one variant, from the last cut before whose file there is, else from the pictures. */
  private async make(files: Map<number, FeatureFile>, variant: Variant, bar: Progbar, before: number): Promise<void> {
    const { model, shapes } = this;
    const file = files.get(this.last)!;
    // Another process may have made them while this one waited for the lock.
    const there = await this.whole(files);
    const goals = this.goals(there);
    if (goals.length === 0) return bar.update(before + file.pictures);
    const source = there.filter((cut) => cut < goals[0]!).at(-1);
    const stages = goals.map((cut, index) => {
      const from = goals[index - 1] ?? source ?? model.augmentations - 1;
      const stage = model.segment(from, cut, shapes[from] ?? [...this.dataset.imageSize, 3]);
      if (this.dtype === 'bfloat16') predictInBfloat16(stage.model);
      return stage;
    });
    const writers: FeatureWriter[] = [];
    const interrupts = watchInterrupts();
    try {
      for (const cut of goals) writers.push(await files.get(cut)!.writer());
      let done = 0;
      const inputs = source === undefined ? this.pictures(variant, file) : this.read(files.get(source)!);
      for await (const batch of inputs) {
        let x = batch;
        try {
          if (interrupts.interrupted()) throw new InterruptedError('Interrupted while filling the feature bank.');
          for (const [index, { model: stage }] of stages.entries()) {
            const y = stage.predict(x, { batchSize: PICTURES_AT_A_TIME }) as tf.Tensor;
            x.dispose();
            x = y;
            await writers[index]!.append((await y.data()) as Float32Array);
          }
          done += x.shape[0]!;
        } finally {
          x.dispose();
        }
        bar.update(before + done);
      }
      for (const writer of writers) await writer.finish();
    } catch (error) {
      await Promise.all(writers.map((writer) => writer.abandon()));
      throw error;
    } finally {
      interrupts.release();
      for (const stage of stages) stage.release();
    }
  }

  /** The pictures in order, as they are or augmented. */
  private async *pictures(variant: Variant, file: FeatureFile): AsyncGenerator<tf.Tensor, void, void> {
    const inOrder = this.dataset.inOrder(file.start, file.start + file.pictures);
    if (variant === undefined) return yield* inOrder;
    // Copies, so that what the model's own layers draw next does not depend on what the bank holds.
    const augmentations = this.model.steps.slice(0, this.model.augmentations).map(({ layer }) => {
      const Layer = layer.constructor as new (config: tf.serialization.ConfigDict) => BaseRandomLayer;
      return new Layer(layer.getConfig());
    });
    for (const layer of augmentations) layer.reseed(variant);
    for await (const pictures of inOrder) {
      yield tf.tidy(() =>
        augmentations.reduce<tf.Tensor>((x, layer) => layer.apply(x, { training: true }) as tf.Tensor, pictures),
      );
      pictures.dispose();
    }
  }

  /** What is kept for the pictures, in order, in batches. */
  async *read(file: FeatureFile): AsyncGenerator<tf.Tensor, void, void> {
    const places = [...Array(file.pictures).keys()];
    const reader = await file.reader();
    try {
      for (let start = 0; start < places.length; start += PICTURES_AT_A_TIME) {
        const batch = places.slice(start, start + PICTURES_AT_A_TIME);
        yield await readBatch(batch, file.shape, () => reader);
      }
    } finally {
      await reader.close();
    }
  }
}
