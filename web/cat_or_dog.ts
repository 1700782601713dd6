/** The page's script: loads the model, and says of each picture which of the model's classes it shows. */
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

/** A model, and how what it gives is to be read, as `npm run web` has found out. */
interface Asked {
  model: tfjs.LayersModel;
  /** The classes; one unit tells two. */
  names: string[];
  /** Whether a softmax, or of one unit a sigmoid, makes probabilities of what the model gives. */
  logits: boolean;
}

/** Fetches the model and what it is asked, and tells meanwhile how far that is. */
async function load(): Promise<Asked> {
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
    const { names, logits }: Omit<Asked, 'model'> = await response.json();
    const title = names.length > 3 ? 'What is it?' : `${names.join(' or ')}?`;
    document.title = document.querySelector('h1')!.textContent = title.charAt(0).toUpperCase() + title.slice(1);
    status.textContent = `The model is ready. tfjs ${tf.version.tfjs} runs it on the backend ${tf.getBackend()}.`;
    return { model, names, logits };
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

/** The probability of each class, for a picture. */
async function predict({ model, logits }: Asked, picture: ImageBitmap): Promise<number[]> {
  const [, height, width] = model.inputs[0]!.shape as [null, number, number];
  // Each tensor lies on the graphics card until it is disposed of. `tidy` does that for all but the one it returns.
  const output = tf.tidy(() => {
    // As in training: RGB from 0 to 255, resized without regard to the proportions. The model itself does the rest.
    const resized = tf.image.resizeBilinear(tf.browser.fromPixels(picture), [height, width], false, true);
    const given = model.predict(resized.expandDims()) as tfjs.Tensor2D;
    const alone = given.shape[1] === 1;
    if (logits) return tf.softmax(alone ? tf.concat([tf.zerosLike(given), given], 1) : given);
    return alone ? tf.concat([tf.sub(1, given), given], 1).clipByValue(0, 1) : given;
  });
  try {
    return [...(await output.data())];
  } finally {
    output.dispose();
  }
}

/** Shows a picture, and what the model takes it for. Pictures wait for the model, and for those before them. */
async function look(file: File, card: HTMLElement): Promise<void> {
  const part = <E extends HTMLElement>(selector: string) => card.querySelector<E>(selector)!;
  const answer = part('output');
  try {
    const asked = await loading;
    answer.textContent = 'looking …';
    const start = performance.now();
    const picture = await decode(file);
    await new Promise((painted) => setTimeout(painted, 30)); // tfjs would keep the browser from showing the above
    const probabilities = await predict(asked, picture).finally(() => picture.close());
    if (probabilities.some(Number.isNaN)) throw new Error('The model gives no number: its training went wrong.');
    const seconds = (performance.now() - start) / 1000;
    const answers = asked.names.map((name, index) => ({ name, probability: probabilities[index]! }));
    // Of two classes, the likelier says all.
    const told = [...answers].sort((a, b) => b.probability - a.probability).slice(0, answers.length > 2 ? 3 : 1);
    for (const [index, { name, probability }] of told.entries()) {
      const [output, bar] =
        index === 0 ? [answer, part('.bar')] : [document.createElement('p'), part('.bar').cloneNode(true)];
      output.textContent = `${name} ${percent(probability, 1)}`;
      (bar as HTMLElement).querySelector('div')!.style.width = `${100 * probability}%`;
      if (index > 0) part('small').before(output, bar);
    }
    const { name, probability } = answers.length > 2 ? told[0]! : answers[1]!;
    answer.title = `probability of a ${name}: ${probability}`;
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
