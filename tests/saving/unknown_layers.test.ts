import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { BaseRandomLayer, type BaseRandomLayerArgs } from '../../src/layers';
import { randomLayer } from '../../src/layers/base_random_layer';
import { loadModel } from '../../src/saving/load_model';
import { saveModel } from '../../src/saving/save_model';
import * as tf from '../../src/tf';
import { defineLayer } from '../../src/tfjs/layer_records';

const folder = mkdtempSync(join(tmpdir(), 'thaw-unknown-'));
after(() => rmSync(folder, { recursive: true }));

/** Adds to each picture a number up to `most`, in training. */
class RandomShift extends BaseRandomLayer<number> {
  static readonly className: string = 'RandomShift';
  private readonly most: number;

  constructor(args: BaseRandomLayerArgs & { most: number }) {
    super(args);
    this.most = args.most;
  }

  override getRandomTransformation(random: () => number): number {
    return random() * this.most;
  }

  override transformImages(images: tf.Tensor4D, shifts: number[]): tf.Tensor4D {
    return tf.tidy(() => images.add(tf.tensor(shifts, [shifts.length, 1, 1, 1])));
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), most: this.most };
  }
}

class Unrecorded extends RandomShift {
  static override readonly className = 'Unrecorded';
}
tf.serialization.registerClass(Unrecorded);

/** A model that begins with the layer, nested in another. */
function withLayer(layer: tf.layers.Layer): tf.LayersModel {
  const convolution = tf.layers.conv2d({ filters: 2, kernelSize: 3 });
  const base = tf.sequential({ layers: [layer, convolution] });
  const inputs = tf.input({ shape: [4, 4, 3] });
  return tf.model({ inputs, outputs: base.apply(inputs) as tf.SymbolicTensor });
}

const formats = ['model.keras', 'model.h5', 'model.json'];

for (const format of formats)
  test(`saveModel() names a layer without a record, and writes nothing: ${format}`, async () => {
    const model = withLayer(new Unrecorded({ most: 1, name: 'mine', inputShape: [4, 4, 3] }));
    await assert.rejects(
      saveModel(model, join(folder, 'none', format)),
      /The layer 'mine' \(Unrecorded\) can't be saved or loaded\. Expected one of: .*Dense.*Received: Unrecorded/,
    );
    assert.ok(!readdirSync(folder).includes('none'));
    model.dispose();
  });

test('one record makes a new random layer known to all formats, and to predictions in one graph', async () => {
  defineLayer(RandomShift, randomLayer(['most']));
  const layer = new RandomShift({ most: 0.5, seed: 3, name: 'shift', inputShape: [4, 4, 3] });
  const model = withLayer(layer);
  const pictures = tf.randomUniform([3, 4, 4, 3], 0, 1, 'float32', 1);
  const graphs = () => tf.nodeBackend().binding.getNumOfSavedModels();
  const before = graphs();
  const predictions = (made: tf.LayersModel) => tf.tidy(() => (made.predict(pictures) as tf.Tensor).dataSync());
  predictions(model);
  assert.equal(graphs(), before + 1);
  for (const format of formats) {
    const path = join(folder, 'known', format);
    await saveModel(model, path);
    const loaded = await loadModel(path);
    const read = (loaded.layers[1] as tf.LayersModel).getLayer('shift');
    assert.ok(read instanceof RandomShift);
    const { most, seed } = read.getConfig();
    assert.deepEqual([most, seed], [0.5, 3]);
    assert.deepEqual(predictions(loaded), predictions(model));
    loaded.dispose();
  }
  const json = JSON.parse(readFileSync(join(folder, 'known', 'model.json'), 'utf8'));
  const { layers } = json.modelTopology.config.layers[1].config;
  const classes = layers.map(({ class_name }: { class_name: string }) => class_name);
  assert.deepEqual(classes, ['Activation', 'Conv2D']);
  model.dispose();
  pictures.dispose();
});
