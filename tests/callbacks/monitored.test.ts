import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import { callbacks, utils } from '../../src';
import * as tf from '../../src/tf';
import type { UnreadLogs } from '../../src/tfjs/log_values';
import { line, one, three, weightOf } from './line';

/* EarlyStopping, ReduceLROnPlateau, CSVLogger and TerminateOnNaN, without Python Keras beside them. */

const root = mkdtempSync(join(tmpdir(), 'thaw-monitored-'));
after(() => rmSync(root, { recursive: true }));

const VALUES = [0.9, 0.5, 0.6, 0.4, 0.45, 0.5, 0.7, 0.8, 0.8, 0.8];

/** Silences what is told, and gives it. */
function said(t: TestContext, method: 'error' | 'log' = 'error'): () => string[] {
  const { mock } = t.mock.method(console, method, () => {});
  return () => mock.calls.map(({ arguments: [text] }) => String(text));
}

interface Options {
  failBefore?: number;
  values?: number[];
}

/** Trains, `val_loss` as given, and gives the epochs, the weight after each, the last one and the learning rates. */
async function train(watch: tf.CallbackList['callbacks'], { failBefore = -1, values = VALUES }: Options = {}) {
  utils.setRandomSeed(1);
  const model = line();
  const weights: number[] = [];
  const given = new tf.CustomCallback({
    onEpochBegin: async (epoch: number) => {
      if (epoch === failBefore) throw new Error('the power has failed');
    },
    onEpochEnd: async (epoch: number, logs: UnreadLogs = {}) => {
      logs.val_loss = values[epoch]!;
      weights[epoch] = weightOf(model);
    },
  });
  try {
    const { epoch, history } = await model.fit(one, three, {
      epochs: values.length,
      verbose: 0,
      callbacks: [given, ...watch],
    });
    return { epoch, history, weights, last: weightOf(model) };
  } finally {
    model.optimizer.dispose();
    model.dispose();
  }
}

test('EarlyStopping stops when its patience is over, restores the best epoch, says so, and leaks nothing', async (t) => {
  const told = said(t, 'log');
  const { numTensors } = tf.memory();
  const stopping = callbacks.earlyStopping({ patience: 3, restoreBestWeights: true, verbose: 1 });
  for (let i = 0; i < 2; i++) {
    const { epoch, weights, last } = await train([stopping]);
    assert.deepEqual(epoch, [0, 1, 2, 3, 4, 5, 6]);
    assert.equal(last, weights[3]);
  }
  assert.deepEqual(told().slice(0, 2), ['Epoch 7: early stopping', 'Restoring the weights of the best epoch: 4.']);
  const kept = await train([callbacks.earlyStopping({ patience: 3 })]);
  assert.equal(kept.last, kept.weights[6]);
  assert.notEqual(kept.last, kept.weights[3]);
  const whole = await train([callbacks.earlyStopping({ patience: 30, restoreBestWeights: true })]);
  assert.equal(whole.last, whole.weights[3]);
  assert.equal(tf.memory().numTensors, numTensors);
});

test('a NaN is never best, and a training that diverges gets the best weights back', async (t) => {
  said(t);
  const { numTensors } = tf.memory();
  const values = [Number.NaN, 0.5, Number.NaN, 0.7, 0.7];
  const { epoch, weights, last } = await train([callbacks.earlyStopping({ patience: 2, restoreBestWeights: true })], {
    values,
  });
  assert.deepEqual([epoch, last], [[0, 1, 2, 3], weights[1]]);

  const model = line();
  const spoil = new tf.CustomCallback({
    onEpochBegin: async (at: number) => {
      if (at === 2) tf.tidy(() => model.setWeights([tf.fill([1, 1], Number.NaN)]));
    },
  });
  const stopping = callbacks.earlyStopping({ monitor: 'loss', patience: 9, restoreBestWeights: true });
  await model.fit(one, three, { epochs: 5, verbose: 0, callbacks: [spoil, stopping] });
  assert.ok(Number.isFinite(weightOf(model)));
  model.optimizer.dispose();
  model.dispose();
  assert.equal(tf.memory().numTensors, numTensors);
});

test('Ctrl-C leaves the model as it is', async (t) => {
  said(t);
  const { numTensors } = tf.memory();
  const interrupt = new tf.CustomCallback({
    onEpochBegin: async (epoch: number) => {
      if (epoch === 5) process.emit('SIGINT');
    },
  });
  const { epoch, weights, last } = await train([
    interrupt,
    callbacks.earlyStopping({ patience: 9, restoreBestWeights: true }),
  ]);
  assert.equal(epoch.length, 6);
  assert.equal(last, weights[5]);
  assert.equal(tf.memory().numTensors, numTensors);
});

/** A training that fails before an epoch and goes on, beside one that is undisturbed. */
async function resumed(name: string, failBefore: number, watch: () => tf.Callback[]) {
  const backupDir = join(root, name);
  const run = (options?: Options) => train([callbacks.backupAndRestore({ backupDir }), ...watch()], options);
  const undisturbed = await run();
  await assert.rejects(run({ failBefore }), /the power has failed/);
  return { undisturbed, again: await run() };
}

test('EarlyStopping goes on with its backup: it stops as early, and restores weights of before the interruption', async (t) => {
  said(t);
  const stop = () => [callbacks.earlyStopping({ patience: 3, restoreBestWeights: true })];
  for (const failBefore of [1, 4, 6]) {
    const { numTensors } = tf.memory();
    const { undisturbed, again } = await resumed(`stop ${failBefore}`, failBefore, stop);
    assert.deepEqual([again.epoch, again.history], [undisturbed.epoch, undisturbed.history]);
    assert.equal(again.last, undisturbed.weights[3]);
    assert.ok(tf.memory().numTensors - numTensors <= 1, 'the training that failed keeps one until the next');
  }
});

test('a backup that was made without the best weights says so', async (t) => {
  const told = said(t);
  const backupDir = join(root, 'without');
  await assert.rejects(train([callbacks.backupAndRestore({ backupDir })], { failBefore: 5 }));
  const stopping = callbacks.earlyStopping({ patience: 3, restoreBestWeights: true });
  const { epoch, weights, last } = await train([callbacks.backupAndRestore({ backupDir }), stopping]);
  assert.equal(epoch.length, 7);
  assert.equal(last, weights[6]);
  assert.match(told().at(-1)!, /can't restore the weights of the best epoch, 4: the backup was made without/);
});

test('ReduceLROnPlateau lowers the rate by epoch, tells it, and goes on with its backup', async (t) => {
  said(t);
  const told = said(t, 'log');
  const reduce = () => [
    callbacks.reduceLROnPlateau({ factor: 0.5, patience: 2, cooldown: 1, minLr: 0.03, verbose: 1 }),
  ];
  const rates = [0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.05, 0.05, 0.03, 0.03];
  for (const failBefore of [5, 7, 9]) {
    const { undisturbed, again } = await resumed(`reduce ${failBefore}`, failBefore, reduce);
    assert.deepEqual(undisturbed.history.learning_rate, rates);
    assert.deepEqual(again.history, undisturbed.history);
    assert.equal(again.last, undisturbed.last);
  }
  assert.equal(told()[0], 'Epoch 6: ReduceLROnPlateau reducing learning rate to 0.05.');
});

test('CSVLogger has each epoch once in a training that goes on, and appends where asked', async (t) => {
  said(t);
  for (const append of [false, true]) {
    const filename = join(root, `new/${append}.csv`);
    const { undisturbed } = await resumed(`csv ${append}`, 4, () => {
      return [callbacks.csvLogger({ filename, append: append && !isFirst() })];
    });
    const lines = readFileSync(filename, 'utf8').split('\r\n');
    assert.equal(lines[0], 'epoch,loss,val_loss');
    const own = lines.slice(-1 - VALUES.length, -1).map((text) => text.split(',').map(Number));
    assert.deepEqual(
      own,
      VALUES.map((value, epoch) => [epoch, undisturbed.history.loss![epoch], value]),
    );
  }
});
/** Each test begins with an empty file. */
let calls = 0;
const isFirst = () => calls++ % 3 === 0;

test('CSVLogger quotes as Python does, writes NA for what is missing, and no interrupted epoch', async (t) => {
  said(t);
  const filename = join(root, 'odd.csv');
  const odd = new tf.CustomCallback({
    onEpochBegin: async (epoch: number) => {
      if (epoch === 2) process.emit('SIGINT');
    },
    onEpochEnd: async (epoch: number, logs: UnreadLogs = {}) => {
      if (epoch === 0) Object.assign(logs, { loss: 1, 'a,"b"': 0.5 });
      else logs.loss = 2;
    },
  });
  await train([odd, callbacks.csvLogger({ filename })]);
  assert.equal(readFileSync(filename, 'utf8'), 'epoch,"a,""b""",loss,val_loss\r\n0,0.5,1,0.9\r\n1,NA,2,0.5\r\n');
  writeFileSync(join(root, 'file'), '');
  const inFile = callbacks.csvLogger({ filename: join(root, 'file/a.csv') });
  await assert.rejects(train([inFile]), /^Error: Can't write the log '.*a\.csv'\. Choose another filename\. \(E/);
});

test('TerminateOnNaN has fit throw where asked, and changes nothing else', async (t) => {
  const told = said(t);
  const nan = tf.fill([1, 1], Number.NaN);
  const fit = (watch: tf.Callback) => line().fit(one, nan, { epochs: 3, verbose: 0, callbacks: [watch] });
  assert.deepEqual((await fit(callbacks.terminateOnNaN())).epoch, [0]);
  const raising = callbacks.terminateOnNaN({ raiseError: true });
  await assert.rejects(
    fit(raising),
    /^Error: The loss is NaN in epoch 1, batch 1: the training stops here\. What usually/,
  );
  assert.equal(told().length, 2);
  await line().fit(one, three, { epochs: 1, verbose: 0, callbacks: [raising] });
});

test('auto takes the greatest of accuracies by whatever name, and what is no number or mode is an error', async () => {
  const history = [0.5, 0.9, 0.7, 0.95];
  for (const monitor of [
    'acc',
    'val_sparseCategoricalAccuracy',
    'val_binaryAccuracy',
    'precision',
    'recall',
    'r2Score',
  ]) {
    const stopping = callbacks.earlyStopping({ monitor, patience: 1 });
    const model = line();
    stopping.setModel(model);
    await stopping.onTrainBegin();
    const stops: number[] = [];
    for (const [epoch, value] of history.entries()) {
      model.stopTraining = false;
      await stopping.onEpochEnd(epoch, { [monitor]: value });
      if (model.stopTraining) stops.push(epoch);
    }
    assert.deepEqual(stops, [2], monitor);
  }
  await assert.rejects(
    train([callbacks.earlyStopping({ monitor: 'val_acc' })]),
    /EarlyStopping can't find the quantity to monitor\. Expected one of: loss, val_loss\. Received: monitor=val_acc/,
  );
  const wrong: [() => unknown, RegExp][] = [
    [
      () => callbacks.earlyStopping({ patience: Number.NaN }),
      /patience of EarlyStopping to be a number of 0 or more\. .*=NaN/,
    ],
    [() => callbacks.earlyStopping({ baseline: Number.NaN }), /baseline of EarlyStopping to be a number\. Received/],
    [
      () => callbacks.reduceLROnPlateau({ factor: 1 }),
      /factor of ReduceLROnPlateau to be less than 1\. Received: factor=1/,
    ],
    [() => callbacks.reduceLROnPlateau({ minLr: -1 }), /minLr of ReduceLROnPlateau to be a number of 0 or more/],
    [() => Reflect.apply(callbacks.earlyStopping, null, [{ mode: 'least' }]), /'auto', 'min' or 'max'\. .*mode=least/],
    [() => callbacks.csvLogger({ filename: '' }), /Expected filename to be the path of a file/],
    [() => callbacks.csvLogger({ filename: 'a', separator: ', ' }), /Expected separator to be one character/],
  ];
  for (const [call, message] of wrong) assert.throws(call, message);
});
