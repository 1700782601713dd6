import { asJson } from '../saving/keras_json/types';
import * as tf from '../tf';
import { checkOptions } from '../utils/check_options';
import { shown } from '../utils/shown';
import { answersOf, readingOf } from './answers';
import { ModelSteps, type Step } from './feature_bank/model_steps';

/** The arguments of `gradCam`. */
export interface GradCamArgs {
  /**
   * The layer whose maps are weighed, in a model within the model, too. Defaults to the last that gives maps and isn't a
   * pooling: the deepest look that still knows where things are.
   */
  layerName?: string;
  /** The class that is asked about; of one unit with a sigmoid, 0 or 1. Defaults to what the model takes the picture for. */
  classIndex?: number;
}

/** Layers named in a message that a network of hundreds would flood else. */
const NAMED = 10;

const ENDING = new Set(['softmax', 'sigmoid']);

/**
 * Where a classifier looked: how strongly each place of a picture spoke for a class, by Grad-CAM. The maps of a layer are
 * added up, each by how much the class's score rises with it; what is left above zero spoke for the class. The score is what
 * comes before the last sigmoid or softmax, since a sure answer leaves no gradient behind them.
 *
 * Source: Selvaraju et al., Grad-CAM: Visual Explanations from Deep Networks via Gradient-based Localization (2017); the values
 * of `make_gradcam_heatmap` in Keras's example *Grad-CAM class activation visualization*.
 *
 * @param model A classifier with one input and one output [batch, units]; its base may be a model within it.
 * @param image [height, width, channels] as the model takes it: 0 to 255 where `preprocessInput` is a part of it.
 * @returns float32 [rows, columns], as large as the layer's maps, from 0 to 1; all 0 where nothing speaks for the class. Whoever
 *   takes it disposes it. See `plots.heatmapOverlay`.
 * @throws Error if an option is unknown, if the model is no classifier or gives no number, if the image has another shape, if
 *   there is no such class, or no such layer that gives maps.
 * @example
 * const heatmap = models.gradCam(model, image);
 * await plots.show(await plots.imagesFigure([plots.heatmapOverlay(image, heatmap)]));
 */
export function gradCam(model: tf.LayersModel, image: tf.Tensor3D, args: GradCamArgs = {}): tf.Tensor2D {
  checkOptions('gradCam', args, { layerName: true, classIndex: true });
  const { layerName, classIndex } = args;
  const { names } = readingOf(model);
  checkImage(model, image);
  if (classIndex !== undefined && names[classIndex] === undefined) {
    throw new Error(
      `gradCam expects the index of one of the model's classes: 0 to ${names.length - 1}. Received: classIndex=${classIndex}`,
    );
  }
  // A Sequential that has never computed has no graph yet.
  if (!model.built) model.build(model.inputs[0]!.shape);
  const { steps } = new ModelSteps(model);
  return tf.tidy(() => {
    const values = run(steps, 0, [], image.expandDims());
    const answers = answersOf(model)(values.at(-1)!.dataSync());
    const asked = classIndex ?? names.indexOf(answers[0]!.name);
    const place = placeOfMaps(steps, values, layerName);
    const scoreOf = (maps: tf.Tensor): tf.Scalar => {
      const scores = score(steps, run(steps, place + 1, [...values.slice(0, place), maps], image.expandDims()));
      // One unit speaks for the second class, and against the first.
      if (scores.size === 1) return scores.mul(asked === 0 ? -1 : 1).asScalar();
      return scores.flatten().gather(asked).asScalar();
    };
    const maps = values[place]!;
    const weights = tf.grad(scoreOf)(maps).mean([0, 1, 2]);
    const heat = maps.mul(weights).sum<tf.Tensor2D>(-1).squeeze<tf.Tensor2D>([0]).relu();
    return heat.divNoNan(heat.max());
  });
}

/** What each step gives, those before `start` known already. */
function run(steps: Step[], start: number, known: tf.Tensor[], input: tf.Tensor): tf.Tensor[] {
  const values = [...known];
  for (const { layer, inputs } of steps.slice(start)) {
    const from = inputs.map((place) => values[place] ?? input);
    values.push(layer.apply(from.length === 1 ? from[0]! : from, { training: false }) as tf.Tensor);
  }
  return values;
}

/** What comes before the last softmax or sigmoid; where there is none, what the model gives. */
function score(steps: Step[], values: tf.Tensor[]): tf.Tensor {
  const { layer, inputs } = steps.at(-1)!;
  const input = values[inputs[0]!];
  const name = layer.getClassName();
  const ends = name === 'Softmax' || ENDING.has(String(layer.getConfig().activation));
  if (input && ends && ['Softmax', 'Activation'].includes(name)) return input;
  if (input && ends && name === 'Dense') {
    const [kernel, bias] = layer.getWeights();
    const sums = input.matMul(kernel!);
    return bias ? sums.add(bias) : sums;
  }
  return values.at(-1)!;
}

/** @throws Error when the image isn't what the model takes. */
function checkImage(model: tf.LayersModel, image: tf.Tensor3D): void {
  const taken = model.inputs[0]!.shape.slice(1);
  const fits =
    taken.length === 3 &&
    image.rank === 3 &&
    taken.every((size, axis) => (size ?? image.shape[axis]) === image.shape[axis]);
  if (!fits) {
    throw new Error(
      `gradCam expects one picture of the shape that the model takes: ${asJson(taken)}. Received: ${asJson(image.shape)}`,
    );
  }
}

/**
 * The place of the layer whose maps are weighed.
 *
 * @throws Error when no layer of that name gives maps.
 */
function placeOfMaps(steps: Step[], values: tf.Tensor[], layerName: string | undefined): number {
  const isMap = ({ rank, shape: [, height, width] }: tf.Tensor) => rank === 4 && Number(height) * Number(width) > 1;
  const giving = [...steps.keys()].filter((place) => isMap(values[place]!)).reverse();
  const nameOf = (place: number) => steps[place]!.layer.name;
  const found = giving.find((place) =>
    layerName === undefined ? !/Pooling/.test(steps[place]!.layer.getClassName()) : nameOf(place) === layerName,
  );
  if (found === undefined) {
    throw new Error(
      `gradCam expects a layer that gives maps [batch, height, width, channels]${giving.length > 0 ? `, such as ${shown(giving.slice(0, NAMED).map(nameOf).join(', '))}` : ', as convolutions do: this model has none'}. ` +
        `Received: layerName=${shown(String(layerName))}`,
    );
  }
  return found;
}
