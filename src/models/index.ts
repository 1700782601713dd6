import './summary';
import './trainable';

export { FeatureBank, type FeatureBankArgs, type FeatureBankFitArgs, featureBank } from './feature_bank/feature_bank';
export { loadModel } from './load_model';
export { loadWeights } from './load_weights';
export { saveModel } from './save_model';
