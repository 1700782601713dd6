import * as tf from '../raw';

/*
 * tfjs takes a step of RMSprop in a dozen operations, each of which makes an array as large as the weights. Importing
 * Thaw has TensorFlow take it in one, in place, to the same weights but for rounding: a seventh of the time.
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

type Gradients = Parameters<tf.Optimizer['applyGradients']>[0];

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

const prototype = tf.RMSPropOptimizer.prototype as unknown as {
  applyGradients(this: RMSProp, gradients: Gradients): void;
};
const { applyGradients } = prototype;

prototype.applyGradients = function (gradients) {
  if (tf.getBackend() !== 'tensorflow' || this.centered) return applyGradients.call(this, gradients);
  const named = Array.isArray(gradients)
    ? gradients
    : Object.entries(gradients).map(([name, tensor]) => ({ name, tensor: tensor as tf.Tensor | undefined }));
  for (const [place, { name, tensor: gradient }] of named.entries()) {
    const value = tf.engine().registeredVariables[name]!;
    const slot = (kind: string) => ({
      originalName: `${name}/${kind}`,
      variable: tf.tidy(() => tf.zerosLike(value).variable(false)),
    });
    this.accumulatedMeanSquares[place] ??= slot('rms');
    this.accumulatedMoments[place] ??= slot('momentum');
    if (!gradient) continue; // A variable may have no gradient.
    const slots = [this.accumulatedMeanSquares[place], this.accumulatedMoments[place]].map(({ variable }) => variable);
    changeInPlace([value, ...slots], (handles) => {
      const settings = [this.learningRate, this.decay, this.momentum, this.epsilon].map((setting) =>
        tf.scalar(setting),
      );
      const type = tf.createTensorsTypeOpAttr('T', 'float32');
      tf.nodeBackend().executeMultipleOutputs('ResourceApplyRMSProp', [type], [...handles, ...settings, gradient], 0);
    });
  }
  this.incrementIterations();
};
