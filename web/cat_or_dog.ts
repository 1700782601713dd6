/** The page's script: loads the fine-tuned model, and says of each picture whether it is a cat's or a dog's. */
import type * as tfjs from '@tensorflow/tfjs';

// index.html loads tfjs before this script, so only its types are imported.
declare const tf: typeof tfjs;

const input = document.querySelector<HTMLInputElement>('input')!;
const status = document.querySelector<HTMLElement>('#status')!;
const progress = document.querySelector<HTMLProgressElement>('#progress')!;
const results = document.querySelector<HTMLElement>('#results')!;
const template = document.querySelector<HTMLTemplateElement>('#card')!;

// tfjs keeps the graphics memory that it is done with: a photograph of 48 megapixels would go on taking 1.6 GB.
tf.env().set('WEBGL_DELETE_TEXTURE_THRESHOLD', 512 * 2 ** 20);

const percent = (fraction: number, digits = 0) => `${(100 * fraction).toFixed(digits)} %`;
const reason = (error: unknown) => (error instanceof Error ? error.message : String(error));

/** Fetches the model and the names of its classes, and tells meanwhile how far that is. */
async function load(): Promise<{ model: tfjs.LayersModel; classes: string[] }> {
  try {
    progress.hidden = false;
    await tf.ready(); // tfjs takes the graphics card (webgl) where it can, else the processor (cpu)
    const model = await tf.loadLayersModel('model/model.json', {
      onProgress(fraction) {
        progress.value = fraction;
        status.textContent = `Loading the model: ${percent(fraction)}`;
      },
    });
    const response = await fetch('model/classes.json');
    status.textContent = `The model is ready. tfjs ${tf.version.tfjs} runs it on the backend ${tf.getBackend()}.`;
    return { model, classes: await response.json() };
  } catch (error) {
    status.textContent = `The model could not be loaded: ${reason(error)}`;
    throw new Error('The model could not be loaded.', { cause: error });
  } finally {
    progress.hidden = true;
  }
}

/**
 * Decodes a file much as Keras does: no conversion of colours, and what is transparent keeps its colour. But a photograph
 * that a camera marked as turned is turned upright, and browsers decode JPEG more exactly: levels differ by up to 5.
 */
async function decode(file: File): Promise<ImageBitmap> {
  try {
    return await createImageBitmap(file, { colorSpaceConversion: 'none', premultiplyAlpha: 'none' });
  } catch (cause) {
    throw new Error('This is no picture that your browser can read.', { cause });
  }
}

/** The model's output for a picture: the probability of the second class. */
async function predict(model: tfjs.LayersModel, picture: ImageBitmap): Promise<number> {
  const [, height, width] = model.inputs[0]!.shape as [null, number, number];
  // Each tensor lies on the graphics card until it is disposed of. `tidy` does that for all but the one it returns.
  const output = tf.tidy(() => {
    // As in training: RGB from 0 to 255, resized without regard to the proportions. The model itself does the rest.
    const resized = tf.image.resizeBilinear(tf.browser.fromPixels(picture), [height, width], false, true);
    return model.predict(resized.expandDims()) as tfjs.Tensor;
  });
  try {
    const [probability] = await output.data();
    return probability!;
  } finally {
    output.dispose();
  }
}

/** Shows a picture, and what the model takes it for. Pictures wait for the model, and for those before them. */
async function look(file: File, card: HTMLElement): Promise<void> {
  const part = <E extends HTMLElement>(selector: string) => card.querySelector<E>(selector)!;
  const answer = part('output');
  try {
    const { model, classes } = await loading;
    answer.textContent = 'looking …';
    const start = performance.now();
    const picture = await decode(file);
    await new Promise((painted) => setTimeout(painted, 30)); // tfjs would keep the browser from showing the above
    const second = await predict(model, picture).finally(() => picture.close());
    const probability = Math.max(second, 1 - second);
    if (Number.isNaN(second)) throw new Error('The model gives no number: its training went wrong.');
    const seconds = (performance.now() - start) / 1000;
    answer.textContent = `${classes[Math.round(second)]} ${percent(probability, 1)}`;
    answer.title = `probability of a ${classes[1]}: ${second}`;
    part('.bar div').style.width = `${100 * probability}%`;
    part('small').textContent = `${file.name}, in ${seconds.toPrecision(2)} s`;
  } catch (error) {
    card.classList.add('problem');
    answer.textContent = `${file.name}: ${reason(error)}`;
  }
}

/** Makes a card for each file, the newest on top, and lines them up. */
function add(files: Iterable<File>): void {
  const cards = [...files].map((file) => {
    const card = (template.content.cloneNode(true) as DocumentFragment).querySelector('li')!;
    const image = card.querySelector('img')!;
    image.src = URL.createObjectURL(file);
    image.onload = image.onerror = () => URL.revokeObjectURL(image.src);
    image.alt = file.name;
    queue = queue.then(() => look(file, card));
    return card;
  });
  results.prepend(...cards);
}

const loading = load();
let queue = loading.then(
  () => {},
  () => {}, // each card will say it
);

input.addEventListener('change', () => {
  add(input.files!);
  input.value = ''; // so that the same file can be chosen again
});
document.addEventListener('paste', (event) => add(event.clipboardData!.files));
// The whole page takes what is dropped: else the browser would leave it and open a picture that missed the zone.
document.addEventListener('dragover', (event) => {
  event.preventDefault();
  document.body.classList.add('over');
});
document.addEventListener('dragleave', () => document.body.classList.remove('over'));
document.addEventListener('drop', (event) => {
  event.preventDefault();
  document.body.classList.remove('over');
  add(event.dataTransfer!.files);
});
