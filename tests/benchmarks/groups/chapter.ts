import path from 'node:path';
import * as tf from '@tensorflow/tfjs-node';
import { applications, datasets, models, utils } from 'thaw';
import { compile, endToEnd, extractor, frozenBase, imageSize, thaw, withHead } from '../chapter_model.cjs';
import { chosenPictures } from '../chosen_pictures';
import { type Extent, median, type Row, seconds, sum, type Who } from '../compare';
import { emptyBank } from '../empty_bank';
import { EpochTime } from '../epoch_time';
import { flop, flopOfLayer, trainingFlop } from '../flop';
import type { Side } from '../side';

/** The chapter's. */
const PICTURES = { train: 2000, validation: 1000, test: 2000 };
const EPOCHS = { 1: 20, 2: 50, 3: 30 };
const NAMES = { 2: 'data augmentation', 3: 'fine-tuning' };
const VARIANTS = 5;
const MEASURED = 2;
const WAYS = ['with the bank', 'with the bank in bfloat16', 'without'] as const;
type Way = (typeof WAYS)[number];

/**
 * The chapter's three stages: two epochs of each are measured, on some of the pictures, and scaled to the chapter's, on both
 * sides alike. Keras fits the end-to-end model, as the chapter's authors have it; Thaw does so too, and with the bank.
 * Nothing is saved meanwhile.
 */
export async function* chapter(keras: Side, { quick }: Extent, folder: string): AsyncGenerator<Row> {
  const scale = PICTURES.validation / (quick ? 8 : 128);
  const sets = await datasets.catsVsDogs();
  const [train, validation] = (['train', 'validation'] as const).map((set) => {
    const directory = path.join(folder, set);
    chosenPictures(sets[set], PICTURES[set] / scale, directory);
    return directory;
  }) as [string, string];
  const read = (directory: string) =>
    utils.imageDatasetFromDirectory(directory, { imageSize, shuffle: false, labelMode: 'binary' });
  const [trainDataset, validationDataset] = [await read(train), await read(validation)];
  const weights = await applications.imagenetWeights('vgg16_notop');
  const convBase = await frozenBase();
  emptyBank(folder);
  const options = { cuts: ['block4_pool'], variants: 1, seed: 1 };
  const ways: Record<Way, models.FeatureBank> = {
    'with the bank': models.featureBank(options),
    'with the bank in bfloat16': models.featureBank({ ...options, dtype: 'bfloat16' }),
    without: models.featureBank({ enabled: false }),
  };
  const row = { group: 'chapter', unit: 's' as const };
  const how = (stage: 1 | 2 | 3, more = '') =>
    `${MEASURED} of ${EPOCHS[stage]} epochs, 1 of ${scale.toFixed(1)} pictures${more}, and scaled`;
  const each = <Value>(make: () => Value) => Object.fromEntries(WAYS.map((way) => [way, make()])) as Record<Way, Value>;
  const totals = each((): Record<Who, number[]>[] => []);

  const flops = chapterFlop(convBase);

  // 1. Features once, then a head.
  const features = extractor(convBase);
  const held = PICTURES.validation / scale;
  const extracted = each(() => 0);
  const extractedByKeras = await keras.ask('extract', { weights, directory: validation, pictures: held });
  for (const way of WAYS) {
    extracted[way] = await seconds(async () => (await ways[way].predict(features, validationDataset)).dispose());
  }
  const heads = await headEpochs(keras);
  const allPictures = sum(Object.values(PICTURES));
  for (const way of WAYS) {
    totals[way].push({
      thaw: heads.thaw.map((epoch) => (allPictures / held) * extracted[way] + EPOCHS[1] * epoch),
      keras: heads.keras.map((epoch) => (allPictures / held) * extractedByKeras + EPOCHS[1] * epoch),
    });
    yield { ...row, name: `1. feature extraction, ${way}`, ...totals[way][0]!, flop: flops[1], how: how(1) };
  }

  // 2. and 3. The whole model on augmented pictures, its base frozen at first.
  const model = endToEnd(convBase);
  for (const stage of [2, 3] as const) {
    if (stage === 3) thaw(model);
    await keras.ask('prepare_chapter', { weights, train, validation, stage });
    await keras.ask('warm_up');
    const fit = async (way: Way) => {
      const clock = new EpochTime();
      const args = { epochs: 1, validationData: validationDataset, callbacks: clock };
      const whole = await seconds(() => ways[way].fit(model, trainDataset, args));
      return { before: scale * (whole - clock.seconds), epoch: scale * clock.seconds };
    };
    const filled = each(() => 0);
    // Later stages find what they need, and nothing is filled without the bank.
    for (const way of WAYS.slice(0, -1)) filled[way] = stage === 2 ? VARIANTS * (await fit(way)).before : 0;
    const measured = each((): number[] => []);
    const byKeras: number[] = [];
    for (let epoch = 0; epoch < MEASURED; epoch++) {
      byKeras.push(scale * (await keras.ask('fit', { validation: true })));
      for (const way of WAYS) measured[way].push((await fit(way)).epoch);
    }
    for (const way of WAYS) {
      totals[way].push({
        thaw: measured[way].map((epoch) => filled[way] + EPOCHS[stage] * epoch),
        keras: byKeras.map((epoch) => EPOCHS[stage] * epoch),
      });
      const more = filled[way] > 0 ? `, 1 of ${VARIANTS} variants` : '';
      const values = { ...totals[way].at(-1)!, flop: flops[stage] };
      yield { ...row, name: `${stage}. ${NAMES[stage]}, ${way}`, ...values, how: how(stage, more) };
    }
  }
  for (const way of WAYS) {
    const whole = (who: Who) => [sum(totals[way].map((stage) => median(stage[who])))];
    yield {
      ...row,
      name: `the three stages, ${way}`,
      thaw: whole('thaw'),
      keras: whole('keras'),
      flop: sum(Object.values(flops)),
      how: 'sum of medians',
    };
  }
  model.dispose();
}

/** Floating-point operations of each stage, end to end: what the bank spares is counted. */
function chapterFlop(convBase: tf.LayersModel): Record<1 | 2 | 3, number> {
  const inputs = tf.input({ shape: [5, 5, 512] });
  const head = tf.model({ inputs, outputs: withHead(inputs) });
  const [once, onHead, training] = [flop(convBase), flop(head), trainingFlop(head)];
  head.dispose();
  const [first, ...others] = convBase.layers.slice(-4).map(flopOfLayer) as [number, ...number[]];
  const block5 = first + 2 * sum(others); // of the first, only to its weights
  const epoch = (base: number, backward: number) =>
    PICTURES.train * (base + backward + training) + PICTURES.validation * (base + onHead);
  return {
    1: sum(Object.values(PICTURES)) * once + EPOCHS[1] * epoch(0, 0),
    2: EPOCHS[2] * epoch(once, 0),
    3: EPOCHS[3] * epoch(once, block5),
  };
}

/** The seconds of epochs of stage 1's head, on random features of as many pictures as the chapter has. */
async function headEpochs(keras: Side): Promise<Record<Who, number[]>> {
  await keras.ask('prepare_head', { pictures: PICTURES.train, validation_pictures: PICTURES.validation });
  const x = tf.randomUniform([PICTURES.train, 5, 5, 512], 0, 1, 'float32', 1);
  const y = tf.randomUniform([PICTURES.train, 1], 0, 1, 'float32', 2).round();
  const [heldX, heldY] = [x.slice([0], [PICTURES.validation]), y.slice([0], [PICTURES.validation])];
  const inputs = tf.input({ shape: [5, 5, 512] });
  const head = compile(tf.model({ inputs, outputs: withHead(inputs) }), 0.001);
  const times: Record<Who, number[]> = { thaw: [], keras: [] };
  for (let epoch = 0; epoch <= MEASURED; epoch++) {
    const clock = new EpochTime();
    await head.fit(x, y, { verbose: 0, epochs: 1, validationData: [heldX, heldY], callbacks: clock });
    times.thaw.push(clock.seconds);
    times.keras.push(await keras.ask('fit_head'));
  }
  tf.dispose([x, y, heldX, heldY]);
  head.dispose();
  return { thaw: times.thaw.slice(1), keras: times.keras.slice(1) }; // the first makes Keras's graph
}
