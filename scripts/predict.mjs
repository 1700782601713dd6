/** `npm run predict -- PICTURE...`: set-up, then what the fine-tuned model takes each picture for. */
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { parse, typedPath } from './arguments.mjs';
import { command, root, SetupError, say } from './setup/steps.mjs';
import { setup } from './setup.mjs';

const require = createRequire(import.meta.url);
const usage = 'npm run predict -- PICTURE...';
const file = path.join(root, 'results', 'fine_tuning.keras');
const classes = ['cat', 'dog']; // in sorted order, as in training: the model's output is the probability of the second

// No log level silences TensorFlow's note that oneDNN is on. Off, a picture takes some hundredths of a second more.
process.env.TF_ENABLE_ONEDNN_OPTS ??= '0';

await command(async () => {
  const { positionals: pictures } = parse(usage, { allowPositionals: true });
  if (pictures.length === 0) throw new SetupError(`Expected one picture or more. Received: none.\nUsage: ${usage}`);
  if (!fs.existsSync(file))
    throw new SetupError(`There is no model yet. Expected: ${file}. Run \`npm start\` first, which trains it.`);
  await setup();
  /** @type {typeof import('../src/index.js')} */
  const { models, utils } = require('../dist');
  const model = await models.loadModel(file).catch((/** @type {Error} */ error) => {
    throw new SetupError(`${error.message} Remove it and run \`npm start\`, which trains it anew.`);
  });
  const [input] = /** @type {[import('../src/tf.js').SymbolicTensor]} */ (model.inputs);
  const targetSize = /** @type {[number, number]} */ (input.shape.slice(1, 3));
  const room = Math.max(...pictures.map((picture) => picture.length));
  let code = 0;
  for (const picture of pictures) {
    try {
      const image = await utils.loadImg(typedPath(picture), { targetSize });
      const batch = image.expandDims();
      const output = /** @type {typeof batch} */ (model.predict(batch));
      const dog = Number(output.dataSync()[0]);
      for (const tensor of [image, batch, output]) tensor.dispose();
      const probability = Math.max(dog, 1 - dog);
      console.log(`${picture.padEnd(room)}  ${classes[Math.round(dog)]}  ${(100 * probability).toFixed(1)} %`);
    } catch (error) {
      code = 1;
      say(`${picture}: ${error instanceof Error ? error.message : error}`);
    }
  }
  return code;
});
