import './node_compat';

/** The one tfjs that all of Thaw uses: `import * as tf from '../tf'`. */
export * from '@tensorflow/tfjs-node';

/** tfjs-node's backend, with operations of TensorFlow's that tfjs has no function for, and their settings of type. */
export { createTensorsTypeOpAttr, nodeBackend } from '@tensorflow/tfjs-node/dist/nodejs_kernel_backend';
