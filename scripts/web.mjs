/** `npm run web`: set-up, then the page that asks a model in the browser: built in results/web, and served. */
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { parse, typedPath } from './arguments.mjs';
import { checkTrained, file, loadFineTuned } from './fine_tuned_model.mjs';
import { command, digest, once, root, run, SetupError, say } from './setup/steps.mjs';
import { setup } from './setup.mjs';
import { serve } from './web_server.mjs';

const require = createRequire(import.meta.url);
const usage = 'npm run web [-- --port NUMBER --model FILE]';
const site = path.join(root, 'results', 'web');

process.env.TF_ENABLE_ONEDNN_OPTS ??= '0'; // else TensorFlow notes that it is on, whatever the log level

/** The page: a handful of files, so made anew each time. */
async function page() {
  const tsc = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  if ((await run(process.execPath, [tsc, '-p', 'web'])) !== 0)
    throw new SetupError('web/ does not compile; see above.');
  for (const name of ['index.html', 'style.css']) fs.copyFileSync(path.join(root, 'web', name), path.join(site, name));
  const tfjs = 'tf.es2017.min.js'; // of tfjs's builds the one that a page may run without permission to `eval`
  fs.copyFileSync(path.join(path.dirname(require.resolve('@tensorflow/tfjs')), tfjs), path.join(site, tfjs));
}

/**
 * The model as tfjs reads it, the fine-tuned one has 72 MB: made anew where another is asked for, or was trained.
 * @param {string | undefined} typed
 */
async function model(typed) {
  const from = typed === undefined ? file : typedPath(typed);
  const { mtimeMs, size } = fs.statSync(from);
  const folder = path.join(site, 'model');
  const key = digest('with names', from, String(mtimeMs), String(size));
  await once("the model in tfjs's format", path.join(site, '.model'), key, async () => {
    /** @type {typeof import('../src/index.js')} */
    const { models } = require('../dist');
    /** @type {typeof import('../src/models/answers.js')} */
    const { readingOf } = require('../dist/models/answers.js');
    const asked = await (typed === undefined ? loadFineTuned(models) : models.loadModel(from));
    const reading = readingOf(asked);
    const shapes = JSON.stringify(asked.inputs.map(({ shape }) => shape));
    if (!/^\[\[null,\d+,\d+,3\]\]$/.test(shapes))
      throw new Error(`Expected a model of pictures, [[null,height,width,3]]. Received: ${shapes}`);
    fs.rmSync(folder, { recursive: true, force: true });
    await models.saveModel(asked, path.join(folder, 'model.json'));
    fs.writeFileSync(path.join(folder, 'classes.json'), JSON.stringify(reading));
    if (!models.classNames(asked)) say('The model carries no names of its classes: on the page they have numbers.');
  });
}

/**
 * Makes the page and the model, and counts their bytes.
 * @param {string | undefined} typed
 */
async function build(typed) {
  /** @type {typeof import('../src/utils/reason.js')} */
  const { reason } = require('../dist/utils/reason.js');
  try {
    await page();
    await model(typed);
    const names = fs.readdirSync(site, { recursive: true, encoding: 'utf8' });
    return names.reduce((sum, name) => sum + fs.statSync(path.join(site, name)).size, 0);
  } catch (error) {
    if (error instanceof SetupError) throw error;
    throw new SetupError(`The page can't be made in ${site}: ${reason(error)}`);
  }
}

/**
 * A server at the port, which is had before the work begins.
 * @param {string} typed
 */
async function serverAt(typed) {
  const port = Number(typed);
  if (!/^\d+$/.test(typed) || port > 65535)
    throw new SetupError(`Expected a port from 0 (any that is free) to 65535. Received: '${typed}'.\nUsage: ${usage}`);
  return serve(site, port).catch((error) => {
    throw new SetupError(
      `Port ${port} can't be had (${error.code}). Name another, or 0 for any that is free.\nUsage: ${usage}`,
    );
  });
}

await command(async () => {
  const { port, model: typed } = parse(usage, {
    options: { port: { type: 'string', default: '8000' }, model: { type: 'string' } },
  }).values;
  const server = await serverAt(port);
  try {
    if (typed === undefined) checkTrained();
    await setup();
    const bytes = await build(typed);
    const address = /** @type {import('node:net').AddressInfo} */ (server.address());
    say(
      `The page is in results/web, ${(bytes / 1e6).toFixed(0)} MB: put the folder on any web server. Here, till Ctrl-C:
http://127.0.0.1:${address.port}/`,
    );
    await new Promise((resolve) => process.once('SIGINT', resolve).once('SIGTERM', resolve));
    return 130;
  } finally {
    server.close().closeAllConnections();
  }
});
