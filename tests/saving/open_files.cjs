// Opens model files one after another, in the compiled Thaw whose folder is the argument, and reports on each.
const { writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { largestChild, memory, processorSeconds } = require('../support/process_costs.cjs');

/** @typedef {{ name: string, path?: string, message: string }} OpenError */
/**
 * What opening a file came to: what it threw, if anything; how many tensors it left behind; how many seconds of a
 * processor's time the process and those it reads HDF5 in took, which is the same on a busy machine; and the most memory
 * beyond what they take with nothing open, in MB.
 * @typedef {{ path: string, error?: OpenError, leaked: number, seconds: number, megabytes: number }} Opened
 */

const compiled = /** @type {string} */ (process.argv[2]);
/** @type {typeof import('../../src')} */
const { models } = require(compiled);
/** @type {typeof import('../../src/tf')} */
const tf = require(join(compiled, 'tf'));

/** @param {string} path */
async function open(path) {
  if (path.endsWith('.weights.h5')) {
    const first = tf.layers.dense({ units: 4, inputShape: [3], name: 'first' });
    const small = tf.sequential({ layers: [first, tf.layers.dense({ units: 2, name: 'second' })] });
    try {
      await models.loadWeights(small, path);
    } finally {
      small.dispose();
    }
  } else {
    (await models.loadModel(path)).dispose();
  }
}

/** @param {string} path @param {number} idle @returns {Promise<Opened>} */
async function report(path, idle) {
  // The peak begins anew.
  writeFileSync('/proc/self/clear_refs', '5');
  let peak = 0;
  const look = setInterval(() => {
    peak = Math.max(peak, largestChild());
  }, 10);
  const tensors = tf.memory().numTensors;
  const start = processorSeconds();
  /** @type {OpenError | undefined} */
  let error;
  try {
    await open(path);
  } catch (thrown) {
    const { name, message, path: named } = /** @type {OpenError} */ (thrown);
    error = { name, message: message.slice(0, 300), path: named };
  }
  const seconds = processorSeconds() - start;
  clearInterval(look);
  const megabytes = memory('self', 'VmHWM') - idle + peak;
  return { path, error, leaked: tf.memory().numTensors - tensors, seconds, megabytes };
}

process.once('message', async (/** @type {[good: string, ...paths: string[]]} */ [good, ...paths]) => {
  // What takes a while the first time.
  await open(good);
  const idle = memory('self', 'VmRSS');
  for (const path of paths) {
    process.send?.(await report(path, idle));
  }
  process.disconnect();
});
