import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { loadWeights } from '../saving/load_weights';
import { ModelFileError } from '../saving/model_file_error';
import * as tf from '../tf';
import { checkOptions, type OptionNames } from '../utils/check_options';
import { shown } from '../utils/shown';
import { type ApplicationLayers, applicationLayers, type KernelInitializers } from './application_layers';
import { type DecodePredictions, decodePredictions } from './decode_predictions';
import { imagenetWeights, type PretrainedFile } from './imagenet_weights';
import { type ImageShape, obtainInputShape } from './obtain_input_shape';
import type { PreprocessInput } from './preprocess_input';

/** The name of an activation, as tfjs's layers take it. */
export type Activation = Parameters<typeof tf.layers.activation>[0]['activation'];

/** The arguments of every network. */
export interface ApplicationArgs {
  /** 'imagenet', null for random weights, or the path of a Keras HDF5 file. Defaults to 'imagenet'. */
  weights?: 'imagenet' | (string & {}) | null;
  /** Whether to end in the layers that classify. Defaults to true. */
  includeTop?: boolean;
  /** Height, width and channels. Defaults to the size the network was trained at with the top, to any size without. */
  inputShape?: ImageShape;
  /** Without the top: pool the last feature maps to one number each. Defaults to no pooling. */
  pooling?: 'avg' | 'max';
  /** With the top: how many classes. Defaults to 1000. */
  classes?: number;
  /** With the top: its activation, null for logits. Defaults to 'softmax', the only other one with pretrained weights. */
  classifierActivation?: Activation | null;
  /** Name of the model. Defaults to Keras's. */
  name?: string;
  /** Seed of the random weights when `weights` is null. Defaults to 0. */
  seed?: number;
}

const OF_EVERY_NETWORK: OptionNames<ApplicationArgs> = {
  weights: true,
  includeTop: true,
  inputShape: true,
  pooling: true,
  classes: true,
  classifierActivation: true,
  name: true,
  seed: true,
};

/** A network: a function that builds it, with what belongs to its inputs and outputs. */
export interface Application<Args extends ApplicationArgs = ApplicationArgs> {
  (args?: Args): Promise<tf.LayersModel>;
  /** Makes of pictures what the network was trained on. */
  preprocessInput: PreprocessInput;
  /** Names the classes that the network sees, where it has its ImageNet top. */
  decodePredictions: DecodePredictions;
}

/** What tells one network from another. */
export interface Architecture {
  /** The model's name, unless the arguments give one. */
  name: string;
  /** Height and width that the network was trained at. */
  defaultSize: number;
  /** The least height and width. */
  minSize: number;
  /** Whether the top takes pictures of any size, ImageNet's weights or not. Defaults to false. */
  anySize?: boolean;
  /** Its ImageNet weights. */
  pretrained: (includeTop: boolean) => PretrainedFile;
  /** How kernels are drawn where they are random. */
  kernels?: KernelInitializers;
  /** All layers but the top. */
  features: (x: tf.SymbolicTensor, layers: ApplicationLayers) => tf.SymbolicTensor;
  /** The top, which ends in a layer of these arguments. */
  top: (x: tf.SymbolicTensor, layers: ApplicationLayers, predictions: Predictions) => tf.SymbolicTensor;
  /** The names of the pooling layers that `pooling` adds. Defaults to Keras's automatic ones. */
  pools?: { avg: string; max: string };
  /** What comes last without the top, pooled or not. Defaults to nothing. */
  last?: (x: tf.SymbolicTensor, layers: ApplicationLayers) => tf.SymbolicTensor;
}

/** The arguments of the layer that gives the predictions. */
export interface Predictions {
  name: string;
  units: number;
  activation: Activation;
}

/** The top of most networks: global average pooling and one dense layer. */
export const averageTop =
  (poolName = 'avg_pool'): Architecture['top'] =>
  (x, { globalAveragePooling2d, dense }, predictions) =>
    dense(predictions)(globalAveragePooling2d({ name: poolName })(x));

function checkArguments(args: ApplicationArgs): void {
  const { weights = 'imagenet', includeTop = true, pooling, classes = 1000, classifierActivation } = args;
  if (weights !== 'imagenet' && weights !== null && !existsSync(weights)) {
    throw new Error(
      'The `weights` argument should be either null (random initialization), ' +
        "'imagenet' (pre-training on ImageNet), or the path to the weights file to be loaded. " +
        `Received: weights=${shown(String(weights))}`,
    );
  }
  if (includeTop && !(Number.isInteger(classes) && classes > 0)) {
    throw new Error(`\`classes\` should be a positive integer. Received: classes=${classes}`);
  }
  if (weights === 'imagenet' && includeTop && classes !== 1000) {
    throw new Error(
      "If using `weights: 'imagenet'` with `includeTop: true`, `classes` should be 1000. " +
        `Received: classes=${classes}`,
    );
  }
  if (pooling !== undefined && pooling !== 'avg' && pooling !== 'max') {
    throw new Error(`The \`pooling\` argument should be 'avg', 'max' or undefined. Received: pooling=${pooling}`);
  }
  if (includeTop && weights !== null && ![undefined, null, 'softmax', 'linear'].includes(classifierActivation)) {
    throw new Error(
      'Only null and `softmax` activations are allowed for the `classifierActivation` argument when using pretrained ' +
        `weights, with \`includeTop: true\`. Received: classifierActivation=${classifierActivation}`,
    );
  }
}

/** Of some of the ImageNet files no hash is known: that they are damaged shows only when they are read. */
function withRemedy(error: ModelFileError): ModelFileError {
  const { path } = error;
  const remedy = `Delete ${shown(path)}, and ${shown(basename(path))} in the folder of assets if it came from there; then run this again.`;
  return new ModelFileError(`${error.message}\n${remedy}`, path, { cause: error });
}

async function build(args: ApplicationArgs, architecture: Architecture): Promise<tf.LayersModel> {
  const { weights = 'imagenet', includeTop = true, inputShape, pooling, classes = 1000, seed = 0 } = args;
  const { classifierActivation = 'softmax', name = architecture.name } = args;
  const { defaultSize, minSize } = architecture;
  const shape = obtainInputShape({
    ...(inputShape && { inputShape }),
    defaultSize,
    minSize,
    requireFlatten: includeTop && !architecture.anySize,
    weights,
  });
  const layers = applicationLayers(weights === null ? seed : undefined, architecture.kernels);
  const inputs = tf.input({ shape, name: 'input_layer' });
  let x = architecture.features(inputs, layers);
  if (includeTop) {
    const activation = classifierActivation ?? 'linear';
    x = architecture.top(x, layers, { name: 'predictions', units: classes, activation });
  } else if (pooling === 'avg') {
    x = layers.globalAveragePooling2d({ name: architecture.pools?.avg ?? 'global_average_pooling2d' })(x);
  } else if (pooling === 'max') {
    x = layers.globalMaxPooling2d({ name: architecture.pools?.max ?? 'global_max_pooling2d' })(x);
  }
  if (!includeTop && architecture.last) x = architecture.last(x, layers);
  const model = tf.model({ inputs, outputs: x, name });
  if (weights !== null) {
    try {
      const path = weights === 'imagenet' ? await imagenetWeights(architecture.pretrained(includeTop)) : weights;
      await loadWeights(model, path);
    } catch (error) {
      model.dispose();
      throw weights === 'imagenet' && error instanceof ModelFileError ? withRemedy(error) : error;
    }
  }
  return model;
}

/**
 * A function that builds a network as the functions of `keras.applications` do: checks the arguments, adds the layers,
 * loads the weights. It takes pictures [batch, height, width, 3] from its `preprocessInput`; it gives [batch, height',
 * width', channels] without the top, [batch, channels] when pooled, [batch, classes] with the top, which its
 * `decodePredictions` names.
 *
 * It throws an Error when an argument is unknown, the arguments contradict each other or the weights can't be had, and a
 * ModelFileError when a file of weights is damaged or another network's.
 *
 * @param architecture The network that the arguments ask for.
 * @param own The names of the arguments that it has besides those of every network.
 */
export function application<Args extends ApplicationArgs = ApplicationArgs>(
  preprocessInput: PreprocessInput,
  architecture: (args: Args) => Architecture,
  own?: OptionNames<Omit<Args, keyof ApplicationArgs>>,
): Application<Args> {
  const network = async (args?: Args) => {
    const given = args ?? ({} as Args);
    checkOptions<ApplicationArgs>('this network', given, { ...OF_EVERY_NETWORK, ...own });
    checkArguments(given);
    return build(given, architecture(given));
  };
  return Object.assign(network, { preprocessInput, decodePredictions });
}
