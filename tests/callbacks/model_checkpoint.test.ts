import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { type ModelCheckpoint, modelCheckpoint } from '../../src/callbacks/model_checkpoint';
import { loadModel } from '../../src/saving/load_model';
import * as tf from '../../src/tf';

const folder = mkdtempSync(join(tmpdir(), 'thaw-checkpoint-'));
after(() => rmSync(folder, { recursive: true }));

function smallModel(): tf.Sequential {
  const model = tf.sequential({
    name: 'small',
    layers: [tf.layers.dense({ units: 1, inputShape: [2], name: 'dense' })],
  });
  model.compile({ optimizer: 'sgd', loss: 'meanSquaredError', metrics: ['accuracy'] });
  return model;
}

/** Tells the checkpoint what each epoch came to, and gives the epochs (from 0) after which it saved. */
async function savedEpochs(
  checkpoint: ModelCheckpoint,
  filepath: string,
  values: Record<string, number>[],
): Promise<number[]> {
  const model = smallModel();
  checkpoint.setModel(model);
  await checkpoint.onTrainBegin();
  const saved: number[] = [];
  for (const [epoch, logs] of values.entries()) {
    rmSync(filepath, { force: true });
    await checkpoint.onEpochEnd(epoch, logs);
    if (existsSync(filepath)) saved.push(epoch);
  }
  return saved;
}

test('ModelCheckpoint saves the least val_loss, the greatest accuracy, or every epoch', async () => {
  const filepath = join(folder, 'best.keras');
  const losses = [3, 1, 2, Number.NaN, 0.5].map((val_loss) => ({ val_loss }));
  assert.deepEqual(await savedEpochs(modelCheckpoint({ filepath, saveBestOnly: true }), filepath, losses), [0, 1, 4]);
  const accuracies = [0.5, 0.9, 0.7, 0.95].map((val_acc) => ({ val_acc }));
  const args = { filepath, saveBestOnly: true, monitor: 'val_acc' };
  assert.deepEqual(await savedEpochs(modelCheckpoint(args), filepath, accuracies), [0, 1, 3]);
  assert.deepEqual(await savedEpochs(modelCheckpoint({ ...args, mode: 'min' }), filepath, accuracies), [0]);
  assert.deepEqual(await savedEpochs(modelCheckpoint({ filepath }), filepath, losses), [0, 1, 2, 3, 4]);
});

test('ModelCheckpoint in fit saves the Sequential itself, compiled, and leaks nothing', async () => {
  const filepath = join(folder, 'new/fit.keras');
  const model = smallModel();
  const xs = tf.zeros([4, 2]);
  const ys = tf.ones([4, 1]);
  await model.fit(xs, ys, { epochs: 1, verbose: 0 });
  const tensors = tf.memory().numTensors;
  const callbacks = [modelCheckpoint({ filepath, saveBestOnly: true })];
  await model.fit(xs, ys, { epochs: 2, verbose: 0, validationData: [xs, ys], callbacks });
  assert.equal(tf.memory().numTensors, tensors);
  const loaded = await loadModel(filepath);
  assert.equal(loaded.getClassName(), 'Sequential');
  assert.equal(loaded.name, 'small');
  assert.deepEqual(loaded.getWeights()[1]!.dataSync(), model.getWeights()[1]!.dataSync());
  assert.equal((loaded.evaluate(xs, ys) as tf.Scalar[]).length, 2);
});

test('ModelCheckpoint names the quantities there are when the monitored one is missing', async () => {
  const model = smallModel();
  const callbacks = [modelCheckpoint({ filepath: join(folder, 'a.keras'), saveBestOnly: true })];
  await assert.rejects(
    model.fit(tf.zeros([4, 2]), tf.ones([4, 1]), { epochs: 1, verbose: 0, callbacks }),
    /Expected one of: loss, acc\. Received: monitor=val_loss/,
  );
});

test('ModelCheckpoint lets an interrupted epoch pass, which has no validation', async () => {
  const model = smallModel();
  const stop = new tf.CustomCallback({
    onBatchEnd: () => {
      inner().stopTraining = true;
    },
  });
  const inner = () => (model as unknown as { model: tf.LayersModel }).model;
  const xs = tf.zeros([4, 2]);
  const ys = tf.ones([4, 1]);
  const filepath = join(folder, 'interrupted.keras');
  const callbacks = [modelCheckpoint({ filepath, saveBestOnly: true }), stop];
  const options = {
    epochs: 5,
    batchSize: 2,
    verbose: 0,
    validationData: [xs, ys] as [tf.Tensor, tf.Tensor],
    callbacks,
  };
  const history = await model.fit(xs, ys, options);
  assert.equal(history.epoch.length, 1);
  assert.ok(!existsSync(filepath));
});

test('ModelCheckpoint refuses an unknown mode and a path that is no .keras', () => {
  const filepath = join(folder, 'a.keras');
  const mode = 'best' as 'min';
  assert.throws(() => modelCheckpoint({ filepath, mode }), /'auto', 'min' or 'max'\. Received: mode=best/);
  assert.throws(() => modelCheckpoint({ filepath: 'a.h5' }), /must end in `\.keras`\. Received: filepath=a\.h5/);
});

test('ModelCheckpoint finds a folder that cannot be written to before training begins', async () => {
  writeFileSync(join(folder, 'file'), 'in the way');
  const filepath = join(folder, 'file/model.keras');
  const model = smallModel();
  const before = model.getWeights()[1]!.dataSync();
  await assert.rejects(
    model.fit(tf.zeros([4, 2]), tf.ones([4, 1]), { epochs: 1, verbose: 0, callbacks: [modelCheckpoint({ filepath })] }),
    /file\/model\.keras': its folder can't be written to/,
  );
  assert.deepEqual(model.getWeights()[1]!.dataSync(), before);
  assert.equal(statSync(join(folder, 'file')).size, 10);
});
