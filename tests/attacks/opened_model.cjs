// Opens the models that it is told of, one after another, and tells what came of each. Compiled Thaw, as users have it.
const { join } = require('node:path');
const { opener } = require('../support/open_model.cjs');
const { children, memory } = require('../support/process_costs.cjs');

/**
 * What came of opening a file, and where that gave a model, its weights and what it gives for ones, where it predicts; whether
 * anything else was heard or changed.
 * @typedef {import('../support/open_model.cjs').Opened & {
 *   outputs?: number[], weights?: number[][], children: number, polluted: boolean, stray?: string,
 * }} Outcome
 */

const { report, tf } = opener(join(__dirname, '../../dist'));

/** @type {string | undefined} */
let stray;
process.on('unhandledRejection', (error) => {
  stray = String(error);
});
process.on('uncaughtException', (error) => {
  stray = String(error);
});
console.warn = () => {};

/** @param {import('../../src/tf').LayersModel} model */
function predictOnes(model) {
  return tf.tidy(() => {
    const ones = model.inputs.map(({ shape, dtype }) =>
      tf.ones(
        shape.map((size) => size ?? 1),
        dtype,
      ),
    );
    const outputs = [model.predict(ones.length === 1 ? /** @type {never} */ (ones[0]) : ones)].flat();
    return outputs.flatMap((output) => [...output.dataSync().slice(0, 100)]);
  });
}

/** @param {import('../../src/tf').LayersModel} model @returns {Pick<Outcome, 'outputs' | 'weights'>} */
function look(model) {
  const weights = model.getWeights().map((weight) => [...weight.dataSync()]);
  try {
    return { weights, outputs: predictOnes(model) };
  } catch {
    return { weights }; // on ones it can't be computed, a long time's say
  }
}

let idle = 0;

process.on('message', async (/** @type {string} */ file) => {
  stray = undefined;
  const opened = await report(file, idle, look);
  await new Promise((resolve) => setTimeout(resolve, 5)); // what nobody awaits
  const polluted = Object.keys(Object.prototype).length > 0 || 'polluted' in {};
  idle ||= memory('self', 'VmRSS');
  process.send?.({ ...opened, children: children().length, polluted, stray });
});
