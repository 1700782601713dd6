import { BaseRandomLayer } from '../../layers/base_random_layer';
import * as tf from '../../tf';
import { twinOf } from '../../tfjs/sequential_twin';

/** A layer of the model and where its inputs come from: the places of earlier steps, or MODEL_INPUT. */
export interface Step {
  layer: tf.layers.Layer;
  inputs: number[];
  /** The shapes of its inputs, as the model was built. */
  inputShapes: tf.Shape[];
}

const MODEL_INPUT = -1;

/** Layers that only lay the same numbers in another shape: what comes before them serves more models. */
const RESHAPING = ['Flatten', 'Reshape'];

/** Layers with fewer weights than this, all in all, only preprocess: that is quicker to do again than to read. */
export const WEIGHTS_WORTH_KEEPING = 1000;

const isRandom = (layer: tf.layers.Layer) =>
  layer instanceof BaseRandomLayer || /Dropout|Noise/.test(layer.getClassName());

/**
 * Whether what a layer gives for a picture changes in training. Augmentation is for every epoch, but a frozen Dropout
 * drops nothing: EfficientNet's drop whole blocks, which would leave hardly anything of its frozen base to keep.
 */
function isChanging(layer: tf.layers.Layer): boolean {
  const changesThawed =
    isRandom(layer) || layer.trainableWeights.length > 0 || layer.getClassName() === 'BatchNormalization';
  return layer instanceof BaseRandomLayer || (layer.trainable && changesThawed);
}

/** A model as a row of steps, nested models opened, so that it can be cut in two. */
export class ModelSteps {
  readonly steps: Step[] = [];
  /** How many augmentation layers the model begins with. */
  readonly augmentations: number;
  private readonly inputShape: tf.Shape;

  /** @throws Error when the model has several inputs or outputs. */
  constructor(model: tf.LayersModel) {
    if (model.inputs.length !== 1 || model.outputs.length !== 1) {
      throw new Error(
        `Expected a model with one input and one output. Received: '${model.name}' with ` +
          `${model.inputs.length} and ${model.outputs.length}.`,
      );
    }
    this.inputShape = model.inputs[0]!.shape;
    this.open(model, [MODEL_INPUT]);
    const first = this.steps.findIndex(
      ({ layer, inputs }, place) => !(layer instanceof BaseRandomLayer) || inputs[0] !== place - 1,
    );
    this.augmentations = first === -1 ? this.steps.length : first;
  }

  /**
   * Appends the steps of a model whose inputs are given, and tells where its outputs are: each step after those that it
   * needs, its first input's first. So their order is the network's own, in whatever order its branches were built.
   */
  private open(model: tf.LayersModel, inputs: number[]): number[] {
    const graph = twinOf(model);
    const places = new Map(graph.inputs.map(({ id }, index) => [id, inputs[index]!]));
    const nodes = Object.values(graph.nodesByDepth).flat();
    const nodeOf = new Map(nodes.flatMap((node) => node.outputTensors.map(({ id }) => [id, node])));
    const placeOf = ({ id }: tf.SymbolicTensor): number => {
      if (!places.has(id)) {
        const { outboundLayer: layer, inputTensors, outputTensors } = nodeOf.get(id)!;
        const from = inputTensors.map(placeOf);
        const to =
          'layers' in layer
            ? this.open(layer as tf.LayersModel, from)
            : [this.steps.push({ layer, inputs: from, inputShapes: inputTensors.map(({ shape }) => shape) }) - 1];
        outputTensors.forEach((output, index) => {
          places.set(output.id, to[index]!);
        });
      }
      return places.get(id)!;
    };
    return graph.outputs.map(placeOf);
  }

  /**
   * The places, first to last, up to which everything is frozen and after which nothing looks back: what comes out there
   * can be kept. The layer at the place itself is included.
   */
  cuts(): number[] {
    const { steps } = this;
    const frozen = [...steps.keys()].slice(this.augmentations, this.firstChanging());
    let weights = 0;
    return frozen.filter((cut) => {
      const { layer } = steps[cut]!;
      weights += layer.countParams();
      return (
        weights >= WEIGHTS_WORTH_KEEPING &&
        !RESHAPING.includes(layer.getClassName()) &&
        steps.slice(cut + 1).every(({ inputs }) => inputs.every((input) => input >= cut))
      );
    });
  }

  /**
   * Whether what comes after this place gives the same to the last bit when it is computed by itself. TensorFlow may compute
   * a convolution and the BatchNormalization after it as one.
   */
  isSeam(place: number): boolean {
    return !(
      /Conv|Dense/.test(this.steps[place]?.layer.getClassName() ?? '') &&
      this.steps.some(({ layer, inputs }) => inputs.includes(place) && layer.getClassName() === 'BatchNormalization')
    );
  }

  /** How many weights are frozen of those that the model begins with, but for its augmentation and `preprocessInput`. */
  get frozenWeights(): number {
    const frozen = this.steps
      .slice(this.augmentations, this.firstChanging())
      .filter(({ layer }) => !layer.trainable && layer.name !== 'preprocess_input');
    return frozen.reduce((sum, { layer }) => sum + layer.countParams(), 0);
  }

  /** The place of the first step after the augmentation that trains or is random; the number of steps where none is. */
  private firstChanging(): number {
    return this.firstFrom(this.augmentations, isChanging);
  }

  /** The place of the first step after `place` that changes in training once it is thawed; the number of steps where none does. */
  firstThawable(place: number): number {
    return this.firstFrom(place + 1, (layer) => isRandom(layer) || layer.weights.length > 0);
  }

  private firstFrom(place: number, test: (layer: tf.layers.Layer) => boolean): number {
    const found = this.steps.findIndex(({ layer }, index) => index >= place && test(layer));
    return found === -1 ? this.steps.length : found;
  }

  /** The name of the first layer after the augmentation that trains or is random. */
  get changing(): string | undefined {
    return this.steps[this.firstChanging()]?.layer.name;
  }

  /** The place of the last step. */
  get end(): number {
    return this.steps.length - 1;
  }

  /** @throws Error when the model takes pictures of another size. */
  checkPictures(imageSize: number[]): void {
    const size = this.inputShape.slice(1, 3);
    if (size.some((length, axis) => length !== null && length !== imageSize[axis])) {
      throw new Error(
        `Expected pictures of the size that the model takes: [${size}]. Received: imageSize=[${imageSize}]`,
      );
    }
  }

  /** The shape of what comes out at each place, given the shape of a picture. */
  shapes(pictureShape: number[]): number[][] {
    const shapes: tf.Shape[] = [];
    for (const { layer, inputs } of this.steps) {
      const from = inputs.map((place) => (place === MODEL_INPUT ? [null, ...pictureShape] : shapes[place]!));
      shapes.push(layer.computeOutputShape(from.length === 1 ? from[0]! : from) as tf.Shape);
    }
    return shapes.map((shape) => shape.slice(1).map(Number));
  }

  /**
   * The steps after place `from`, up to and with place `to`, as a model of its own that shares the layers. It takes what
   * comes out at `from`, of shape `inputShape`. Call `release` on it when done.
   */
  segment(from: number, to: number, inputShape: number[]): Segment {
    const input = tf.input({ shape: inputShape, name: 'segment_input' });
    const places = new Map([[from, input]]);
    const applied = this.steps.slice(from + 1, to + 1).map(({ layer, inputs }, index) => {
      const tensors = inputs.map((place) => places.get(place)!);
      const output = layer.apply(tensors.length === 1 ? tensors[0]! : tensors) as tf.SymbolicTensor;
      places.set(from + 1 + index, output);
      return { layer, node: layer.inboundNodes.at(-1)! };
    });
    const model = tf.model({ inputs: input, outputs: places.get(to)!, name: 'segment' });
    const release = () => {
      model.dispose();
      // The layers are the user's: leave them as if they had never been called here.
      for (const { layer, node } of applied) {
        remove(layer.inboundNodes, node);
        for (const source of node.inboundLayers) remove(source.outboundNodes, node);
      }
    };
    return { model, release };
  }
}

function remove<T>(items: T[], item: T): void {
  items.splice(items.indexOf(item), 1);
}

/** A part of a model, and how to take the part off its layers again. */
export interface Segment {
  model: tf.LayersModel;
  release: () => void;
}
