import { hidden } from '../patch';
import * as tf from '../raw';
import { type Gradients, type OptimizerRecord, withSettings } from './optimizer_record';

/*
 * tfjs takes a step of RMSprop in a dozen operations, each of which makes an array as large as the weights. Here
 * TensorFlow takes it in one, in place, to the same weights but for rounding: a seventh of the time. And a centered one
 * takes epsilon away under the root where Keras adds it: NaN where there is no gradient.
 */

/** The name that makes a resource variable nobody else's. Source: ANONYMOUS_NAME in tensorflow/core/framework. */
const ANONYMOUS = 'cd2c89b7-88b7-44c8-ad83-06c2a9158347';

interface Slot {
  originalName: string;
  variable: tf.Variable;
}

/** What tfjs hides. */
interface RMSProp {
  learningRate: number;
  decay: number;
  momentum: number;
  epsilon: number;
  centered: boolean;
  accumulatedMeanSquares: Slot[];
  accumulatedMoments: Slot[];
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
  const named = Array.isArray(gradients)
    ? gradients
    : Object.entries(gradients).map(([name, tensor]) => ({ name, tensor: tensor as tf.Tensor | undefined }));
  for (const [place, { name, tensor: gradient }] of named.entries()) {
    const value = tf.engine().registeredVariables[name]!;
    const slot = (kind: string) => ({
      originalName: `${name}/${kind}`,
      variable: tf.tidy(() => tf.zerosLike(value).variable(false)),
    });
    optimizer.accumulatedMeanSquares[place] ??= slot('rms');
    optimizer.accumulatedMoments[place] ??= slot('momentum');
    if (!gradient) continue; // A variable may have no gradient.
    const slots = [optimizer.accumulatedMeanSquares[place], optimizer.accumulatedMoments[place]];
    changeInPlace([value, ...slots.map(({ variable }) => variable)], (handles) => {
      const { learningRate, decay, momentum, epsilon } = optimizer;
      const settings = [learningRate, decay, momentum, epsilon].map((setting) => tf.scalar(setting));
      const type = tf.createTensorsTypeOpAttr('T', 'float32');
      tf.nodeBackend().executeMultipleOutputs('ResourceApplyRMSProp', [type], [...handles, ...settings, gradient], 0);
    });
  }
  optimizer.incrementIterations();
}

/** RMSprop. */
export const rmsprop: OptimizerRecord = {
  optimizerClass: tf.RMSPropOptimizer,
  keras: {
    className: 'RMSprop',
    settings: {
      learningRate: 'learning_rate',
      decay: 'rho',
      momentum: 'momentum',
      epsilon: 'epsilon',
      centered: 'centered',
    },
    build: ({ rho, momentum, epsilon, centered }, learningRate) =>
      tf.train.rmsprop(learningRate, rho, momentum, epsilon, Boolean(centered)),
  },
  slots: ({ momentum, centered }) => ({
    kinds: centered ? 3 : 2,
    kept: [0, ...(Number(momentum) > 0 ? [1] : []), ...(centered ? [2] : [])],
  }),
  step: (step) =>
    function (gradients) {
      const settings = hidden<RMSProp>(this);
      const { epsilon, centered } = settings;
      if (centered) withSettings(this, { epsilon: -epsilon }, () => tf.tidy(() => step.call(this, gradients)));
      else if (tf.getBackend() === 'tensorflow') stepInPlace(settings, gradients);
      else step.call(this, gradients);
    },
};
