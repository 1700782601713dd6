import { hidden } from '../patch';
import * as tf from '../raw';
import { namedGradients, type Slot, slotAt } from './named_gradients';
import { type Gradients, type OptimizerRecord, withSettings } from './optimizer_record';

/*
 * tfjs takes a step of RMSprop in a dozen operations, each of which makes an array as large as the weights. Here
 * TensorFlow takes it in one, in place, to the same weights but for rounding: a seventh of the time. And a centered one
 * takes epsilon away under the root where Keras adds it: NaN where there is no gradient.
 */

/** The name that makes a resource variable nobody else's. Source: ANONYMOUS_NAME in tensorflow/core/framework. */
const ANONYMOUS = 'cd2c89b7-88b7-44c8-ad83-06c2a9158347';

/** What tfjs hides. */
interface RMSProp {
  learningRate: number;
  decay: number;
  momentum: number;
  epsilon: number;
  centered: boolean;
  accumulatedMeanSquares: Slot[];
  accumulatedMoments: Slot[];
  accumulatedMeanGrads: Slot[];
  incrementIterations(): void;
}

/**
 * Lets an operation change variables where they lie: for as long as it runs, their arrays belong to resource variables of
 * TensorFlow's, which are what it is given. An array that is some other tensor's, too, is copied first.
 */
function changeInPlace(variables: tf.Variable[], change: (handles: tf.Tensor[]) => void): void {
  const backend = tf.nodeBackend();
  const { TF_ATTR_STRING, TF_ATTR_SHAPE, TF_ATTR_BOOL } = backend.binding;
  const dtype = tf.createTensorsTypeOpAttr('dtype', 'float32');
  tf.tidy(() => {
    const handles = variables.map((variable) => {
      const attributes = [
        { name: 'container', type: TF_ATTR_STRING, value: '' },
        { name: 'shared_name', type: TF_ATTR_STRING, value: ANONYMOUS },
        dtype,
        { name: 'shape', type: TF_ATTR_SHAPE, value: variable.shape },
      ];
      const handle = backend.executeSingleOutput('VarHandleOp', attributes, []);
      backend.executeMultipleOutputs('AssignVariableOp', [dtype], [handle, variable], 0);
      return handle;
    });
    // As in tf.Variable.assign(), but that what comes in comes later.
    for (const variable of variables) tf.engine().disposeTensor(variable);
    try {
      change(handles);
    } finally {
      for (const [index, variable] of variables.entries()) {
        variable.dataId = backend.executeSingleOutput('ReadVariableOp', [dtype], [handles[index]!]).dataId;
        tf.engine().incRef(variable, null as never);
        const lenient = [{ name: 'ignore_lookup_error', type: TF_ATTR_BOOL, value: true }];
        backend.executeMultipleOutputs('DestroyResourceOp', lenient, [handles[index]!], 0);
      }
    }
  });
}

function stepInPlace(optimizer: RMSProp, gradients: Gradients): void {
  for (const [place, { name, value, gradient }] of namedGradients(gradients).entries()) {
    const slots = [
      slotAt(optimizer.accumulatedMeanSquares, place, `${name}/rms`, value),
      slotAt(optimizer.accumulatedMoments, place, `${name}/momentum`, value),
    ];
    if (!gradient) continue; // A variable may have no gradient.
    changeInPlace([value, ...slots], (handles) => {
      const { learningRate, decay, momentum, epsilon } = optimizer;
      const settings = [learningRate, decay, momentum, epsilon].map((setting) => tf.scalar(setting));
      const type = tf.createTensorsTypeOpAttr('T', 'float32');
      tf.nodeBackend().executeMultipleOutputs('ResourceApplyRMSProp', [type], [...handles, ...settings, gradient], 0);
    });
  }
  optimizer.incrementIterations();
}

/** Those that add epsilon to the root rather than under it, as the legacy ones of Keras 2 do where they have no momentum. */
const addsToRoot = new WeakSet<tf.Optimizer>();

function stepWithRoot(optimizer: RMSProp, gradients: Gradients): void {
  const { learningRate, decay, epsilon, centered } = optimizer;
  const average = (slot: tf.Variable, value: tf.Tensor) => slot.assign(slot.mul(decay).add(value.mul(1 - decay)));
  tf.tidy(() => {
    for (const [place, { name, value, gradient }] of namedGradients(gradients).entries()) {
      const squares = slotAt(optimizer.accumulatedMeanSquares, place, `${name}/rms`, value);
      // tfjs keeps it, whether there is a momentum or not.
      slotAt(optimizer.accumulatedMoments, place, `${name}/momentum`, value);
      const means = centered && slotAt(optimizer.accumulatedMeanGrads, place, `${name}/mg`, value);
      if (!gradient) continue;
      average(squares, gradient.square());
      if (means) average(means, gradient);
      const variance = means ? squares.sub(means.square()).relu() : squares;
      value.assign(value.sub(gradient.mul(learningRate).div(variance.sqrt().add(epsilon))));
    }
  });
  optimizer.incrementIterations();
}

/** RMSprop. */
export const rmsprop: OptimizerRecord = {
  optimizerClass: tf.RMSPropOptimizer,
  keras: {
    className: 'RMSprop',
    learningRate: 1e-3,
    settings: {
      learningRate: 'learning_rate',
      decay: 'rho',
      momentum: 'momentum',
      epsilon: 'epsilon',
      centered: 'centered',
    },
    build({ rho, momentum, epsilon, centered, decay }, learningRate) {
      const optimizer = tf.train.rmsprop(learningRate, rho, momentum, epsilon, Boolean(centered));
      // Only the legacy ones have a decay, even where it is 0.
      if (decay !== undefined && !momentum) addsToRoot.add(optimizer);
      return optimizer;
    },
  },
  slots: ({ momentum, centered }) => ({
    kinds: centered ? 3 : 2,
    kept: [0, ...(Number(momentum) > 0 ? [1] : []), ...(centered ? [2] : [])],
  }),
  step: (step) =>
    function (gradients) {
      const settings = hidden<RMSProp>(this);
      const { epsilon, centered } = settings;
      if (addsToRoot.has(this)) stepWithRoot(settings, gradients);
      else if (centered) withSettings(this, { epsilon: -epsilon }, () => tf.tidy(() => step.call(this, gradients)));
      else if (tf.getBackend() === 'tensorflow') stepInPlace(settings, gradients);
      else step.call(this, gradients);
    },
};
