export * as applications from './applications';
export * as callbacks from './callbacks';
export * as datasets from './datasets';
export * as layers from './layers';
export * as models from './models';
export * as plots from './plots';
export * as utils from './utils';
