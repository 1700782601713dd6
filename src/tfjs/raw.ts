import util from 'node:util';

// tfjs-node 4.22 calls `util.isNullOrUndefined`, of which Node 22 warns and which Node 23 removed
// (tensorflow/tfjs#8609). It must be there first.
Object.assign(util, { isNullOrUndefined: (value: unknown) => value === null || value === undefined });

/** tfjs as it comes, for this folder alone; everyone else takes `../tf`, where Thaw's changes are made. */
export * from '@tensorflow/tfjs-node';

/** tfjs-node's backend, with operations of TensorFlow's that tfjs has no function for, and their settings. */
export {
  createTensorsTypeOpAttr,
  type NodeJSKernelBackend,
  nodeBackend,
} from '@tensorflow/tfjs-node/dist/nodejs_kernel_backend';
export type { TFEOpAttr, TFJSBinding } from '@tensorflow/tfjs-node/dist/tfjs_binding';
