/**
 * Transfer learning with pretrained convnets: Keras's API in camelCase, over tfjs-node.
 *
 * Importing Thaw changes tfjs itself, for the whole process: every model trains, freezes, predicts and prints its summary
 * as Keras's do where tfjs's would not. [docs/tfjs_changes.md](../docs/tfjs_changes.md) says of each change what, why and
 * where; [src/tfjs/index.ts](./tfjs/index.ts) is the list that it is made of.
 *
 * @packageDocumentation
 */

/** Networks with their ImageNet weights, as in `keras.applications`. */
export * as applications from './applications';
/** What `fit` calls while it trains, as in `keras.callbacks`. */
export * as callbacks from './callbacks';
/** Pictures to learn from, fetched once. */
export * as datasets from './datasets';
/** Layers that tfjs lacks, as in `keras.layers`: those that augment pictures, normalization, pooling. */
export * as layers from './layers';
/** Cross-entropies with settings, as in `keras.losses`. */
export * as losses from './losses';
/** Metrics with settings, as in `keras.metrics`. */
export * as metrics from './metrics';
/** Models into files and out of them, as in `keras.models`, and the feature bank. */
export * as models from './models';
/** Figures and tables, as data and shown under a cell. */
export * as plots from './plots';
/** Pictures from folders, progress, seeds, as in `keras.utils`. */
export * as utils from './utils';
