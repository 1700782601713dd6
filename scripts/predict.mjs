/** `npm run predict -- PICTURE...`: set-up, then what a model takes each picture for. */
import { createRequire } from 'node:module';
import { parse, typedPath } from './arguments.mjs';
import { checkTrained, loadFineTuned } from './fine_tuned_model.mjs';
import { command, reason, SetupError, say } from './setup/steps.mjs';
import { setup } from './setup.mjs';

const require = createRequire(import.meta.url);
const usage = 'npm run predict -- [--model FILE] [--top NUMBER] PICTURE...';

// No log level silences TensorFlow's note that oneDNN is on. Off, a picture takes some hundredths of a second more.
process.env.TF_ENABLE_ONEDNN_OPTS ??= '0';

/**
 * How pictures are read for a model, by its input.
 * @param {import('../src/tf.js').LayersModel} model
 */
function pictureArgs({ inputs }) {
  const [, height, width, channels] = inputs[0]?.shape ?? [];
  const colorMode = /** @type {const} */ (['grayscale', undefined, 'rgb', 'rgba'])[Number(channels) - 1];
  if (inputs.length !== 1 || !height || !width || !colorMode) {
    const shapes = inputs.map(({ shape }) => JSON.stringify(shape)).join(' and ');
    throw new Error(
      'Expected a model that takes pictures of one size, [batch, height, width, channels], with 1, 3 or 4 channels. ' +
        `Received: ${shapes}`,
    );
  }
  return { targetSize: /** @type {[number, number]} */ ([height, width]), colorMode };
}

/**
 * The model that was typed, else the one that `npm start` trains; how pictures are read for it, and what it says to them.
 * @param {string | undefined} typed
 */
async function load(typed) {
  /** @type {typeof import('../src/index.js')} */
  const { models } = require('../dist');
  /** @type {typeof import('../src/models/answers.js')} */
  const { answersOf } = require('../dist/models/answers.js');
  try {
    const model = await (typed === undefined ? loadFineTuned(models) : models.loadModel(typedPath(typed)));
    return {
      model,
      args: pictureArgs(model),
      answers: answersOf(model),
      named: models.classNames(model) !== undefined,
    };
  } catch (error) {
    throw new SetupError(reason(error));
  }
}

await command(async () => {
  const { positionals: pictures, values } = parse(usage, {
    allowPositionals: true,
    options: { model: { type: 'string' }, top: { type: 'string', default: '1' } },
  });
  if (pictures.length === 0) throw new SetupError(`Expected one picture or more. Received: none.\nUsage: ${usage}`);
  if (!/^[1-9]\d*$/.test(values.top))
    throw new SetupError(`Expected --top to be a number from 1 on. Received: '${values.top}'.\nUsage: ${usage}`);
  if (values.model === undefined) checkTrained();
  await setup();
  /** @type {typeof import('../src/index.js')} */
  const { utils } = require('../dist');
  /** @type {typeof import('../src/utils/shown.js')} */
  const { shown } = require('../dist/utils/shown.js');
  const { model, args, answers, named } = await load(values.model);
  if (!named)
    say(
      'The model carries no names of its classes: here they have numbers, in the order of training. Names go with a model ' +
        'by `models.saveModel(model, path, { classNames })`.',
    );
  const room = Math.max(...pictures.map((picture) => shown(picture).length));
  let code = 0;
  for (const picture of pictures) {
    try {
      const image = await utils.loadImg(typedPath(picture), args);
      const batch = image.expandDims();
      const output = /** @type {typeof batch} */ (model.predict(batch));
      const top = answers(output.dataSync()).slice(0, Number(values.top));
      for (const tensor of [image, batch, output]) tensor.dispose();
      const told = top.map(({ name, probability }) => `${name}  ${(100 * probability).toFixed(1)} %`);
      console.log(`${shown(picture).padEnd(room)}  ${told.join(', ')}`);
    } catch (error) {
      code = 1;
      say(`${shown(picture)}: ${reason(error)}`);
    }
  }
  return code;
});
