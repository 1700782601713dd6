import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import type { Change } from '../../src/tfjs';
import { hidden } from '../../src/tfjs/patch';
import * as tf from '../../src/tfjs/raw';
import { untwinned } from '../../src/tfjs/sequential_twin';
import { withWeightBudget } from '../../src/tfjs/weight_budget';

/*
 * What each change is for, tried in tfjs alone and then with Thaw: where tfjs alone gives what Thaw gives, the change can go.
 */

interface Probe {
  /** Tries it. */
  probe: () => unknown;
  /** What comes of it in tfjs alone. */
  alone: unknown;
  /** What comes of it with Thaw, as in Keras. */
  thaw: unknown;
}

/** The operations that TensorFlow is asked for, with their settings, while `compute` runs. */
function operations(compute: () => unknown): { op: string; settings: Record<string, unknown> }[] {
  const backend = tf.nodeBackend();
  const { executeSingleOutput } = backend;
  const seen: { op: string; settings: Record<string, unknown> }[] = [];
  backend.executeSingleOutput = (op, attributes, inputs) => {
    seen.push({ op, settings: Object.fromEntries(attributes.map(({ name, value }) => [name, value])) });
    return executeSingleOutput.call(backend, op, attributes, inputs);
  };
  try {
    tf.tidy(() => void compute());
  } finally {
    Object.assign(backend, { executeSingleOutput });
  }
  return seen;
}

const count = (compute: () => unknown) => operations(compute).length;
const value = (tensor: tf.Tensor) => Math.round(tensor.dataSync()[0]! * 1e4) / 1e4;
const dense = (args: Partial<Parameters<typeof tf.layers.dense>[0]> = {}) =>
  tf.layers.dense({ units: 1, useBias: false, kernelInitializer: 'ones', inputShape: [1], ...args });
const one = tf.tensor2d([[1]]);

/** What comes of `fit` on one number, and what it tells on the way. */
async function fit(model: tf.LayersModel, callbacks: unknown[] = []): Promise<{ outcome: string; told: string[] }> {
  const told: string[] = [];
  const { warn } = console;
  console.warn = (text: string) => told.push(text);
  try {
    await model.fit(one, one, { verbose: 0, callbacks: callbacks as tf.Callback[] });
    return { outcome: 'trained', told };
  } catch (error) {
    return { outcome: (error as Error).message, told };
  } finally {
    console.warn = warn;
  }
}

function compiled(layer = dense()): tf.Sequential {
  const model = tf.sequential({ layers: [layer] });
  model.compile({ optimizer: tf.train.sgd(0.1), loss: 'meanSquaredError' });
  return model;
}

const probes: Record<string, Probe> = {
  'cross-entropy from logits': {
    probe: () => {
      const model = tf.sequential({ layers: [dense({ activation: 'sigmoid' })] });
      model.compile({ optimizer: 'sgd', loss: 'binaryCrossentropy' });
      return Math.round(value(model.evaluate(tf.tensor2d([[100]]), tf.tensor2d([[0]])) as tf.Scalar));
    },
    alone: 16,
    thaw: 100,
  },
  'losses and metrics of class numbers, as in Keras': {
    probe: () => {
      const model = tf.sequential({ layers: [tf.layers.softmax({ inputShape: [2] })] });
      const labels = tf.tensor2d([[0]], [1, 1], 'int32');
      try {
        model.compile({ optimizer: 'sgd', loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] });
        return (model.evaluate(tf.tensor2d([[0, 100]]), labels) as tf.Scalar[]).map(value);
      } catch (error) {
        return (error as Error).message;
      }
    },
    alone: "Argument 'x' passed to 'floor' must be float32 tensor, but got int32 tensor",
    thaw: [100, 0],
  },
  'relu6, swish and the gradient of relu in one operation': {
    probe: () => {
      const apply = (activation: 'relu6' | 'swish') => () => tf.layers.activation({ activation }).apply(one);
      return [count(apply('relu6')), count(apply('swish')), count(tf.grad((x) => tf.relu(x)).bind(null, one))];
    },
    alone: [2, 3, 8],
    thaw: [1, 2, 2],
  },
  'a frozen BatchNormalization keeps to its moving statistics': {
    probe: () => {
      const layer = tf.layers.batchNormalization({ trainable: false, inputShape: [1] });
      const output = layer.apply(tf.tensor2d([[1], [3]]), { training: true }) as tf.Tensor;
      return [value(output), value(layer.getWeights()[2]!)];
    },
    alone: [-0.9995, 0.02],
    thaw: [0.9995, 0],
  },
  'LayerNormalization over any axes': {
    probe: () => {
      const layer = tf.layers.layerNormalization({ axis: [3, 1] });
      layer.build([null, 2, 3, 4]);
      return layer.weights.map(({ shape }) => shape);
    },
    alone: [
      [4, 2],
      [4, 2],
    ],
    thaw: [
      [2, 4],
      [2, 4],
    ],
  },
  'a Reshape to [-1, n] has a known size': {
    probe: () => tf.layers.reshape({ targetShape: [-1, 2] }).computeOutputShape([null, 4, 3]),
    alone: [null, null, 2],
    thaw: [null, 6, 2],
  },
  'a Cropping2D of any size gives any size': {
    probe: () => tf.layers.cropping2D({ cropping: 1 }).computeOutputShape([null, null, 9, 3]),
    alone: [null, -2, 7, 3],
    thaw: [null, null, 7, 3],
  },
  'SeparableConv2D and DepthwiseConv2D tell their settings': {
    probe: () => {
      const { depthMultiplier } = tf.layers
        .separableConv2d({ filters: 1, kernelSize: 1, depthMultiplier: 2 })
        .getConfig();
      const depthwiseConstraint = tf.constraints.nonNeg();
      const config = tf.layers.depthwiseConv2d({ kernelSize: 1, depthwiseConstraint }).getConfig();
      return [depthMultiplier, (config.depthwiseConstraint as { className: string } | null)?.className];
    },
    alone: [undefined, undefined],
    thaw: [2, 'NonNeg'],
  },
  'dilated convolutions compute on every processor, and train': {
    probe: () => {
      const layer = tf.layers.separableConv2d({ filters: 1, kernelSize: 2, dilationRate: 2 });
      const seen = operations(() => layer.apply(tf.ones([1, 5, 5, 1])));
      const depthwise = tf.layers.depthwiseConv2d({ kernelSize: 2, dilationRate: 2 });
      const conv = tf.layers.conv2d({ filters: 1, kernelSize: 2, dilationRate: 2, kernelInitializer: 'ones' });
      const derive = (x: tf.Tensor) => tf.grad((maps) => conv.apply(maps, { training: true }) as tf.Tensor)(x);
      let slope: unknown;
      try {
        slope = value(derive(tf.ones([1, 3, 3, 1])));
      } catch (error) {
        slope = (error as Error).message.slice(0, 26);
      }
      return [
        seen.find(({ op }) => op === 'DepthwiseConv2dNative')!.settings.dilations,
        depthwise.computeOutputShape([null, 5, 5, 1]),
        slope,
      ];
    },
    alone: [[1, 2, 2, 1], [null, 4, 4, 1], 'Error in gradient of fused'],
    thaw: [[1, 1, 1, 1], [null, 3, 3, 1], 1],
  },
  'a Softmax along another axis than the last is refused': {
    probe: () => {
      try {
        return tf.layers.softmax({ axis: 1, name: 'sideways' }).computeOutputShape([null, 3, 4]);
      } catch (error) {
        return (error as Error).message;
      }
    },
    alone: [null, 3, 4],
    thaw: "Expected the layer 'sideways' to go along the last axis, -1. Received: axis=1",
  },
  'no more weights than the file has': {
    probe: () => {
      const layers = () => [dense({ name: 'large', units: 1000 })];
      try {
        return withWeightBudget(1, () => tf.sequential({ layers: layers() })).countParams();
      } catch (error) {
        return (error as Error).message;
      }
    },
    alone: 1000,
    thaw: "the layer 'large' has weights of shape [1,1000], and the file holds 1 values in all",
  },
  '`dispose()` frees all': {
    probe: () => {
      const before = tf.memory().numTensors;
      const inputs = tf.input({ shape: [1] });
      const twice = dense();
      const outputs = twice.apply(twice.apply(inputs)) as tf.SymbolicTensor;
      tf.model({ inputs, outputs }).dispose();
      return tf.memory().numTensors - before;
    },
    alone: 1,
    thaw: 0,
  },
  'a Sequential is known by its twin': {
    probe: () => {
      const model = compiled();
      return untwinned(Reflect.get(model, 'model')) === model;
    },
    alone: false,
    thaw: true,
  },
  'RMSprop, Adam and SGD with momentum step as in Keras': {
    probe: () => {
      const momentum = tf.train.momentum(1, 0.9);
      const rmsprop = tf.train.rmsprop(0.1, 0.9, 0, 1e-7, true);
      const adam = tf.train.adam(0.1, 0.9, 0.999, 1);
      return [momentum, rmsprop, adam].map((optimizer) => {
        const weight = tf.scalar(0).variable(true, undefined);
        const step = (slope: number) => optimizer.minimize(() => weight.mul(slope) as tf.Scalar, false, [weight]);
        step(optimizer === rmsprop ? 0 : 1);
        Object.assign(optimizer, { learningRate: 0.1 });
        if (optimizer === momentum) momentum.setLearningRate(0.1);
        step(optimizer === rmsprop ? 0 : 1);
        return value(weight);
      });
    },
    alone: [-1.19, Number.NaN, -0.1],
    // Adam's first step is 0.1 · 0.1 · √0.001 / 0.1 / (√0.001 + 1) = 0.0031, its second 0.0043.
    thaw: [-2, 0, -0.0073],
  },
  'an optimizer keeps each variable in its own place': {
    probe: () => {
      const optimizer = tf.train.momentum(1, 0.5);
      const [first, second] = [tf.scalar(0).variable(), tf.scalar(0).variable()];
      const cost = () => first.add(second.mul(10)) as tf.Scalar;
      optimizer.minimize(cost, false, [first, second]);
      optimizer.minimize(cost, false, [second]);
      return value(second);
    },
    alone: -20.5,
    thaw: -25,
  },
  '`trainable` freezes as in Keras': {
    probe: async () => {
      const base = tf.sequential({ layers: [dense()] });
      base.trainable = false;
      const model = tf.sequential({ layers: [base, dense()] });
      model.compile({ optimizer: tf.train.sgd(0.1), loss: 'meanAbsoluteError' });
      await model.fit(one, tf.tensor2d([[5]]), { verbose: 0 });
      return model.getWeights().map(value);
    },
    alone: [1.1, 1.1],
    thaw: [1, 1.1],
  },
  'what is frozen after `compile` is told': {
    probe: async () => {
      const model = compiled(dense({ name: 'kept' }));
      model.layers[0]!.trainable = false;
      const { outcome, told } = await fit(model);
      return [
        outcome,
        told.filter((text) => /^`trainable` has changed since .* Changed layers: kept$/.test(text)).length,
      ];
    },
    alone: [
      'variableGrads() expects at least one of the input variables to be trainable, but none of the 1 variables is trainable.',
      0,
    ],
    thaw: ['trained', 1],
  },
  'regularisation counts in evaluation': {
    probe: () => {
      const input = tf.input({ shape: [1] });
      const layer = dense({ kernelRegularizer: tf.regularizers.l2({ l2: 0.5 }) });
      const outputs = [layer, dense()].map((each) => each.apply(layer.apply(input)) as tf.SymbolicTensor);
      const model = tf.model({ inputs: input, outputs });
      model.compile({ optimizer: 'sgd', loss: 'meanAbsoluteError' });
      return (model.evaluate(one, [tf.tensor2d([[3]]), tf.tensor2d([[0]])]) as tf.Scalar[]).map(value);
    },
    alone: [2, 3, 2, 1],
    thaw: [3.5, 2, 1],
  },
  'an L1 penalty leaves what is 0 as it is': {
    probe: () => {
      const l1l2 = hidden<{ apply(x: tf.Tensor): tf.Scalar }>(tf.regularizers.l1l2({ l1: 1, l2: 2 }));
      const x = tf.tensor1d([-2, 0, 3]);
      return tf.tidy(() => [
        value(l1l2.apply(x)),
        ...tf
          .grad((x) => l1l2.apply(x))(x)
          .dataSync(),
      ]);
    },
    alone: [31, -9, -1, 13],
    thaw: [31, -9, 0, 13],
  },
  "`summary()` prints Keras's table": {
    probe: () => {
      const lines: string[] = [];
      compiled().summary(undefined, undefined, (line) => lines.push(String(line)));
      return lines.some((line) => /^┃ Layer \(type\)/.test(line));
    },
    alone: false,
    thaw: true,
  },
  "a layer's defaults are Keras's": {
    probe: () => {
      const { dense, depthwiseConv2d, lstmCell, softmax } = tf.layers;
      const settings = [dense({ units: 1 }), depthwiseConv2d({ kernelSize: 1 }), lstmCell({ units: 1 }), softmax()].map(
        (layer) => layer.getConfig(),
      );
      const distribution = (initializer: unknown) =>
        (initializer as { config: { distribution: string } }).config.distribution;
      return [
        distribution(settings[0]!.kernelInitializer),
        distribution(settings[1]!.depthwiseInitializer),
        settings[2]!.recurrentActivation,
        settings[3]!.axis,
      ];
    },
    alone: ['normal', 'normal', 'hardSigmoid', 1],
    thaw: ['uniform', 'uniform', 'sigmoid', -1],
  },
  "layers and models without a name get Keras's": {
    probe: () => {
      const inputs = tf.input({ shape: [2, 2, 1] });
      const layers = [tf.layers.maxPooling2d({}), tf.layers.flatten(), dense({}), dense({})];
      const outputs = layers.reduce((x, layer) => layer.apply(x) as tf.SymbolicTensor, inputs);
      const models = [tf.model({ inputs, outputs: outputs as tf.SymbolicTensor }), tf.sequential()];
      return [...models[0]!.layers, ...models].map(({ name }) => name.replace(/\d+$/, '#'));
    },
    alone: [
      ...['input#', 'max_pooling2d_MaxPooling2D#', 'flatten_Flatten#', 'dense_Dense#', 'dense_Dense#'],
      ...['model#', 'sequential_#'],
    ],
    thaw: ['input_layer_#', 'max_pooling2d', 'flatten', 'dense_#', 'dense_#', 'functional_#', 'sequential_#'],
  },
  'a convnet predicts as one graph': {
    probe: () => {
      const layer = tf.layers.conv2d({ filters: 1, kernelSize: 1, inputShape: [2, 2, 1], activation: 'relu' });
      const model = tf.sequential({ layers: [layer, tf.layers.flatten()] });
      const predict = () => model.predict(tf.ones([1, 2, 2, 1]));
      predict();
      return operations(predict).some(({ op }) => op === 'Conv2D' || op === 'Relu' || op === '_FusedConv2D');
    },
    alone: true,
    thaw: false,
  },
  'EarlyStopping is told of the epochs before a backup': {
    probe: async () => {
      const callback = tf.callbacks.earlyStopping({ monitor: 'loss' });
      await callback.onTrainBegin();
      const { onRestore } = callback as { onRestore?: (epoch: number, logs: Record<string, number>) => Promise<void> };
      await onRestore?.call(callback, 0, { loss: 0.25 });
      return Reflect.get(callback, 'best');
    },
    alone: Number.POSITIVE_INFINITY,
    thaw: 0.25,
  },
  'a training whose loss is NaN or infinite stops': {
    probe: async () => {
      const { error } = console;
      console.error = () => {};
      const training = compiled().fit(one, tf.tensor2d([[Number.NaN]]), { epochs: 3, verbose: 0 });
      return (await training.finally(() => Object.assign(console, { error }))).epoch;
    },
    alone: [0, 1, 2],
    thaw: [0],
  },
  'samples and classes weigh as in Keras': {
    probe: async () => {
      const model = compiled();
      const losses = async (weights: object) => {
        const training = model.fit(one, tf.tensor2d([[2]]), { verbose: 0, ...weights });
        return training.then(
          () => 'trained',
          (error: Error) => error.message,
        );
      };
      return [await losses({ sampleWeight: tf.tensor1d([0]) }), await losses({ classWeight: { 0: 1 } })];
    },
    alone: [
      'sample weight is not supported yet.',
      'classWeight must contain all classes in the training data. The class 2 exists in the data but not in classWeight',
    ],
    thaw: ['trained', 'trained'],
  },
  'SIGINT ends a training after its batch': {
    probe: async () => {
      let listening = 0;
      const listen = new tf.CustomCallback({
        onBatchBegin: async () => {
          listening = process.listenerCount('SIGINT');
        },
      });
      await fit(compiled(), [listen]);
      return listening;
    },
    alone: 0,
    thaw: 1,
  },
  'a training looks for its backup': {
    probe: async () => {
      class Resuming extends tf.Callback {
        resumed = false;

        async resume(_model: unknown, args: object, _training: unknown, train: (args: object) => Promise<tf.History>) {
          this.resumed = true;
          return train(args);
        }
      }
      const callback = new Resuming();
      await fit(compiled(), [callback]);
      return callback.resumed;
    },
    alone: false,
    thaw: true,
  },
};

const results: Record<string, { alone: unknown; thaw?: unknown }> = {};
let changes: readonly Change[];

before(async () => {
  for (const [what, { probe }] of Object.entries(probes)) results[what] = { alone: await probe() };
  ({ CHANGES: changes } = require('../../src/tfjs') as typeof import('../../src/tfjs'));
  for (const [what, { probe }] of Object.entries(probes)) results[what]!.thaw = await probe();
});

test('every change has its try here', () => {
  assert.deepEqual(
    changes.map(({ what }) => what),
    Object.keys(probes),
  );
});

for (const [what, { alone, thaw }] of Object.entries(probes)) {
  test(`${what}: with Thaw, and not yet in tfjs`, () => {
    assert.deepEqual(results[what], { alone, thaw });
  });
}
