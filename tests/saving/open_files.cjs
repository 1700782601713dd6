// Opens model files one after another, in the compiled Thaw whose folder is the argument, and reports on each.
const { readFileSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');

/** @typedef {{ name: string, path?: string, message: string }} OpenError */
/**
 * What opening a file came to: what it threw, if anything; how many tensors it left behind; and the most memory that
 * the process, and the one it reads HDF5 in, took beyond what it takes with nothing open, in MB.
 * @typedef {{ path: string, error?: OpenError, leaked: number, milliseconds: number, megabytes: number }} Opened
 */

const compiled = /** @type {string} */ (process.argv[2]);
/** @type {typeof import('../../src')} */
const { models } = require(compiled);
/** @type {typeof import('../../src/tf')} */
const tf = require(join(compiled, 'tf'));

/** @param {string} process @param {string} field */
function memory(process, field) {
  const status = readFileSync(`/proc/${process}/status`, 'utf8');
  return Number(status.match(new RegExp(`${field}:\\s+(\\d+)`))?.[1] ?? 0) / 1000;
}

/** The most memory that a process took in which files are read for this one, as far as one sees by looking now. */
function readersPeak() {
  const children = readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').split(' ').filter(Boolean);
  const peaks = children.map((child) => {
    try {
      // Until it is another program, it has this one's memory.
      return readFileSync(`/proc/${child}/cmdline`, 'utf8').includes('hdf5_process') ? memory(child, 'VmHWM') : 0;
    } catch {
      return 0;
    }
  });
  return Math.max(0, ...peaks);
}

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
  let readers = 0;
  const look = setInterval(() => {
    readers = Math.max(readers, readersPeak());
  }, 10);
  const tensors = tf.memory().numTensors;
  const start = performance.now();
  /** @type {OpenError | undefined} */
  let error;
  try {
    await open(path);
  } catch (thrown) {
    const { name, message, path: named } = /** @type {OpenError} */ (thrown);
    error = { name, message: message.slice(0, 300), path: named };
  }
  const milliseconds = performance.now() - start;
  clearInterval(look);
  const megabytes = memory('self', 'VmHWM') - idle + readers;
  return { path, error, leaked: tf.memory().numTensors - tensors, milliseconds, megabytes };
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
