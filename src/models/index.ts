import './summary';

export { loadModel } from './load_model';
export { loadWeights } from './load_weights';
export { saveModel } from './save_model';
