// Opens model files one after another, in the compiled Thaw whose folder is the argument, and reports on each.
const { readFileSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');

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

/** @param {string} process @param {string} field */
function memory(process, field) {
  const status = readFileSync(`/proc/${process}/status`, 'utf8');
  return Number(status.match(new RegExp(`${field}:\\s+(\\d+)`))?.[1] ?? 0) / 1000;
}

/** The processes in which files are read for this one. */
const readers = () => readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').split(' ').filter(Boolean);

/** @param {string} process @param {(process: string) => number} ask */
function ifRunning(process, ask) {
  try {
    return ask(process);
  } catch {
    return 0; // it has ended meanwhile
  }
}

/** The most memory that a reader took, as far as one sees by looking now. */
function readersPeak() {
  // Until it is another program, it has this one's memory.
  const isReader = (/** @type {string} */ child) =>
    readFileSync(`/proc/${child}/cmdline`, 'utf8').includes('hdf5_process');
  const peaks = readers().map((each) => ifRunning(each, (child) => (isReader(child) ? memory(child, 'VmHWM') : 0)));
  return Math.max(0, ...peaks);
}

/** Processor time used so far, in seconds: this process's, that of readers which have ended, that of those which run. */
function processorSeconds() {
  const ticks = (/** @type {string} */ process, /** @type {number} */ count) =>
    // Behind the name: user and system time, its own and that of its children, in hundredths of a second.
    readFileSync(`/proc/${process}/stat`, 'utf8')
      .split(') ')
      .at(-1)
      ?.split(' ')
      .slice(11, 11 + count)
      .reduce((sum, field) => sum + Number(field), 0) ?? 0;
  const running = readers().map((each) => ifRunning(each, (child) => ticks(child, 2)));
  return running.reduce((sum, each) => sum + each, ticks('self', 4)) / 100;
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
  let peak = 0;
  const look = setInterval(() => {
    peak = Math.max(peak, readersPeak());
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
