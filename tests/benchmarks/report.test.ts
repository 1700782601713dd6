import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { applications } from '../../src';
import * as tf from '../../src/tf';
import { typescript } from '../support/root';
import { median, type Row, ratio } from './compare';
import { flop, trainingFlop } from './flop';
import { limit, table } from './report';

const row: Row = {
  group: 'forward',
  name: 'a network',
  unit: 'ms',
  thaw: [0.02, 0.01, 0.04],
  keras: [0.02, 0.02, 0.02],
};

test('a ratio is the median of the pairs, not the ratio of the medians', () => {
  assert.deepEqual(ratio({ ...row, thaw: [1, 4, 9], keras: [1, 2, 3] }), { median: 2, least: 1, greatest: 3 });
  assert.equal(median([4, 1, 2, 3]), 2.5);
});

test("each row says how far it is from the machine's limit, which is the best that either side did", () => {
  const machine: Row = { ...row, group: 'machine', unit: 'GFLOP/s', flop: 4e9, thaw: [0.02], keras: [0.04] };
  assert.equal(limit([machine]), 2e11);
  const lines = table([machine, { ...row, flop: 1e9 }]).split('\n');
  assert.match(lines[2]!, /\| 200 GFLOP\/s \| 100 GFLOP\/s \| 0\.50 \| 100 %, 50 % \| once \|/);
  assert.match(lines[3]!, /\| 20\.0 ms \| 20\.0 ms \| 1\.00 \(0\.50 to 2\.00\) \| 25 %, 25 % \| 3 pairs \|/);
  assert.match(table([row]).split('\n')[2]!, /\(0\.50 to 2\.00\) \| {2}\| 3 pairs/);
});

test('the operations of networks are those that their papers give, two for each multiplication with an addition', async () => {
  for (const [name, published] of [
    ['vgg16', 15.47e9],
    ['resnet50', 3.86e9],
    ['mobileNetV2', 0.301e9],
  ] as const) {
    const model = await applications[name]({ weights: null });
    const ratio = flop(model) / 2 / published;
    assert.ok(Math.abs(ratio - 1) < 0.01, `${name}: ${ratio}`);
    model.dispose();
  }
  const inputs = tf.input({ shape: [4] });
  const outputs = [3, 2].reduce((x, units) => tf.layers.dense({ units }).apply(x) as tf.SymbolicTensor, inputs);
  const model = tf.model({ inputs, outputs });
  // Forward 24 and 12, to the weights as many, to the input of the second only.
  assert.equal(trainingFlop(model), 24 + 12 + 24 + 12 + 12);
  model.dispose();
});

test('the benchmark starts, with one copy of Thaw, and names its groups where it is asked for another', () => {
  const args = [...typescript, join(__dirname, 'bench.ts'), 'machin'];
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  assert.equal(status, 1);
  assert.match(stderr, /Error: Expected some of machine, .* chapter\. Received: 'machin'\./);
});
