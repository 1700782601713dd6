export { imagenetWeights } from './imagenet_weights';
export { type Vgg16Args, vgg16 } from './vgg16';
