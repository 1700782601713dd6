import path from 'node:path';
import * as tf from '@tensorflow/tfjs-node';
import { applications, callbacks, datasets, models, utils } from 'thaw';
import { compile, endToEnd, extractor, frozenBase, imageSize, thaw, withHead } from '../chapter_model';
import { chosenPictures } from '../chosen_pictures';
import { type Extent, median, type Row, seconds, sum } from '../compare';
import { emptyBank } from '../empty_bank';
import { EpochTime } from '../epoch_time';
import type { Side } from '../side';

const EPOCHS = { 1: 20, 2: 50, 3: 30 };
const VARIANTS = 5;
const MEASURED = 2;
const WAYS = ['with the bank', 'without'] as const;
const NAMES = { 2: 'data augmentation', 3: 'fine-tuning' };

/**
 * The chapter's three stages, with the chapter's epochs: two epochs of each are measured, on either side, and scaled. Keras
 * fits the end-to-end model, as the chapter's authors have it; Thaw does so too, and with the bank.
 */
export async function* chapter(keras: Side, { quick }: Extent, folder: string): AsyncGenerator<Row> {
  const row = { group: 'chapter', unit: 's' as const };
  const epochs = (stage: 1 | 2 | 3) => `${MEASURED} of ${EPOCHS[stage]} epochs measured, and scaled`;
  const sets = await datasets.catsVsDogs();
  const few = (name: 'train' | 'validation') =>
    path.dirname(path.dirname(chosenPictures(sets[name], 32, path.join(folder, name))[0]!));
  const { train, validation } = quick ? { train: few('train'), validation: few('validation') } : sets;
  const read = (directory: string) =>
    utils.imageDatasetFromDirectory(directory, { imageSize, shuffle: false, labelMode: 'binary' });
  const [trainDataset, validationDataset] = [await read(train), await read(validation)];
  const weights = await applications.imagenetWeights('vgg16_notop');
  const convBase = await frozenBase();
  emptyBank(folder);
  const bank = models.featureBank({ cuts: ['block4_pool'], variants: 1, seed: 1 });
  const ways = { 'with the bank': bank, without: models.featureBank({ enabled: false }) };
  const checkpoint = { saveBestOnly: true, monitor: 'val_loss', filepath: path.join(folder, 'chapter.keras') };
  const filepath = path.join(folder, 'chapter_keras.keras');
  const totals: Record<(typeof WAYS)[number], Pick<Row, 'thaw' | 'keras'>[]> = { 'with the bank': [], without: [] };

  // 1. Features once, then a head.
  const features = extractor(convBase);
  const extracted = { keras: 0, 'with the bank': 0, without: 0 };
  const held = validationDataset.filePaths.length;
  extracted.keras = await keras.ask('extract', { weights, directory: validation, pictures: held });
  for (const way of WAYS) {
    extracted[way] = await seconds(async () => (await ways[way].predict(features, validationDataset)).dispose());
  }
  const pictures = trainDataset.filePaths.length + held + (quick ? 32 : 2000);
  const heads = await headEpochs();
  for (const way of WAYS) {
    totals[way].push({
      thaw: heads.thaw.map((epoch) => (pictures / held) * extracted[way] + EPOCHS[1] * epoch),
      keras: heads.keras.map((epoch) => (pictures / held) * extracted.keras + EPOCHS[1] * epoch),
    });
    const how = `${held} of ${pictures} pictures and ${epochs(1)}`;
    yield { ...row, name: `1. feature extraction, ${way}`, ...totals[way][0]!, how };
  }

  // 2. and 3. The whole model on augmented pictures, its base frozen at first.
  const model = endToEnd(convBase);
  for (const stage of [2, 3] as const) {
    if (stage === 3) thaw(model);
    await keras.ask('prepare_chapter', { weights, train, validation, stage });
    await keras.ask('warm_up');
    const saved = callbacks.modelCheckpoint(checkpoint);
    const fit = async (way: (typeof WAYS)[number]) => {
      const clock = new EpochTime();
      const args = { epochs: 1, validationData: validationDataset, callbacks: [clock, saved, clock] };
      const whole = await seconds(() => ways[way].fit(model, trainDataset, args));
      return { before: whole - clock.seconds, epoch: clock.seconds };
    };
    const filled = stage === 2 ? VARIANTS * (await fit('with the bank')).before : 0;
    const measured: Record<(typeof WAYS)[number] | 'keras', number[]> = { keras: [], 'with the bank': [], without: [] };
    for (let epoch = 0; epoch < MEASURED; epoch++) {
      measured.keras.push(await keras.ask('fit', { filepath }));
      for (const way of WAYS) measured[way].push((await fit(way)).epoch);
    }
    for (const way of WAYS) {
      const isFilled = stage === 2 && way === 'with the bank';
      totals[way].push({
        thaw: measured[way].map((epoch) => (isFilled ? filled : 0) + EPOCHS[stage] * epoch),
        keras: measured.keras.map((epoch) => EPOCHS[stage] * epoch),
      });
      const how = isFilled ? `1 of ${VARIANTS} variants and ${epochs(stage)}` : epochs(stage);
      yield { ...row, name: `${stage}. ${NAMES[stage]}, ${way}`, ...totals[way].at(-1)!, how };
    }
  }
  for (const way of WAYS) {
    const whole = (who: 'thaw' | 'keras') => [sum(totals[way].map((stage) => median(stage[who])))];
    yield {
      ...row,
      name: `the three stages, ${way}`,
      thaw: whole('thaw'),
      keras: whole('keras'),
      how: 'sum of medians',
    };
  }
  for (const each of [features, model]) each.dispose();

  /** Epochs of stage 1's head, of as many pictures as there are, their features random. */
  async function headEpochs() {
    const count = trainDataset.filePaths.length;
    const x = tf.randomUniform([count, 5, 5, 512], 0, 1, 'float32', 1);
    const y = tf.randomUniform([count, 1], 0, 1, 'float32', 2).round();
    const validationData: [tf.Tensor, tf.Tensor] = [x.slice([0], [held]), y.slice([0], [held])];
    await keras.ask('prepare_head', { pictures: count, validation_pictures: held });
    const inputs = tf.input({ shape: [5, 5, 512] });
    const head = compile(tf.model({ inputs, outputs: withHead(inputs) }), 0.001);
    const saved = callbacks.modelCheckpoint(checkpoint);
    const times: Record<'thaw' | 'keras', number[]> = { thaw: [], keras: [] };
    for (let epoch = 0; epoch <= MEASURED; epoch++) {
      const clock = new EpochTime();
      const fitCallbacks = [clock, saved, clock];
      await head.fit(x, y, { verbose: 0, epochs: 1, validationData, callbacks: fitCallbacks });
      times.thaw.push(clock.seconds);
      times.keras.push(await keras.ask('fit_head', { filepath }));
    }
    tf.dispose([x, y, validationData]);
    head.dispose();
    return { thaw: times.thaw.slice(1), keras: times.keras.slice(1) };
  }
}
