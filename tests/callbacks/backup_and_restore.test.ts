import assert from 'node:assert/strict';
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import { callbacks, layers, utils } from '../../src';
import * as tf from '../../src/tf';
import { typescript } from '../support/root';

const root = mkdtempSync(join(tmpdir(), 'thaw-backup-'));
after(() => rmSync(root, { recursive: true }));

function trainInChild(...args: string[]): SpawnSyncReturns<string> {
  const program = join(__dirname, 'train_with_backup.ts');
  return spawnSync(process.execPath, [...typescript, program, ...args], { encoding: 'utf8' });
}

for (const method of ['fit', 'fitDataset']) {
  test(`a ${method} killed three times and interrupted once ends as an undisturbed one`, () => {
    const folder = join(root, method);
    const undisturbed = join(root, `${method}-undisturbed`);
    for (const each of [folder, undisturbed]) mkdirSync(each);
    const expected = trainInChild(undisturbed, method);
    assert.equal(expected.status, 0, expected.stderr);

    assert.equal(trainInChild(folder, method, 'checkpoint', '1').signal, 'SIGKILL');
    const second = trainInChild(folder, method, 'epoch', '2');
    assert.equal(second.signal, 'SIGKILL');
    assert.match(second.stderr, /Going on from epoch 2: backup of 1 epoch in .*backup\./);
    assert.match(second.stdout, /^Epoch 2\/8 - /);
    const third = trainInChild(folder, method, 'backup', '3');
    assert.equal(third.signal, 'SIGKILL');
    assert.match(third.stderr, /Going on from epoch 3: backup of 2 epochs/);
    assert.ok(existsSync(join(folder, 'backup/training.backup.partial')));
    const fourth = trainInChild(folder, method, 'interrupt', '6');
    assert.equal(fourth.status, 0, fourth.stderr);
    assert.match(fourth.stderr, /Going on from epoch 4: backup of 3 epochs/);
    assert.ok(existsSync(join(folder, 'backup/training.backup')));
    const last = trainInChild(folder, method);
    assert.match(last.stderr, /Going on from epoch 7: backup of 6 epochs/);
    assert.equal(last.stdout.split('\n').at(-2), expected.stdout.split('\n').at(-2));
    assert.ok(!existsSync(join(folder, 'backup')));
  });
}

const xs = tf.randomNormal([24, 6, 6, 2], 0, 1, 'float32', 7);
const ys = tf.tidy(() => xs.mean([1, 2, 3]).greater(0).toFloat().expandDims(1));

function smallModel(optimizer: string | tf.Optimizer = 'rmsprop', seed = 1): tf.Sequential {
  utils.setRandomSeed(seed);
  const model = tf.sequential({
    layers: [
      layers.randomFlip({ mode: 'horizontal', seed: 2, inputShape: [6, 6, 2] }),
      tf.layers.flatten(),
      tf.layers.dense({ units: 8, activation: 'relu', kernelConstraint: 'maxNorm' }),
      tf.layers.batchNormalization(),
      tf.layers.dropout({ rate: 0.5 }),
      tf.layers.dense({ units: 1, activation: 'sigmoid' }),
    ],
  });
  model.compile({ optimizer, loss: 'binaryCrossentropy' });
  return model;
}

interface Options {
  model?: tf.Sequential;
  optimizer?: string | tf.Optimizer;
  epochs?: number;
  /** After how many epochs something fails. */
  failAfter?: number;
  others?: tf.CallbackList['callbacks'];
  batchesPerEpoch?: number;
}

/** Trains and gives the history, all weights and what `Math.random` gives next. */
async function train(backupDir: string, options: Options = {}) {
  const { model = smallModel(options.optimizer), epochs = 5, failAfter = -1, others = [], batchesPerEpoch } = options;
  const fail = new tf.CustomCallback({
    onEpochBegin: (epoch) => {
      if (epoch === failAfter) throw new Error('the power has failed');
    },
    onTrainEnd: () => {
      if (failAfter === epochs) throw new Error('the power has failed');
    },
  });
  const row = [callbacks.backupAndRestore({ backupDir }), ...others, fail];
  const settings = { epochs, verbose: 0, callbacks: row };
  const batches = tf.data.generator(function* () {
    for (let start = 0; ; start = (start + 7) % 17)
      yield tf.tidy(() => ({ xs: xs.slice(start, 7), ys: ys.slice(start, 7) }));
  });
  const history = batchesPerEpoch
    ? await model.fitDataset(batches, { ...settings, batchesPerEpoch })
    : await model.fit(xs, ys, { ...settings, batchSize: 7, validationData: [xs, ys] });
  const weights = model.getWeights().map((weight) => Array.from(weight.dataSync()));
  return { epoch: history.epoch, history: history.history, weights, next: Math.random() };
}

/** What the training says on stderr. */
function said(t: TestContext): () => string[] {
  const { mock } = t.mock.method(console, 'error', () => {});
  return () => mock.calls.map(({ arguments: [line] }) => String(line));
}

const optimizers: Record<string, () => tf.Optimizer> = {
  Adam: () => tf.train.adam(0.01),
  'centered RMSprop with momentum': () => tf.train.rmsprop(0.01, 0.9, 0.5, undefined, true),
  'SGD with momentum': () => tf.train.momentum(0.1, 0.9),
  SGD: () => tf.train.sgd(0.1),
};
for (const [name, optimizer] of Object.entries(optimizers)) {
  test(`a training with ${name}, batch statistics and random layers goes on to the same digits`, async (t) => {
    const lines = said(t);
    const backupDir = join(root, name);
    /** Lowers the rate as it goes, each time from what it is. */
    const decay = () => {
      const callback = new tf.CustomCallback({
        onEpochEnd: () => {
          const learningRate = 0.9 * Number(model.optimizer.getConfig().learningRate);
          if ('setLearningRate' in model.optimizer) {
            (model.optimizer as tf.SGDOptimizer).setLearningRate(learningRate);
          } else {
            Object.assign(model.optimizer, { learningRate });
          }
        },
      });
      const model = smallModel(optimizer());
      return { model, epochs: 7, others: [callback] };
    };
    const expected = await train(backupDir, decay());
    await assert.rejects(train(backupDir, { ...decay(), failAfter: 5 }), /the power has failed/);
    assert.deepEqual(await train(backupDir, decay()), expected);
    assert.deepEqual(lines(), [`Going on from epoch 6: backup of 5 epochs in ${backupDir}.`]);
  });
}

test('a training by batchesPerEpoch, stopped early, goes on with the next batches and stops as early', async (t) => {
  said(t);
  const backupDir = join(root, 'batches');
  const options = () => ({
    batchesPerEpoch: 2,
    epochs: 30,
    others: [tf.callbacks.earlyStopping({ monitor: 'loss', patience: 3 })],
  });
  const expected = await train(backupDir, options());
  const { length } = expected.epoch;
  assert.ok(length > 4 && length < 30, `${length} epochs`);
  assert.ok(!existsSync(backupDir));
  await assert.rejects(train(backupDir, { ...options(), failAfter: length - 1 }));
  assert.deepEqual(await train(backupDir, options()), expected);
});

test('any callback with an onRestore is told of the epochs that are over, in order', async (t) => {
  said(t);
  class Best extends tf.Callback implements callbacks.RestorableCallback {
    readonly seen: string[] = [];
    override async onTrainBegin() {
      this.seen.length = 0;
    }
    async onRestore(epoch: number, logs: Record<string, number>) {
      this.note('restored', epoch, logs);
      logs.loss = 0; // its own copy
    }
    override async onEpochEnd(epoch: number, logs: tf.Logs = {}) {
      this.note('trained', epoch, logs);
    }
    private note(how: string, epoch: number, { loss, val_loss }: tf.Logs) {
      this.seen.push(`${how} ${epoch} ${loss} ${val_loss}`);
    }
  }
  const backupDir = join(root, 'told');
  const best = new Best();
  const { history } = await train(backupDir, { others: [best] });
  const lines = best.seen.map((line) => line.replace('trained ', ''));
  assert.equal(lines.length, 5);
  await assert.rejects(train(backupDir, { others: [best], failAfter: 3 }));
  assert.deepEqual((await train(backupDir, { others: [best] })).history, history);
  const expected = lines.map((line, epoch) => `${epoch < 3 ? 'restored' : 'trained'} ${line}`);
  assert.deepEqual(best.seen, expected);
});

test('a training that failed after its last epoch trains no more and gives the whole history', async (t) => {
  said(t);
  const backupDir = join(root, 'last');
  const expected = await train(backupDir);
  await assert.rejects(train(backupDir, { failAfter: 5 }));
  assert.deepEqual(await train(backupDir), expected);
  assert.ok(!existsSync(backupDir));
});

test('the interrupted model goes on when it is trained again in the same program', async (t) => {
  const lines = said(t);
  const backupDir = join(root, 'again');
  const expected = await train(backupDir);
  const model = smallModel();
  const interrupt = new tf.CustomCallback({
    onBatchEnd: async (batch) => {
      if (batch === 1 && existsSync(join(backupDir, 'training.backup'))) process.emit('SIGINT');
    },
  });
  const interrupted = await train(backupDir, { model, others: [interrupt] });
  assert.equal(interrupted.epoch.length, 2);
  Math.random();
  assert.deepEqual(await train(backupDir, { model }), expected);
  assert.match(lines().at(-1)!, /^Going on from epoch 2: backup of 1 epoch /);
});

test('a backup of another training, or a damaged one, is told of, ignored and overwritten', async (t) => {
  const lines = said(t);
  const backupDir = join(root, 'other');
  const file = join(backupDir, 'training.backup');
  const expected = await train(backupDir);
  const otherWeights = smallModel('rmsprop', 5);
  utils.setRandomSeed(1);
  for (const model of [smallModel('adam'), otherWeights, smallModel(tf.train.rmsprop(0.5))]) {
    await assert.rejects(train(backupDir, { model, failAfter: 2 }));
    assert.deepEqual(await train(backupDir), expected);
    assert.match(
      lines().at(-1)!,
      /other' is not used|other is not used and will be overwritten: it is of another training/,
    );
  }
  for (const damage of [
    (bytes: Buffer) => bytes.subarray(0, 500),
    (bytes: Buffer) => bytes.fill(0, 100, 101),
    () => '',
  ]) {
    await assert.rejects(train(backupDir, { failAfter: 2 }));
    writeFileSync(file, damage(readFileSync(file)));
    assert.deepEqual(await train(backupDir), expected);
    assert.match(lines().at(-1)!, /not used and will be overwritten: the file is truncated or damaged\.$/);
  }
  assert.equal(lines().length, 6);
});

test('a backup that cannot be read is an error, and stays', async () => {
  const backupDir = join(root, 'unreadable');
  const file = join(backupDir, 'training.backup');
  mkdirSync(backupDir);
  symlinkSync(file, file);
  const model = smallModel();
  const before = model.getWeights()[0]!.dataSync();
  await assert.rejects(
    train(backupDir, { model }),
    /^Error: Can't read the backup of the training in '.*unreadable' \(ELOOP.*\)\. Make it readable, or remove it/,
  );
  assert.ok(lstatSync(file).isSymbolicLink());
  assert.deepEqual(model.getWeights()[0]!.dataSync(), before);
});

test('a folder that cannot be written to is an error before training begins', async () => {
  writeFileSync(join(root, 'file'), 'in the way');
  const model = smallModel();
  const before = model.getWeights()[0]!.dataSync();
  const backupDir = join(root, 'file/backup');
  await assert.rejects(
    train(backupDir, { model }),
    /Can't write a backup .*file\/backup'\. Choose another backupDir\. \(ENOTDIR/,
  );
  assert.deepEqual(model.getWeights()[0]!.dataSync(), before);
  assert.throws(() => callbacks.backupAndRestore({ backupDir: '' }), /Expected backupDir to be the path of a folder/);
});

test('backups hold what training changes only, and leak no tensors in 50 epochs nor when restored', async (t) => {
  said(t);
  const backupDir = join(root, 'leaks');
  const model = smallModel();
  model.layers[2]!.trainable = false;
  model.compile({ optimizer: 'rmsprop', loss: 'binaryCrossentropy' });
  const counts: number[] = [];
  const sizes: number[] = [];
  const count = new tf.CustomCallback({
    onEpochBegin: (epoch) => {
      counts.push(tf.memory().numTensors);
      if (epoch > 0) sizes.push(statSync(join(backupDir, 'training.backup')).size);
    },
  });
  const options = { model, epochs: 51, others: [count] };
  await assert.rejects(train(backupDir, { ...options, failAfter: 50 }));
  assert.equal(counts.length, 51);
  assert.deepEqual(new Set(counts.slice(2)), new Set([counts[2]]));
  assert.ok(sizes[0]! < 72 * 8 * 4, `${sizes[0]} bytes`);
  const tensors = tf.memory().numTensors;
  await train(backupDir, { model, epochs: 51 });
  assert.equal(tf.memory().numTensors, tensors);
});
