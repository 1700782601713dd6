// Opens the models that it is told of, one after another, and tells what came of each. Compiled Thaw, as users have it.
const { writeFileSync } = require('node:fs');
const { models } = require('../../dist');
/** @type {typeof import('../../src/tf')} */
const tf = require('../../dist/tf');
const { children, largestChild, memory, processorSeconds } = require('../support/process_costs.cjs');

/**
 * What came of opening a file: why not; or what the model gives for ones, where it predicts, and its weights; how many tensors
 * are left, how many seconds of a processor's time it took, and how much memory, in MB, this process and its children took beyond
 * what they take at rest.
 * @typedef {{
 *   error?: { name: string, message: string, path?: string },
 *   outputs?: number[], weights?: number[][], leaked: number, seconds: number, megabytes: number,
 *   children: number, polluted: boolean, stray?: string,
 * }} Outcome
 */

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

/** @param {string} file @returns {Promise<Pick<Outcome, 'outputs' | 'weights'>>} */
async function open(file) {
  const isWeights = file.endsWith('.weights.h5');
  const first = isWeights && tf.layers.dense({ units: 4, inputShape: [3], name: 'first' });
  const model = first
    ? tf.sequential({ layers: [first, tf.layers.dense({ units: 2, name: 'second' })] })
    : await models.loadModel(file);
  try {
    if (isWeights) await models.loadWeights(model, file);
    const weights = model.getWeights().map((weight) => [...weight.dataSync()]);
    try {
      return { weights, outputs: predictOnes(model) };
    } catch {
      return { weights }; // on ones it can't be computed, a long time's say
    }
  } finally {
    model.dispose();
  }
}

let idle = 0;

process.on('message', async (/** @type {string} */ file) => {
  writeFileSync('/proc/self/clear_refs', '5'); // the peak begins anew
  let peak = 0;
  const look = setInterval(() => {
    peak = Math.max(peak, largestChild());
  }, 10);
  const tensors = tf.memory().numTensors;
  const start = processorSeconds();
  stray = undefined;
  /** @type {Partial<Outcome>} */
  let outcome;
  try {
    outcome = await open(file);
  } catch (thrown) {
    const { name, message, path } = /** @type {Error & { path?: string }} */ (thrown);
    outcome = { error: { name, message: String(message).slice(0, 400), path } };
  }
  const seconds = processorSeconds() - start;
  clearInterval(look);
  const megabytes = memory('self', 'VmHWM') - idle + peak;
  await new Promise((resolve) => setTimeout(resolve, 5)); // what nobody awaits
  const polluted = Object.keys(Object.prototype).length > 0 || 'polluted' in {};
  idle ||= memory('self', 'VmRSS');
  const leaked = tf.memory().numTensors - tensors;
  process.send?.({ ...outcome, leaked, seconds, megabytes, children: children().length, polluted, stray });
});
