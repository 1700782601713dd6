import { activationsInOneOperation } from './activations';
import { frozenBatchNormalization } from './batch_normalization';
import { kerasCompile } from './compile';
import { croppingOfUnknownSize } from './cropping_2d';
import { rememberedLogits } from './crossentropy';
import { restoredEarlyStopping } from './early_stopping';
import { predictAsOneGraph } from './graph/predict';
import { interruptibleFit } from './interruptible_fit';
import { kerasDefaults } from './keras_defaults';
import { kerasNames } from './keras_names';
import { plainLayerNormalization } from './layer_normalization';
import { kerasSteps } from './optimizers';
import { lastingSlots } from './optimizers/optimizer_slots';
import type { Reason } from './patch';
import { levelL1, regularizationCounts } from './regularization';
import { reshapeOfKnownSize } from './reshape';
import { resumableFit } from './resumable_fit';
import { kerasSampleWeights } from './sample_weights';
import { depthwiseConfigs, dilatedConvolutions } from './separable_conv_2d';
import { knownTwins } from './sequential_twin';
import { softmaxAlongLastAxis } from './softmax';
import { kerasSummary } from './summary';
import { terminateOnNaN } from './terminate_on_nan';
import { kerasTrainable, kerasTrainFunction } from './trainable';
import { countedWeights } from './weight_budget';
import { wholeDispose } from './whole_dispose';

/** A change to tfjs. */
export interface Change extends Reason {
  /** Makes it. */
  make: (reason: Reason) => void;
}

/**
 * All that importing Thaw changes in tfjs, in the order in which it is done; docs/tfjs_changes.md is made of it. Each change
 * reaches every model of the process, whoever builds it. The last two both wrap `fit`: `BackupAndRestore` must know the
 * arguments before a training that can be interrupted begins.
 */
// biome-ignore format: a line each
export const CHANGES: readonly Change[] = [
  { what: 'cross-entropy from logits', why: 'tfjs clips what a sigmoid or softmax gives: where that saturates there is no gradient, and nothing is learned', upstream: null, make: rememberedLogits },
  { what: 'losses and metrics of class numbers, as in Keras', why: "tfjs's sparse categorical cross-entropy throws on whole numbers, `accuracy` goes by the loss whatever the labels are, and `sparseCategoricalAccuracy` isn't known", upstream: null, make: kerasCompile },
  { what: 'relu6, swish and the gradient of relu in one operation', why: 'tfjs takes three to six, each over all of the memory: a fifth of the time of a MobileNet', upstream: null, make: activationsInOneOperation },
  { what: 'a frozen BatchNormalization keeps to its moving statistics', why: "tfjs's takes the batch's in training and moves its own; without scale or centre it can't train", upstream: null, make: frozenBatchNormalization },
  { what: 'LayerNormalization over any axes', why: "tfjs's is a batch normalisation of tensors stretched to the size of its input, for four axes at most, and takes the axes' weights in another order than Keras", upstream: null, make: plainLayerNormalization },
  { what: 'a Reshape to [-1, n] has a known size', why: 'tfjs leaves it open, so that no Dense or Flatten can follow', upstream: null, make: reshapeOfKnownSize },
  { what: 'a Cropping2D of any size gives any size', why: 'tfjs takes an unknown size for 0, and crops it to less', upstream: null, make: croppingOfUnknownSize },
  { what: 'SeparableConv2D and DepthwiseConv2D tell their settings', why: "tfjs leaves out a depth multiplier, and gives a regularizer for a constraint: a model that is saved so is another one", upstream: null, make: depthwiseConfigs },
  { what: 'dilated convolutions compute on every processor, and train', why: 'TensorFlow dilates depthwise convolutions where oneDNN is on, and throws elsewhere; tfjs derives no dilated convolution, and a DepthwiseConv2D forgets its dilation', upstream: null, make: dilatedConvolutions },
  { what: 'a Softmax along another axis than the last is refused', why: "tfjs can't compute it, and says so at the first prediction only, without the layer's name", upstream: null, make: softmaxAlongLastAxis },
  { what: 'no more weights than the file has', why: 'tfjs makes whatever weights and states the architecture in a file asks for, as its initializers say: gigabytes, or for ever, for a hostile one', upstream: null, make: countedWeights },
  { what: '`dispose()` frees all', why: 'tfjs leaves a layer that is called twice, the states and masks of recurrent layers, and a tensor of momentum', upstream: null, make: wholeDispose },
  { what: 'a Sequential is known by its twin', why: 'tfjs trains a Sequential through a functional twin, and shows callbacks that one only', upstream: null, make: knownTwins },
  { what: 'RMSprop, Adam and SGD with momentum step as in Keras', why: "tfjs's centered RMSprop gives NaN without a gradient, its Adam has another epsilon, its momentum sums up gradients, not steps; and RMSprop takes a dozen operations", upstream: null, make: kerasSteps },
  { what: 'an optimizer keeps each variable in its own place', why: "tfjs goes by a variable's position among those trained: after freezing or thawing it takes one's memory for another's", upstream: null, make: lastingSlots },
  { what: '`trainable` freezes as in Keras', why: 'tfjs leaves out models within a model, thaws all that is in a Sequential when it is built, and thaws no layer by itself', upstream: 'tensorflow/tfjs#673', make: kerasTrainable },
  { what: 'what is frozen after `compile` is told', why: 'tfjs tells it only where the number of weights has changed, and throws where nothing trains', upstream: null, make: kerasTrainFunction },
  { what: 'regularisation counts in evaluation', why: 'tfjs adds it in training alone: `val_loss` and `evaluate` are another quantity, of the first output only where there are several. It also counts it for what is frozen, and for a shared layer as often as that is called', upstream: null, make: regularizationCounts },
  { what: 'an L1 penalty leaves what is 0 as it is', why: "tfjs's absolute value has the gradient -1 at 0: biases, which begin there, move", upstream: null, make: levelL1 },
  { what: "`summary()` prints Keras's table", why: "tfjs's has other columns and names", upstream: null, make: kerasSummary },
  { what: "a layer's defaults are Keras's", why: "tfjs begins with Glorot's normal kernels, where Keras's are uniform, gates recurrent layers by a hard sigmoid, and its Softmax goes along axis 1", upstream: null, make: kerasDefaults },
  { what: "layers and models without a name get Keras's", why: "tfjs calls them `dense_Dense1`, `input1`, `model1`: other names in `summary()` and in files than Keras gives", upstream: null, make: kerasNames },
  { what: 'a convnet predicts as one graph', why: "tfjs goes operation by operation: a MobileNet takes 1.46 of Keras's time, as one graph 0.55", upstream: 'tensorflow/tfjs#628', make: predictAsOneGraph },
  { what: 'EarlyStopping is told of the epochs before a backup', why: 'what it remembers of them is not in the backup: it would count its patience anew', upstream: null, make: restoredEarlyStopping },
  { what: 'a training whose loss is NaN or infinite stops', why: 'tfjs goes on to the last epoch, with weights that are lost', upstream: null, make: terminateOnNaN },
  { what: 'samples and classes weigh as in Keras', why: "tfjs knows no `sampleWeight`, drops that of a dataset in silence, throws at a class that `classWeight` doesn't name, and weighs some outputs wrongly", upstream: null, make: kerasSampleWeights },
  { what: 'SIGINT ends a training after its batch', why: "a `fit` on tensors gives the event loop no turn, and tfjs keeps each epoch's logs as tensors", upstream: null, make: interruptibleFit },
  { what: 'a training looks for its backup', why: 'tfjs asks no callback from which epoch to go on', upstream: null, make: resumableFit },
];

for (const change of CHANGES) change.make(change);
