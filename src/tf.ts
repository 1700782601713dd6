import './tfjs';

/** The one tfjs that all of Thaw uses, with all of Thaw's changes: `import * as tf from '../tf'`. */
export * from './tfjs/raw';
