import './node_compat';

/** The one tfjs that all of Thaw uses: `import * as tf from '../tf'`. */
export * from '@tensorflow/tfjs-node';
