/** `npm run predict -- PICTURE...`: set-up, then what the fine-tuned model takes each picture for. */
import { createRequire } from 'node:module';
import { parse, typedPath } from './arguments.mjs';
import { checkTrained, classes, loadFineTuned } from './fine_tuned_model.mjs';
import { command, reason, SetupError, say } from './setup/steps.mjs';
import { setup } from './setup.mjs';

const require = createRequire(import.meta.url);
const usage = 'npm run predict -- PICTURE...';

// No log level silences TensorFlow's note that oneDNN is on. Off, a picture takes some hundredths of a second more.
process.env.TF_ENABLE_ONEDNN_OPTS ??= '0';

await command(async () => {
  const { positionals: pictures } = parse(usage, { allowPositionals: true });
  if (pictures.length === 0) throw new SetupError(`Expected one picture or more. Received: none.\nUsage: ${usage}`);
  checkTrained();
  await setup();
  /** @type {typeof import('../src/index.js')} */
  const { models, utils } = require('../dist');
  /** @type {typeof import('../src/utils/shown.js')} */
  const { shown } = require('../dist/utils/shown.js');
  const model = await loadFineTuned(models);
  const [input] = /** @type {[import('../src/tf.js').SymbolicTensor]} */ (model.inputs);
  const targetSize = /** @type {[number, number]} */ (input.shape.slice(1, 3));
  const room = Math.max(...pictures.map((picture) => shown(picture).length));
  let code = 0;
  for (const picture of pictures) {
    try {
      const image = await utils.loadImg(typedPath(picture), { targetSize });
      const batch = image.expandDims();
      const output = /** @type {typeof batch} */ (model.predict(batch));
      const dog = Number(output.dataSync()[0]);
      for (const tensor of [image, batch, output]) tensor.dispose();
      if (Number.isNaN(dog)) throw new SetupError('The model gives no number: its training went wrong. Train it anew.');
      const probability = Math.max(dog, 1 - dog);
      console.log(`${shown(picture).padEnd(room)}  ${classes[Math.round(dog)]}  ${(100 * probability).toFixed(1)} %`);
    } catch (error) {
      code = 1;
      say(`${shown(picture)}: ${reason(error)}`);
    }
  }
  return code;
});
