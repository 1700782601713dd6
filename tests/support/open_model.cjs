// Opens models in a compiled Thaw, and says what came of each.
const { writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { largestChild, memory, processorSeconds } = require('./process_costs.cjs');

/** @typedef {import('../../src/tf').LayersModel} Model */
/** @typedef {{ name: string, path?: string, message: string }} OpenError */
/**
 * What opening a file came to: what it threw, if anything; how many tensors it left behind; how many seconds of a
 * processor's time the process and those it reads HDF5 in took, which is the same on a busy machine; and the most memory
 * beyond what they take with nothing open, in MB.
 * @typedef {{ path: string, error?: OpenError, leaked: number, seconds: number, megabytes: number }} Opened
 */

/** @param {string} compiled the folder of the compiled Thaw */
function opener(compiled) {
  /** @type {typeof import('../../src')} */
  const { models } = require(compiled);
  /** @type {typeof import('../../src/tf')} */
  const tf = require(join(compiled, 'tf'));

  /** The model that a file holds, or, where it holds weights only, a small one with them. @param {string} path */
  async function open(path) {
    if (!path.endsWith('.weights.h5')) return models.loadModel(path);
    const first = tf.layers.dense({ units: 4, inputShape: [3], name: 'first' });
    const small = tf.sequential({ layers: [first, tf.layers.dense({ units: 2, name: 'second' })] });
    try {
      await models.loadWeights(small, path);
    } catch (error) {
      small.dispose();
      throw error;
    }
    return small;
  }

  /**
   * @template {object} Used
   * @param {string} path
   * @param {number} idle MB that this process takes with nothing open
   * @param {(model: Model) => Used} use what is to be found out about the model
   * @returns {Promise<Opened & Partial<Used>>}
   */
  async function report(path, idle, use) {
    writeFileSync('/proc/self/clear_refs', '5'); // the peak begins anew
    let peak = 0;
    const look = setInterval(() => {
      peak = Math.max(peak, largestChild());
    }, 10);
    const tensors = tf.memory().numTensors;
    const start = processorSeconds();
    /** @type {{ error?: OpenError } & Partial<Used>} */
    let found = {};
    try {
      const model = await open(path);
      try {
        found = use(model);
      } finally {
        model.dispose();
      }
    } catch (thrown) {
      const { name, message, path: named } = /** @type {OpenError} */ (thrown);
      found.error = { name, message: String(message).slice(0, 300), path: named };
    }
    const seconds = processorSeconds() - start;
    clearInterval(look);
    const megabytes = memory('self', 'VmHWM') - idle + peak;
    return { path, ...found, leaked: tf.memory().numTensors - tensors, seconds, megabytes };
  }

  return { open, report, tf };
}

module.exports = { opener };
