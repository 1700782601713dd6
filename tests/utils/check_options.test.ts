import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as thaw from '../../src';
import { applications, callbacks, datasets, layers, losses, metrics, models, plots, utils } from '../../src';
import * as tf from '../../src/tf';
import { checkOptions } from '../../src/utils/check_options';

const MISSPELT = { validatonSplit: 0.2 };

/** Gives a function of the public API these options besides those that it needs. */
type Call = (options: object) => unknown;

/** A call without its types: what JavaScript, or a spread of one's own options, may bring. */
const untyped =
  (call: (...args: never[]) => unknown, ...before: unknown[]): Call =>
  (options) =>
    Reflect.apply(call, undefined, [...before, options]);

/** One of a class without its types. */
const made =
  (its: new (...args: never[]) => unknown): Call =>
  (options) =>
    Reflect.construct(its, [options]);

const OTHERS: Record<string, Record<string, Call>> = {
  applications: { imagenetWeights: untyped(applications.imagenetWeights) },
  callbacks: {
    ...{ BackupAndRestore: made(callbacks.BackupAndRestore), backupAndRestore: untyped(callbacks.backupAndRestore) },
    ...{ ModelCheckpoint: made(callbacks.ModelCheckpoint), modelCheckpoint: untyped(callbacks.modelCheckpoint) },
    ...{ EarlyStopping: made(callbacks.EarlyStopping), earlyStopping: untyped(callbacks.earlyStopping) },
    ...{
      ReduceLROnPlateau: made(callbacks.ReduceLROnPlateau),
      reduceLROnPlateau: untyped(callbacks.reduceLROnPlateau),
    },
    ...{ CSVLogger: made(callbacks.CSVLogger), csvLogger: untyped(callbacks.csvLogger) },
    keepBest: untyped(callbacks.keepBest),
    ...{ TerminateOnNaN: made(callbacks.TerminateOnNaN), terminateOnNaN: untyped(callbacks.terminateOnNaN) },
  },
  datasets: {
    drawCatsAndDogs: untyped(datasets.drawCatsAndDogs, 'drawings'),
    loadCatsVsDogs: untyped(datasets.loadCatsVsDogs),
  },
  layers: Object.fromEntries(
    Object.entries({
      ...{ Conv2D: made(layers.Conv2D), conv2d: untyped(layers.conv2d) },
      ...{ Conv2DTranspose: made(layers.Conv2DTranspose), conv2dTranspose: untyped(layers.conv2dTranspose) },
      // Theirs are first looked at by tfjs's class, which asks for these.
    }).map(([name, call]) => [name, (options) => call({ filters: 1, kernelSize: 1, ...options })]),
  ),
  losses: {
    binaryCrossentropy: untyped(losses.binaryCrossentropy),
    categoricalCrossentropy: untyped(losses.categoricalCrossentropy),
    sparseCategoricalCrossentropy: untyped(losses.sparseCategoricalCrossentropy),
  },
  metrics: {
    binaryAccuracy: untyped(metrics.binaryAccuracy),
    calibrationCurve: untyped(metrics.calibrationCurve, [0, 1], [0, 1]),
    proportionConfint: untyped(metrics.proportionConfint, 1, 2),
    rocCurve: untyped(metrics.rocCurve, [0, 1], [0, 1]),
  },
  models: {
    ...{ FeatureBank: made(models.FeatureBank), featureBank: untyped(models.featureBank) },
    gradCam: untyped(models.gradCam, tf.sequential(), tf.zeros([1, 1, 3])),
    saveModel: untyped(models.saveModel, tf.sequential(), 'a.keras'),
  },
  plots: {
    confusionMatrixFigure: untyped(plots.confusionMatrixFigure, [
      [1, 0],
      [0, 1],
    ]),
    dotsFigure: untyped(plots.dotsFigure, { seeds: [1] }),
    heatmapOverlay: untyped(plots.heatmapOverlay, tf.zeros([1, 1, 3]), tf.zeros([1, 1])),
    historyFigure: untyped(plots.historyFigure, { loss: [1] }),
    imageMapFigure: untyped(plots.imageMapFigure, [], []),
    imagesFigure: untyped(plots.imagesFigure, []),
    linesFigure: untyped(plots.linesFigure, {}),
    precisionRecallFigure: untyped(plots.precisionRecallFigure, {}),
    reliabilityFigure: untyped(plots.reliabilityFigure, {}),
    rocFigure: untyped(plots.rocFigure, {}),
    show: untyped(plots.show, { data: [], layout: {} }),
  },
  utils: {
    imageDatasetFromDirectory: untyped(utils.imageDatasetFromDirectory, '.'),
    learningRateFinder: untyped(utils.learningRateFinder, tf.sequential(), []),
    loadImg: untyped(utils.loadImg, 'cat.jpg'),
    progbar: untyped(utils.progbar),
  },
};

/** What is public and takes no options; only such a list tells it from a function that was forgotten. */
const WITHOUT = new Set([
  ...['LearningRateScheduler', 'learningRateScheduler', 'Progress', 'progress'],
  'catsVsDogs',
  'BaseRandomLayer', // others derive from it, with arguments of their own
  ...['classNames', 'loadModel', 'loadWeights', 'ModelFileError', 'MissingShardsError'],
  ...['brierScoreLoss', 'mcnemar', 'precisionRecallCurve', 'averagePrecisionScore', 'recallScore', 'rocAucScore'],
  'temperatureScaling',
  'learningRateFigure',
  ...['check', 'computeClassWeight', 'Progbar', 'setRandomSeed'],
]);

/** The options of each function of the public API, by `room.name`. */
function everyCall(): Map<string, Call> {
  const calls = new Map<string, Call>();
  for (const [room, exported] of Object.entries(thaw)) {
    for (const [name, value] of Object.entries(exported)) {
      if (WITHOUT.has(name)) continue;
      const call = OTHERS[room]?.[name];
      if (call) calls.set(`${room}.${name}`, call);
      else if (room === 'layers') calls.set(`layers.${name}`, /^[A-Z]/.test(name) ? made(value) : untyped(value));
      else if (room === 'applications' && 'preprocessInput' in value) {
        calls.set(`applications.${name}`, untyped(value));
        calls.set(`applications.${name}.decodePredictions`, untyped(value.decodePredictions, tf.zeros([1, 1000])));
      } else assert.fail(`Does ${room}.${name} take options? Tell it here.`);
    }
  }
  const bank = models.featureBank();
  calls.set('FeatureBank.fit', untyped(bank.fit.bind(bank), tf.sequential(), {}));
  calls.set('FeatureBank.extract', untyped(bank.extract.bind(bank), tf.sequential(), {}));
  return calls;
}

test('an option that a function of the public API does not know is an error that names it', async () => {
  const calls = everyCall();
  assert.ok(calls.size > 40, String(calls.size));
  for (const [name, call] of calls) {
    await assert.rejects(
      async () => call(MISSPELT),
      /^Error: Expected the options of .*: \w+.* Received: validatonSplit, which it doesn't know\. Check the spelling/,
      name,
    );
  }
});

test('what stands in the place of the options and is no object is an error, too', async () => {
  for (const given of [3, 'cat', true, ['cat']]) {
    const received = Array.isArray(given) ? 'an array' : given;
    const message = `Expected the options of loadImg in an object: targetSize. Received: ${received}.`;
    assert.throws(() => Reflect.apply(checkOptions, undefined, ['loadImg', given, { targetSize: true }]), { message });
    await assert.rejects(async () => Reflect.apply(utils.loadImg, undefined, ['cat.jpg', given]), /in an object/);
  }
});

test('names that every object of JavaScript has are unknown, too, and told as they can be printed', () => {
  for (const [name, told] of [
    ['constructor', 'constructor'],
    ['toString', 'toString'],
    ['__proto__', '__proto__'],
    ['\x1b[31m', '\\u001b[31m'],
  ] as const) {
    const options = Object.defineProperty({}, name, { value: 1, enumerable: true });
    assert.throws(
      () => checkOptions<object>('this', options, {}),
      (error: Error) => error.message.includes(`Received: ${told}, which`),
    );
  }
});

test('each option that there is passes, and a class that is derived from a layer answers for its own', async () => {
  const every: layers.LayerArgs & { seed: number } = {
    ...{ name: 'all', trainable: true, dtype: 'float32', inputShape: [4, 4, 3], batchSize: 2 },
    seed: 1,
  };
  layers.randomFlip({ ...every, mode: 'vertical' });
  layers.randomBrightness({ ...every, factor: 0.1, valueRange: [0, 1] });
  layers.randomContrast({ ...every, factor: 0.1 });
  layers.randomRotation({ ...every, factor: 0.1, fillMode: 'wrap', fillValue: 1, interpolation: 'nearest' });
  layers.randomZoom({ ...every, heightFactor: 0.1, widthFactor: 0.1 });
  layers.randomTranslation({ ...every, heightFactor: 0.1, widthFactor: 0.1 });
  layers.globalMaxPooling2d({ name: 'pool', keepdims: true });
  layers.normalization({ name: 'norm', axis: -1, mean: 0, variance: 1 });
  class Tinted extends layers.RandomBrightness {
    constructor(args: { factor: number; tint: string }) {
      super(args);
    }
  }
  new Tinted({ factor: 0.1, tint: 'red' });
  callbacks.modelCheckpoint({
    filepath: 'a.keras',
    monitor: 'acc',
    mode: 'max',
    saveBestOnly: true,
    classNames: ['a'],
  });
  const model = await applications.mobileNet({
    ...{ weights: null, includeTop: true, inputShape: [32, 32, 3], classes: 2, classifierActivation: null },
    ...{ name: 'small', seed: 3, alpha: 0.25, depthMultiplier: 1, dropout: 0 },
  });
  model.dispose();
});
