import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { models } from '../../src';
import { relativeError, reportWorst } from '../support/parity';
import { temporaryHome } from '../support/temporary_home';
import { read, smallModel, writePictures } from './small_bank';

const folder = temporaryHome().assets;
before(() => writePictures(folder, { train: 12 }));

/** The losses of a training with the bank or without it, and the head's weights afterwards. */
async function train(enabled: boolean, args: Partial<models.FeatureBankFitArgs>): Promise<number[]> {
  const model = smallModel({ augmented: false });
  const dataset = await read(join(folder, 'train'));
  const { history } = await models
    .featureBank({ enabled })
    .fit(model, dataset, { epochs: 4, validationData: dataset, ...args });
  const head = model.getWeights().at(-2)!.dataSync();
  model.dispose();
  return [...(history.loss as number[]), ...head];
}

test('classWeight in a feature bank is that of fitDataset', async (t) => {
  const plain = await train(false, {});
  const given: Record<number, number>[] = [{ 0: 0.5, 1: 3 }, { 1: 3 }];
  for (const classWeight of given) {
    const expected = await train(false, { classWeight });
    assert.ok(Math.abs(expected[0]! - plain[0]!) > 0.1);
    reportWorst(t, JSON.stringify(classWeight), relativeError(await train(true, { classWeight }), expected), 1e-5);
  }
});

test('a feature bank has no sampleWeight, and says so', async () => {
  const given: object = { sampleWeight: [1] };
  await assert.rejects(train(true, given), /Received: sampleWeight, which it doesn't know/);
});
