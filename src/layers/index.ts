export type { AffineMatrix, WarpSettings } from '../tfjs/lazy_warp';
export type { ResizeMethod } from '../tfjs/resize_images';
export type { Factor } from './arguments';
export { BaseRandomLayer, type BaseRandomLayerArgs } from './base_random_layer';
export { CenterCrop, type CenterCropArgs, centerCrop } from './center_crop';
export { Conv2D, type Conv2DArgs, conv2d } from './conv_2d';
export { Conv2DTranspose, type Conv2DTransposeArgs, conv2dTranspose } from './conv_2d_transpose';
export {
  GlobalAveragePooling2D,
  GlobalMaxPooling2D,
  type GlobalPooling2DArgs,
  globalAveragePooling2d,
  globalMaxPooling2d,
} from './global_pooling_2d';
export { GroupNormalization, type GroupNormalizationArgs, groupNormalization } from './group_normalization';
export type { LayerArgs } from './layer_args';
export { LayerScale, type LayerScaleArgs, layerScale } from './layer_scale';
export { Normalization, type NormalizationArgs, normalization } from './normalization';
export type { RandomAffineLayer, RandomAffineLayerArgs } from './random_affine_layer';
export { RandomBrightness, type RandomBrightnessArgs, randomBrightness } from './random_brightness';
export { RandomContrast, type RandomContrastArgs, randomContrast } from './random_contrast';
export { RandomFlip, type RandomFlipArgs, randomFlip } from './random_flip';
export { RandomRotation, type RandomRotationArgs, randomRotation } from './random_rotation';
export {
  RandomTranslation,
  type RandomTranslationArgs,
  randomTranslation,
  type Translation,
} from './random_translation';
export { RandomZoom, type RandomZoomArgs, randomZoom, type Zoom } from './random_zoom';
export { ReLU, type ReLUArgs, reLU } from './re_lu';
export { Resizing, type ResizingArgs, resizing } from './resizing';
export { SpatialDropout2D, type SpatialDropout2DArgs, spatialDropout2d } from './spatial_dropout_2d';
export { StochasticDepth, type StochasticDepthArgs, stochasticDepth } from './stochastic_depth';
export { UpSampling2D, type UpSampling2DArgs, upSampling2d } from './up_sampling_2d';
