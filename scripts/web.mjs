/** `npm run web`: set-up, then the page that asks the fine-tuned model in the browser: built in results/web, and served. */
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { parse } from './arguments.mjs';
import { checkTrained, classes, file, loadFineTuned } from './fine_tuned_model.mjs';
import { command, digest, once, root, run, SetupError, say } from './setup/steps.mjs';
import { setup } from './setup.mjs';
import { serve } from './web_server.mjs';

const require = createRequire(import.meta.url);
const usage = 'npm run web [-- --port NUMBER]';
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

/** The model as tfjs reads it, 72 MB: made anew where another was trained. */
async function model() {
  const { mtimeMs, size } = fs.statSync(file);
  const folder = path.join(site, 'model');
  const key = digest(String(mtimeMs), String(size), classes.join());
  await once("the model in tfjs's format", path.join(site, '.model'), key, async () => {
    /** @type {typeof import('../src/index.js')} */
    const { models } = require('../dist');
    fs.rmSync(folder, { recursive: true, force: true });
    await models.saveModel(await loadFineTuned(models), path.join(folder, 'model.json'));
    fs.writeFileSync(path.join(folder, 'classes.json'), JSON.stringify(classes));
  });
}

/** Makes the page and the model, and counts their bytes. */
async function build() {
  /** @type {typeof import('../src/utils/reason.js')} */
  const { reason } = require('../dist/utils/reason.js');
  try {
    await page();
    await model();
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
  const { port } = parse(usage, { options: { port: { type: 'string', default: '8000' } } }).values;
  const server = await serverAt(port);
  try {
    checkTrained();
    await setup();
    const bytes = await build();
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
