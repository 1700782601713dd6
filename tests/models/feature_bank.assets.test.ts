import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  unlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, type TestContext, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { applications, datasets, models } from '../../src';
import type { BaseRandomLayer } from '../../src/layers';
import { FeatureFile } from '../../src/models/feature_bank/feature_files';
import * as tf from '../../src/tf';
import { collectGarbage } from '../support/collect_garbage';
import { typescript } from '../support/root';
import { hashes } from '../tfjs/trainable_models';
import { build, compile, pictures, SIZE } from './bank_model';

const folder = mkdtempSync(join(tmpdir(), 'thaw-bank-'));
after(() => rmSync(folder, { recursive: true, force: true }));
let weights: string;
let home: string;
let convBase: tf.LayersModel;

before(async () => {
  weights = await applications.imagenetWeights('vgg16_notop');
  for (const [name, from] of Object.entries(await datasets.catsVsDogs()).slice(0, 3)) {
    for (const kind of ['cat', 'dog']) {
      const to = join(folder, name, kind);
      mkdirSync(to, { recursive: true });
      const files = readdirSync(join(String(from), kind)).slice(0, { train: 12, validation: 6, test: 13 }[name]);
      for (const file of files) cpSync(join(String(from), kind, file), join(to, file));
    }
  }
});

beforeEach(async () => {
  home = mkdtempSync(join(folder, 'home-'));
  process.env.THAW_HOME = home;
  convBase = await applications.vgg16({ weights, includeTop: false, inputShape: [...SIZE, 3] });
});

afterEach(() => {
  delete process.env.THAW_BANK_GB;
});

const read = (name: string, shuffle = false) => pictures(join(folder, name), shuffle);
const bankFiles = () => readdirSync(join(home, 'feature_bank')).sort();
const plain = models.featureBank({ enabled: false });

/** The relative difference of two rows of numbers, at worst. */
function close(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): void {
  assert.equal(actual.length, expected.length);
  const errors = Array.from(actual, (value, i) => Math.abs(value - expected[i]!) / Math.max(1, Math.abs(expected[i]!)));
  assert.ok(Math.max(...errors) <= tolerance, `${Array.from(actual)} against ${Array.from(expected)}`);
}

const losses = ({ history }: tf.History) => [...history.loss!, ...(history.val_loss ?? [])].map(Number);

/** What is printed while `work` runs. */
async function printed(t: TestContext, work: () => Promise<unknown>): Promise<string> {
  const log = t.mock.method(console, 'log', () => {});
  await work();
  log.mock.restore();
  return log.mock.calls.map(({ arguments: line }) => String(line)).join('\n');
}

function thawBlock5(model: tf.LayersModel): void {
  convBase.trainable = true;
  for (const layer of convBase.layers.slice(0, -4)) layer.trainable = false;
  compile(model, 1e-5);
}

test('evaluate() and predict() give what they give without the bank, frozen and half thawed', async () => {
  const model = build(convBase);
  const dataset = await read('validation');
  const bank = models.featureBank({ cuts: ['block4_pool'] });
  for (const thaw of [() => {}, () => thawBlock5(model)]) {
    thaw();
    close(await bank.evaluate(model, dataset), await plain.evaluate(model, dataset), 1e-5);
    const [kept, direct] = [await bank.predict(model, dataset), await plain.predict(model, dataset)];
    assert.deepEqual(kept.shape, [12, 1]);
    close(kept.dataSync(), direct.dataSync(), 1e-5);
    tf.dispose([kept, direct]);
  }
  assert.equal(bankFiles().length, 2);
});

test('fit() on pictures as they are has the losses of a fit without the bank, in training and validation', async () => {
  const histories = [];
  for (const bank of [models.featureBank(), plain]) {
    const model = build(convBase, { augmented: false });
    histories.push(
      losses(await bank.fit(model, await read('train'), { epochs: 3, validationData: await read('validation') })),
    );
  }
  close(histories[0]!, histories[1]!, 1e-4);
});

test('fit() trains on the pictures that the augmentation layers draw for a variant', async () => {
  const model = build(convBase);
  const augmentation = model.layers.slice(1, 4) as BaseRandomLayer[];
  const train = await read('train');
  const batches: tf.Tensor[] = [];
  for (const layer of augmentation) layer.reseed(0);
  for await (const xs of train.inOrder()) {
    batches.push(augmentation.reduce<tf.Tensor>((x, layer) => layer.apply(x, { training: true }) as tf.Tensor, xs));
  }
  const ys = train.labelsOf([...train.filePaths.keys()]);
  const unaugmented = build(convBase, { augmented: false });
  const direct = await unaugmented.fit(tf.concat(batches), ys, { epochs: 1, batchSize: 8, shuffle: false, verbose: 0 });
  const kept = await models.featureBank({ variants: 1 }).fit(model, train, { epochs: 1 });
  close(losses(kept), losses(direct), 1e-4);
});

test('each epoch shows another variant of each picture, and the first again after the last', async () => {
  const model = build(convBase, { rate: 0 });
  const history = await models.featureBank({ variants: 3 }).fit(model, await read('train'), { epochs: 6 });
  const [a, b, c, ...again] = losses(history);
  assert.equal(new Set([a, b, c]).size, 3);
  close(again, [a!, b!, c!], 1e-6);
});

test('a thawed model and a reloaded one find what the frozen one left', async (t) => {
  const model = build(convBase);
  const bank = models.featureBank({ variants: 2, cuts: ['block4_pool'] });
  const train = await read('train');
  assert.match(await printed(t, () => bank.fit(model, train, { epochs: 1 })), /Computing 'block5_pool' for 2 × 24/);
  assert.equal(bankFiles().length, 4);
  await models.saveModel(model, join(home, 'saved.keras'));
  const reloaded = await models.loadModel(join(home, 'saved.keras'));
  thawBlock5(model);
  const printedLater = await printed(t, async () => {
    await bank.fit(reloaded, train, { epochs: 1 });
    await bank.fit(model, train, { epochs: 1 });
  });
  assert.doesNotMatch(printedLater, /Computing/);
  assert.equal(bankFiles().length, 4);
});

/** Notes tensors and resident memory at the end of each epoch. */
class Watch extends tf.Callback {
  readonly tensors: number[] = [];
  readonly resident: number[] = [];

  constructor(private readonly atEnd: () => void = () => {}) {
    super();
  }

  override async onEpochEnd(): Promise<void> {
    this.tensors.push(tf.memory().numTensors);
    // What waits to be collected is no growth: newer versions of Node let more of it wait.
    await collectGarbage();
    this.resident.push(process.memoryUsage().rss);
    this.atEnd();
  }
}

class StopInEpoch extends tf.Callback {
  override async onBatchEnd(): Promise<void> {
    this.model.stopTraining = true;
  }
}

test('fit() leaves the frozen layers as they were to the bit, and moves the thawed ones', async () => {
  const model = build(convBase, { dropout: 0.5 });
  thawBlock5(model);
  const before = hashes(convBase.layers);
  await models.featureBank({ variants: 2 }).fit(model, await read('train', true), { epochs: 1 });
  assert.deepEqual(
    hashes(convBase.layers).map((hash, index) => hash === before[index]),
    before.map((_, index) => index < 20),
  );
  assert.equal(convBase.getLayer('block5_conv3').inboundNodes.length, 1);
});

test('50 epochs leave no tensors and hardly any memory', async (t) => {
  const model = build(convBase, { dropout: 0.5 });
  const bank = models.featureBank({ variants: 2 });
  const [train, validationData] = [await read('train', true), await read('validation')];
  await bank.fit(model, train, { epochs: 1, validationData });
  const { numTensors } = tf.memory();
  const watch = new Watch();
  await bank.fit(model, train, { epochs: 50, validationData, callbacks: watch });
  assert.equal(new Set(watch.tensors).size, 1, `${watch.tensors}`);
  assert.equal(tf.memory().numTensors, numTensors);
  const growth = (watch.resident[49]! - watch.resident[4]!) / 1e6;
  t.diagnostic(`resident memory from epoch 5 to 50: ${growth.toFixed(1)} MB more`);
  assert.ok(growth < 50, `${growth} MB`);
});

test('a fit that is stopped in mid-epoch, by the model itself too, leaves no tensors', async () => {
  const model = build(convBase);
  const bank = models.featureBank({ variants: 2 });
  const train = await read('train', true);
  await bank.fit(model, train, { epochs: 1 });
  const { numTensors } = tf.memory();
  for (let round = 0; round < 3; round++) {
    await bank.fit(model, train, { epochs: 4, callbacks: new StopInEpoch() });
    assert.equal(tf.memory().numTensors, numTensors);
  }
  const stop = new Watch(() => {
    model.stopTraining = true;
  });
  await bank.fit(model, train, { epochs: 4, callbacks: stop });
  assert.equal(stop.tensors.length, 1);
  assert.equal((model.history as tf.History).epoch.length, 1);
});

test('what is thawed after compile() does not train before the next one, as without the bank', async (t) => {
  const warn = t.mock.method(console, 'warn', () => {});
  for (const bank of [models.featureBank({ variants: 1 }), plain]) {
    const model = build(convBase);
    convBase.getLayer('block5_conv3').trainable = true;
    const before = hashes(convBase.layers);
    await bank.fit(model, await read('train'), { epochs: 1 });
    assert.deepEqual(hashes(convBase.layers), before);
  }
  assert.equal(warn.mock.calls.filter(({ arguments: [text] }) => /compile it again/.test(String(text))).length, 2);
});

test('two walks at once through one model fill the bank', async () => {
  const model = build(convBase);
  const bank = models.featureBank();
  const outputs = await Promise.all([
    bank.predict(model, await read('train')),
    bank.predict(model, await read('validation')),
  ]);
  assert.deepEqual(
    outputs.map(({ shape }) => shape[0]),
    [24, 12],
  );
  tf.dispose(outputs);
});

test('a truncated file is computed anew, a deleted picture makes another bank', async (t) => {
  const model = build(convBase);
  const bank = models.featureBank();
  const dataset = await read('validation');
  const before = await bank.evaluate(model, dataset);
  const [file] = bankFiles();
  truncateSync(join(home, 'feature_bank', file!), 1000);
  const reader = (await new FeatureFile(file!.slice(0, 32), [2 * 2 * 512], 12, 'float32').reader())!;
  await assert.rejects(reader.read(11, new Float32Array(2048), 0), /shorter than it was/);
  await reader.close();
  const output = await printed(t, async () => assert.deepEqual(await bank.evaluate(model, dataset), before));
  assert.match(output, /Computing/);

  const copy = join(home, 'validation');
  cpSync(join(folder, 'validation'), copy, { recursive: true });
  const whole = await pictures(copy, false);
  assert.deepEqual(await bank.evaluate(model, whole), before);
  unlinkSync(whole.filePaths[0]!);
  await assert.rejects(bank.evaluate(model, whole), new RegExp(`gone.*${whole.filePaths[0]}`));
  await bank.evaluate(model, await pictures(copy, false));
  assert.equal(bankFiles().length, 2);
});

test('what cannot be kept is refused with what to do', async () => {
  const [train, validation] = [await read('train'), await read('validation')];
  const unseeded = build(convBase, { seed: null });
  await assert.rejects(models.featureBank().fit(unseeded, train, { epochs: 1 }), /random_flip.*seed: 1/s);
  const thawed = build(convBase);
  convBase.trainable = true;
  compile(thawed, 1e-5);
  await assert.rejects(
    models.featureBank().evaluate(thawed, validation),
    /Freeze the base.*from layer 'block1_conv1' on/s,
  );
  const other = await pictures(join(folder, 'validation'), false, [80, 64]);
  const model = build(convBase);
  await assert.rejects(models.featureBank().evaluate(model, other), /64,64.*Received: imageSize=\[80,64\]/);
  const uncompiled = tf.model({ inputs: model.inputs, outputs: model.outputs });
  await assert.rejects(models.featureBank().evaluate(uncompiled, validation), /compiled/);
  for (const variants of [0, 1.5]) assert.throws(() => models.featureBank({ variants }), /positive integer/);
  const cuts = ['block9_pool'];
  await assert.rejects(
    models.featureBank({ cuts }).evaluate(build(convBase), validation),
    /block5_pool.*Received: 'block9_pool'/,
  );
});

test('the bank keeps to its limit: the files unused for longest go, and what does not fit is refused', async () => {
  const model = build(convBase);
  const [train, validation] = [await read('train'), await read('validation')];
  await models.featureBank().evaluate(model, validation);
  const [old] = bankFiles();
  const { size } = statSync(join(home, 'feature_bank', old!));
  process.env.THAW_BANK_GB = String((2.5 * size) / 1e9);
  await models.featureBank().evaluate(model, train);
  assert.ok(!bankFiles().includes(old!));
  mkdirSync(join(home, 'feature_bank', `${old}.lock`)); // as a killed process leaves it
  process.env.THAW_BANK_GB = String((4.5 * size) / 1e9);
  const fit = (epochs: number) =>
    models.featureBank({ variants: 2 }).fit(model, train, { epochs, validationData: validation });
  await assert.rejects(fit(1), /THAW_BANK_GB/);
  process.env.THAW_BANK_GB = String((5.5 * size) / 1e9);
  await fit(1);
  process.env.THAW_BANK_GB = String(size / 1e9);
  await assert.rejects(models.featureBank().evaluate(model, await read('test')), /THAW_BANK_GB/);
});

test('a killed process loses its variant or its epoch, and the next one ends with the same digits', async () => {
  const run = async (killAt?: number | 'epoch') => {
    const args = [...typescript, join(__dirname, 'fill_bank.ts'), folder, weights, String(killAt)];
    const child = spawn(process.execPath, args, { env: { ...process.env, THAW_HOME: home } });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (text) => {
        output += text;
      });
    }
    const ended = once(child, 'close');
    const bank = join(home, 'feature_bank');
    const whole = () => (existsSync(bank) ? readdirSync(bank).filter((name) => name.endsWith('.f32')).length : 0);
    while (typeof killAt === 'number' && child.exitCode === null && child.signalCode === null) {
      if (whole() >= killAt) child.kill('SIGKILL');
      await setTimeout(5);
    }
    await ended;
    return output;
  };
  const digits = (output: string) => /losses.*/.exec(output)?.[0];
  const undisturbed = await run();
  assert.match(undisturbed, /Computing 'block5_pool' for 4 × 24/);
  assert.ok(digits(undisturbed));
  assert.equal(digits(await run()), digits(undisturbed), 'from a full bank');
  home = mkdtempSync(join(folder, 'home-'));
  assert.equal(digits(await run(1)), undefined);
  const killed = await run('epoch');
  assert.match(killed, /Computing 'block5_pool' for [123] × 24/);
  assert.equal(digits(killed), undefined);
  const resumed = await run();
  assert.match(resumed, /Going on from epoch 3/);
  assert.equal(digits(resumed), digits(undisturbed));
});
