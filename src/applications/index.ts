export { imagenetWeights } from './imagenet_weights';
export { vgg16 } from './vgg16';
