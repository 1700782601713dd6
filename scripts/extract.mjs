/** `npm run extract`: set-up, then what a frozen network gives for folders of pictures goes into the feature bank. */
import { createRequire } from 'node:module';
import { parse, typedPath } from './arguments.mjs';
import { command, reason, SetupError } from './setup/steps.mjs';
import { setup } from './setup.mjs';

const require = createRequire(import.meta.url);
const usage = `npm run extract -- [FOLDER...] [--network vgg16] [--size 180] [--shard i/n | --merge n]
  FOLDER     pictures, in a folder for each class; by default the chapter's three sets
  --network  one of Thaw's applications, with its ImageNet weights
  --size     height and width of the pictures, in pixels
  --shard    only the i-th of n parts, where i counts from 1: n commands, on one machine or many, share the work
  --merge    joins the n parts, once all of them are in the feature bank`;

/** @param {string} message */
const misused = (message) => new SetupError(`${message}\nUsage: ${usage}`);

/**
 * @param {string} option
 * @param {string} typed
 */
function parseCount(option, typed) {
  if (!/^[1-9]\d*$/.test(typed)) throw misused(`Expected ${option} to be a positive integer. Received: ${typed}`);
  return Number(typed);
}

/**
 * @param {string} typed
 * @returns {[number, number]}
 */
function parseShard(typed) {
  const [i = 0, n = 0] = /^\d+\/\d+$/.test(typed) ? typed.split('/').map(Number) : [];
  if (i < 1 || i > n) throw misused(`Expected --shard to be i/n with 1 ≤ i ≤ n, such as 1/4. Received: ${typed}`);
  return [i, n];
}

/**
 * The frozen network and a bank for it, as notebook 02 has them.
 * @param {string} name
 * @param {[number, number]} imageSize
 */
async function frozen(name, imageSize) {
  /** @type {typeof import('../src/index.js')} */
  const { applications, models } = require('../dist');
  /** @type {typeof import('../src/tf.js')} */
  const tf = require('../dist/tf.js');
  const networks = Object.entries(applications).flatMap(([known, value]) =>
    'preprocessInput' in value ? [{ known, network: value }] : [],
  );
  const network = networks.find(({ known }) => known === name)?.network;
  if (!network) {
    const names = networks.map(({ known }) => known).join(', ');
    throw misused(`Expected --network to be one of ${names}. Received: ${name}`);
  }
  const convBase = await network({ weights: 'imagenet', includeTop: false, inputShape: [...imageSize, 3] });
  convBase.trainable = false;
  const inputs = tf.input({ shape: [...imageSize, 3] });
  const outputs = /** @type {typeof inputs} */ (convBase.apply(network.preprocessInput(inputs)));
  const cuts = convBase.layers.slice(-5, -4).map((layer) => layer.name);
  return { extractor: tf.model({ inputs, outputs }), bank: models.featureBank({ cuts }) };
}

/**
 * Each folder, else each of the chapter's sets, and its pictures in notebook 02's batches.
 * @param {string[]} folders
 * @param {[number, number]} imageSize
 */
async function pictures(folders, imageSize) {
  /** @type {typeof import('../src/index.js')} */
  const { datasets, utils } = require('../dist');
  /** @type {typeof import('../src/utils/shown.js')} */
  const { shown } = require('../dist/utils/shown.js');
  const chapter = async () => {
    const { train, validation, test } = await datasets.catsVsDogs();
    return [train, validation, test];
  };
  const sets = [];
  for (const folder of folders.length > 0 ? folders.map(typedPath) : await chapter()) {
    const options = { imageSize, batchSize: 32, shuffle: false };
    const dataset = await utils.imageDatasetFromDirectory(folder, options).catch((error) => {
      throw misused(error.message);
    });
    sets.push({ folder: shown(folder), dataset });
  }
  return sets;
}

/**
 * Joins the parts of each set of which all are there; of the others one error tells what to run.
 * @param {Awaited<ReturnType<typeof frozen>>} frozen
 * @param {Awaited<ReturnType<typeof pictures>>} sets
 * @param {number} n
 * @param {string} typed the arguments but for --merge
 */
async function merge({ bank, extractor }, sets, n, typed) {
  /** @type {typeof import('../src/index.js')} */
  const { models } = require('../dist');
  const messages = [];
  const missing = new Set();
  for (const { folder, dataset } of sets) {
    try {
      const merged = await bank.merge(extractor, dataset, n);
      console.log(`${folder}: ${merged ? `${n} parts joined` : 'all is there, nothing to join'}`);
    } catch (error) {
      if (!(error instanceof models.MissingShardsError)) throw error;
      messages.push(error.message);
      for (const shard of error.shards) missing.add(shard);
    }
  }
  if (missing.size === 0) return;
  const shards = [...missing].sort((a, b) => a - b).join(' ');
  throw new SetupError(`${messages.join('\n')}
Run: for i in ${shards}; do npm run extract -- ${typed} --shard $i/${n}; done`);
}

await command(async () => {
  const { positionals, values } = parse(usage, {
    allowPositionals: true,
    options: {
      network: { type: 'string', default: 'vgg16' },
      size: { type: 'string', default: '180' },
      shard: { type: 'string' },
      merge: { type: 'string' },
    },
  });
  const size = parseCount('--size', values.size);
  const shard = values.shard === undefined ? undefined : parseShard(values.shard);
  const n = values.merge === undefined ? undefined : parseCount('--merge', values.merge);
  if (shard && n) throw misused('Expected --shard or --merge. Received: both');
  await setup();
  try {
    const sets = await pictures(positionals, [size, size]);
    const { bank, extractor } = await frozen(values.network, [size, size]);
    // As a shell takes them to the letter.
    const folders = positionals.map((name) => `${JSON.stringify(name).replace(/[$`]/g, '\\$&')} `).join('');
    if (n) await merge({ bank, extractor }, sets, n, `${folders}--network ${values.network} --size ${size}`);
    else {
      for (const { folder, dataset } of sets) {
        const computed = await bank.extract(extractor, dataset, shard && { shard });
        const what = shard ? `${folder}, part ${shard.join('/')}` : folder;
        console.log(`${what}: ${computed ? 'computed' : 'all is there, nothing to compute'}`);
      }
    }
  } catch (error) {
    throw error instanceof SetupError ? error : new SetupError(reason(error));
  }
  return 0;
});
