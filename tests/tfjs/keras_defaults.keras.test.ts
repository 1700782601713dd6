import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import * as thaw from '../../src/layers';
import * as tf from '../../src/tf';
import { layerRecord } from '../../src/tfjs/layer_records';
import { runKeras } from '../support/keras';
import { root } from '../support/root';

const folder = mkdtempSync(join(tmpdir(), 'thaw-defaults-'));
after(() => rmSync(folder, { recursive: true }));

/** What the factories can't do without. */
const NEEDED: Record<string, object> = {
  ...Object.fromEntries(['conv1d', 'conv2d', 'conv3d'].map((name) => [name, { filters: 1, kernelSize: 1 }])),
  ...Object.fromEntries(['conv2dTranspose', 'conv3dTranspose'].map((name) => [name, { filters: 1, kernelSize: 1 }])),
  ...Object.fromEntries(['convLstm2d', 'convLstm2dCell'].map((name) => [name, { filters: 1, kernelSize: 1 }])),
  ...Object.fromEntries(['gru', 'gruCell', 'lstm', 'lstmCell'].map((name) => [name, { units: 1 }])),
  ...Object.fromEntries(['dense', 'simpleRNN', 'simpleRNNCell'].map((name) => [name, { units: 1 }])),
  ...Object.fromEntries(['alphaDropout', 'dropout'].map((name) => [name, { rate: 0.5 }])),
  ...Object.fromEntries(
    ['gaussianDropout', 'spatialDropout1d', 'spatialDropout2d'].map((name) => [name, { rate: 0.5 }]),
  ),
  ...Object.fromEntries(['centerCrop', 'resizing'].map((name) => [name, { height: 1, width: 1 }])),
  ...Object.fromEntries(['randomBrightness', 'randomContrast'].map((name) => [name, { factor: 0.1 }])),
  ...Object.fromEntries(['randomRotation', 'randomWidth'].map((name) => [name, { factor: 0.1 }])),
  activation: { activation: 'relu' },
  categoryEncoding: { numTokens: 2 },
  cropping2D: { cropping: 1 },
  depthwiseConv2d: { kernelSize: 1 },
  dot: { axes: 1 },
  embedding: { inputDim: 1, outputDim: 1 },
  gaussianNoise: { stddev: 1 },
  inputLayer: { inputShape: [1] },
  permute: { dims: [1] },
  randomTranslation: { heightFactor: 0.1, widthFactor: 0.1 },
  randomZoom: { heightFactor: 0.1 },
  repeatVector: { n: 1 },
  rescaling: { scale: 1 },
  reshape: { targetShape: [1] },
  separableConv2d: { filters: 1, kernelSize: 1 },
};

/** What a layer within another is made of, here and in the script. */
const inside = { units: 1, name: 'inside' };
const INNER: Record<string, () => object> = {
  rnn: () => ({ cell: tf.layers.lstmCell(inside) }),
  stackedRNNCells: () => ({ cells: [tf.layers.lstmCell(inside)] }),
  bidirectional: () => ({ layer: tf.layers.lstm(inside) }),
  timeDistributed: () => ({ layer: tf.layers.dense(inside) }),
};
const inner = (name: string) => INNER[name]?.() ?? {};

const snake = (text: string) => text.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** A setting in Keras's words: whatever is no number is called otherwise. */
function inWords(value: unknown): unknown {
  if (typeof value === 'string') return value === 'swish' ? 'silu' : snake(value);
  if (Array.isArray(value)) return value.map(inWords);
  if (!value || typeof value !== 'object') return value;
  const { className, config } = value as { className?: string; config?: object };
  if (className === undefined) return settingsInWords(value);
  const { mode, scale, distribution } = (config ?? {}) as Record<string, unknown>;
  const glorot = className === 'VarianceScaling' && mode === 'fanAvg' && scale === 1 && distribution === 'uniform';
  if (glorot) return { class_name: 'GlorotUniform', config: {} };
  return { class_name: className, config: settingsInWords(config ?? {}) };
}

function settingsInWords(settings: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(settings).map(([key, value]) => [snake(key), inWords(value) ?? null]));
}

/** Cells first: other layers make some. */
const order = (name: string) => Number(!/cell$/i.test(name));

type Factory = (args: object) => tf.layers.Layer;

function factories(): [string, Factory][] {
  const all = Object.entries<unknown>({ ...tf.layers, ...thaw }).filter(
    (entry): entry is [string, Factory] => typeof entry[1] === 'function' && /^[a-z]/.test(entry[0]),
  );
  // tfjs has many under two names, such as `avgPool2d`; `input` makes no layer.
  const classes = new Set<string>();
  return all
    .filter(([name]) => name !== 'input')
    .sort(([a], [b]) => order(a) - order(b))
    .filter(([name, factory]) => {
      const className = factory({ ...NEEDED[name], ...inner(name), name: 'a_try' }).getClassName();
      const isNew = !classes.has(className);
      classes.add(className);
      return isNew;
    });
}

test('layers without a name or settings have the names and settings that Keras gives', () => {
  const told = Object.fromEntries(
    factories().map(([name, factory]) => {
      const needed = NEEDED[name] ?? {};
      const [layer, second] = [0, 1].map(() => factory({ ...needed, ...inner(name) }));
      const className = layer!.getClassName();
      const config = settingsInWords(layer!.getConfig());
      return [
        className,
        {
          args: className === 'InputLayer' ? { shape: [1] } : settingsInWords(needed),
          names: [layer!.name, second!.name],
          config: { ...config, ...layerRecord(className)?.toKeras?.(config) },
        },
      ];
    }),
  );
  writeFileSync(join(folder, 'told.json'), JSON.stringify(told));
  runKeras(join(__dirname, 'keras_defaults_keras.py'), join(folder, 'told.json'), join(folder, 'differences.json'));
  const found: Record<string, object | null> = JSON.parse(readFileSync(join(folder, 'differences.json'), 'utf8'));
  assert.ok(Object.keys(found).length > 65, `${Object.keys(found).length}`);
  const differences = Object.entries(found).filter(([, pairs]) => pairs && Object.keys(pairs).length > 0);
  const others = Object.entries(found).filter(([, pairs]) => !pairs);
  assert.deepEqual(Object.fromEntries(differences), {
    ...Object.fromEntries(['GRU', 'GRUCell'].map((name) => [name, { reset_after: [true, false] }])),
    ...Object.fromEntries(['ConvLSTM2D', 'LSTM', 'LSTMCell'].map((name) => [name, { unit_forget_bias: [true, null] }])),
    RandomContrast: {
      factor: [
        [0, 0.1],
        [0.1, 0.1],
      ],
    },
  });
  assert.deepEqual(
    others.map(([className]) => className),
    ['ConvLSTM2DCell', 'RandomWidth', 'ThresholdedReLU', 'LayerScale', 'StochasticDepth'],
  );
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  for (const told of ['`resetAfter: false`', '`unitForgetBias: false`', '`randomContrast({ factor: 0.2 })`']) {
    assert.ok(readme.split('differs from Python Keras in this:')[1]!.includes(told), told);
  }
});
