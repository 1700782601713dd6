import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import * as tf from '../../tf';
import { InterruptedError, watchInterrupts } from '../../tfjs/interrupts';
import { type Progbar, progbar } from '../../utils/progbar';
import { bankFolder, fromHome } from './bank_errors';
import { makeRoom } from './bank_folder';
import type { FeatureDtype } from './feature_dtype';
import { FeatureFile, type FeatureReader, type FeatureWriter } from './feature_files';
import { augmentationKey, type CutKeys } from './feature_keys';
import { FeaturePart, type Shard } from './feature_part';
import { FrozenPart, PICTURES_AT_A_TIME, type Pictures, type Variant } from './frozen_part';
import { lease } from './lease';
import { mendedReader } from './mended_reader';
import { mergeParts } from './merge_parts';
import type { ModelSteps } from './model_steps';
import { batches, type OpenFeatures } from './open_features';
import { whileAlone } from './while_alone';

/** For each cut of a model the file that is kept, or would be, for one variant. */
interface Candidate {
  variant: Variant;
  files: Map<number, FeatureFile>;
}

/** Finds, and where they are missing makes, the files with what the frozen part of a model gives for pictures. */
export class StoredFeatures {
  /** The place in the model up to which is kept. */
  readonly last: number;
  private readonly cuts: number[];
  private readonly kept: number[];
  private readonly frozen: FrozenPart;

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
    private readonly layers: string[],
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
    this.frozen = new FrozenPart(model, dataset, dtype);
    const lastCut = (place: number) => this.cuts.filter((cut) => cut <= place).at(-1) ?? place;
    const wanted = layers.map((name) => lastCut(model.firstThawable(lastCut(names.indexOf(name))) - 1));
    this.kept = this.cuts.filter((cut) => cut === this.last || wanted.includes(cut));
  }

  /** The shape of what is kept for a picture. */
  get shape(): number[] {
    return this.frozen.shapes[this.last]!;
  }

  /** Opens what is kept for these variants, and makes what is missing of it. Close it when done. */
  async open(variants: Variant[] = [undefined]): Promise<OpenFeatures> {
    const candidates = await this.candidates(variants);
    const readers: (FeatureReader | undefined)[] = [];
    const release = await this.leased(candidates);
    const close = async () => {
      await Promise.all(readers.map((reader) => reader?.close())).finally(release);
    };
    const openOne = async (candidate: Candidate) => {
      readers[candidates.indexOf(candidate)] = await this.reader(candidate, this.last);
    };
    try {
      for (const candidate of candidates) await openOne(candidate);
      // Each at once: until the last one is there hours may go by, in which others make room for theirs.
      await this.complete(candidates, openOne);
      const gone = candidates.find((_, index) => !readers[index]);
      if (gone) {
        const { path } = gone.files.get(this.last)!;
        throw new Error(`${path} was removed as soon as it was made, by npm run clean, say. Run this again.`);
      }
    } catch (error) {
      await close();
      throw error;
    }
    const names = candidates.map(({ files }) => basename(files.get(this.last)!.path));
    return { readers: readers as FeatureReader[], names, shape: this.shape, close };
  }

  /** Sees to it that the files of the pictures as they are are whole. Tells whether there was anything to compute. */
  async extract(): Promise<boolean> {
    const candidates = await this.candidates([undefined]);
    const release = await this.leased(candidates);
    return this.complete(candidates).finally(release);
  }

  /**
   * Joins what n shards left of the pictures as they are, and removes it. Tells whether there was anything to join.
   *
   * @throws MissingShardsError where some of it is missing.
   */
  async merge(n: number): Promise<boolean> {
    const { model, dataset, keys, layers, dtype } = this;
    const candidates = await this.candidates([undefined]);
    const shards = [...Array(n).keys()].map((index): Shard => [index + 1, n]);
    const parts = await Promise.all(
      shards.map(async (shard) => {
        const stored = new StoredFeatures(model, dataset, keys, layers, dtype, shard);
        return { stored, candidate: (await stored.candidates([undefined]))[0]! };
      }),
    );
    const rows = this.kept.map((cut) => ({
      file: candidates[0]!.files.get(cut)!,
      parts: parts.map(({ stored, candidate }) => ({
        file: candidate.files.get(cut)!,
        open: () => stored.reader(candidate, cut),
      })),
    }));
    const release = await this.leased(candidates);
    return mergeParts(rows, dataset.directory).finally(release);
  }

  /** Makes what is missing of the files, and tells of each variant that is `made`. Tells whether that was anything. */
  private async complete(
    candidates: Candidate[],
    made: (candidate: Candidate) => Promise<void> = async () => {},
  ): Promise<boolean> {
    const goals = await Promise.all(candidates.map(({ files }) => this.goals(files)));
    const missing = candidates.filter((_, index) => goals[index]!.length > 0);
    if (missing.length === 0) return false;
    const toMake = candidates.flatMap(({ files }, index) => goals[index]!.map((cut) => files.get(cut)!));
    await makeRoom(toMake.reduce((sum, { bytes }) => sum + bytes, 0));
    const { layer } = this.model.steps[Math.max(...goals.flat())]!;
    const { pictures } = toMake[0]!;
    console.log(
      `Computing '${layer.name}' for ${missing.length} × ${pictures} pictures, kept in ${fromHome(bankFolder())}.`,
    );
    const bar = progbar({ target: missing.length * pictures });
    for (const [index, candidate] of missing.entries()) {
      await this.alone(candidate, async () => {
        // Another process may have made them while this one waited for the lock.
        const left = await this.goals(candidate.files);
        if (left.length > 0) await this.write(candidate, left, bar, index * pictures);
        else bar.update((index + 1) * pictures);
      });
      await made(candidate);
    }
    return true;
  }

  /** The cuts whose files are to be made. */
  private async goals(files: Map<number, FeatureFile>): Promise<number[]> {
    const there = await this.whole(files);
    const from = this.shard ? -1 : (there.at(-1) ?? -1);
    return this.kept.filter((cut) => cut > from && !there.includes(cut));
  }

  /** The cuts whose files are there and whole. */
  private async whole(files: Map<number, FeatureFile>): Promise<number[]> {
    const there = await Promise.all(this.cuts.map((cut) => files.get(cut)!.exists()));
    return this.cuts.filter((_, index) => there[index]);
  }

  /** For each variant the files that its cuts have or would have. */
  private async candidates(variants: Variant[]): Promise<Candidate[]> {
    const { dataset, shard } = this;
    // The last digits depend on how many pictures the network takes at a time.
    const atATime = dataset.batchSize % PICTURES_AT_A_TIME === 0 ? PICTURES_AT_A_TIME : dataset.batchSize;
    const pictures = JSON.stringify([await dataset.key(), atATime]);
    const augmentation = variants.some((variant) => variant !== undefined) ? augmentationKey(this.model) : '';
    return variants.map((variant) => {
      const seen = variant === undefined ? '' : `${augmentation}${variant}`;
      const files = [...this.keys].map(([cut, frozen]): [number, FeatureFile] => {
        const key = createHash('sha256').update(pictures).update(seen).update(frozen).digest('hex');
        const shape = this.frozen.shapes[cut]!;
        const file = new FeatureFile(key.slice(0, 32), shape, dataset.filePaths.length, this.dtype);
        return [cut, shard ? new FeaturePart(file, shard, dataset.batchSize) : file];
      });
      return { variant, files: new Map(files) };
    });
  }

  /** Tells other processes that these files are in use: those that are there, and those that may have to be made. */
  private async leased(candidates: Candidate[]): Promise<() => Promise<void>> {
    const paths = candidates.map(async ({ files }) => {
      const used = new Set([...(await this.whole(files)), ...this.kept]);
      return [...used].map((cut) => files.get(cut)!.path);
    });
    return lease((await Promise.all(paths)).flat());
  }

  /** Runs `work` while no other process makes the same files. */
  private alone({ files }: Candidate, work: () => Promise<void>): Promise<void> {
    return whileAlone(files.get(this.last)!.path, work);
  }

  /**
   * Opens the file of a cut, which is mended while it is read; undefined where it isn't there or not whole.
   *
   * @param isAlone Whether this process alone may make it anyway.
   */
  private async reader(candidate: Candidate, cut: number, isAlone = false): Promise<FeatureReader | undefined> {
    const file = candidate.files.get(cut)!;
    const reader = (await file.exists()) ? await file.reader() : undefined;
    const mend = () => this.mend(candidate, cut);
    return reader && mendedReader(reader, isAlone ? mend : () => this.alone(candidate, mend), () => file.reader());
  }

  /** Writes the files of these cuts of one variant. `bar` is told, from `before` on. */
  private async write(candidate: Candidate, goals: number[], bar: Progbar, before = 0): Promise<void> {
    const { pictures } = candidate.files.get(goals[0]!)!;
    const { batchSize } = this.dataset;
    const starts = batches(pictures, batchSize).map(([start]) => start!);
    const writers: FeatureWriter[] = [];
    // From before there is anything that an interrupt could leave half written.
    const interrupts = watchInterrupts();
    try {
      for (const goal of goals) writers.push(await candidate.files.get(goal)!.writer());
      await this.compute(candidate, goals, starts, interrupts, async (outputs, start) => {
        for (const [index, numbers] of outputs.entries()) await writers[index]!.append(numbers);
        bar.update(before + Math.min(start + batchSize, pictures));
      });
      for (const writer of writers) await writer.finish();
    } catch (error) {
      await Promise.all(writers.map((writer) => writer.abandon()));
      throw error;
    } finally {
      interrupts.release();
    }
  }

  /** Computes what is damaged of a cut's file anew, in the batches that it was in; all of it where it isn't whole. */
  private async mend(candidate: Candidate, cut: number): Promise<void> {
    const file = candidate.files.get(cut)!;
    const damaged = (await file.exists()) ? await file.damaged() : undefined;
    if (damaged?.length === 0) return; // Another process has mended it.
    const pictures = damaged?.length ?? file.pictures;
    console.warn(
      `${fromHome(file.path)} is damaged. What the feature bank keeps for ${pictures} of its ${file.pictures} pictures is ` +
        'computed anew.',
    );
    const bar = progbar({ target: pictures });
    if (!damaged) {
      await makeRoom(file.bytes);
      return this.write(candidate, [cut], bar);
    }
    const { batchSize } = this.dataset;
    const each = tf.util.sizeFromShape(file.shape);
    const mender = await file.mender();
    const interrupts = watchInterrupts();
    try {
      const starts = [...new Set(damaged.map((place) => place - (place % batchSize)))];
      await this.compute(candidate, [cut], starts, interrupts, async ([numbers], start) => {
        const places = damaged.filter((place) => start <= place && place < start + batchSize);
        for (const place of places) {
          await mender.write(place, numbers!.subarray((place - start) * each, (place - start + 1) * each));
        }
        bar.update(damaged.indexOf(places.at(-1)!) + 1);
      });
    } finally {
      interrupts.release();
      await mender.finish();
    }
  }

  /**
   * Computes what comes out at these cuts, from the last cut before whose file there is, else from the pictures.
   *
   * @throws InterruptedError after SIGINT.
   */
  private async compute(
    candidate: Candidate,
    goals: number[],
    starts: number[],
    { interrupted }: ReturnType<typeof watchInterrupts>,
    take: (outputs: Float32Array[], start: number) => Promise<void>,
  ): Promise<void> {
    const { files, variant } = candidate;
    const isBefore = (cut: number) => cut < goals[0]! && this.model.isSeam(cut);
    const place = (await this.whole(files)).filter(isBefore).at(-1);
    const reader = place === undefined ? undefined : await this.reader(candidate, place, true);
    const source = reader && { place: place!, reader };
    try {
      const check = () => {
        if (interrupted()) throw new InterruptedError('Interrupted while filling the feature bank.');
      };
      const task = { goals, file: files.get(goals[0]!)!, variant, starts, check, source };
      for await (const { outputs, start } of this.frozen.compute(task)) await take(outputs, start);
    } finally {
      await reader?.close();
    }
  }
}
