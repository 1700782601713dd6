/** `npm run convert -- IN OUT`: set-up, then a model of one format in another. */
import { createRequire } from 'node:module';
import { parse, typedPath } from './arguments.mjs';
import { command, reason, SetupError } from './setup/steps.mjs';
import { setup } from './setup.mjs';

const require = createRequire(import.meta.url);
const usage = 'npm run convert -- IN OUT, each a .keras, a .h5, or a model.json of tfjs';

process.env.TF_ENABLE_ONEDNN_OPTS ??= '0'; // else TensorFlow notes that it is on, whatever the log level

await command(async () => {
  const { positionals } = parse(usage, { allowPositionals: true });
  const [from, to] = positionals.map(typedPath);
  if (!from || !to || positionals.length > 2)
    throw new SetupError(`Expected two paths. Received: ${positionals.length}.\nUsage: ${usage}`);
  await setup();
  /** @type {typeof import('../src/index.js')} */
  const { models } = require('../dist');
  /** @type {typeof import('../src/utils/shown.js')} */
  const { shown } = require('../dist/utils/shown.js');
  try {
    const model = await models.loadModel(from);
    await models.saveModel(model, to);
    const files = positionals.map(shown).join(' → ');
    console.log(`${files}: ${model.countParams().toLocaleString('en-US')} parameters`);
    if (model.optimizer && !to.endsWith('.keras'))
      console.log(`Left out: ${to.endsWith('.json') ? 'how it was compiled, and ' : ''}the state of its optimizer`);
  } catch (error) {
    throw new SetupError(reason(error));
  }
  return 0;
});
