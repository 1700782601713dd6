// So that models with one of TensorFlow Hub's are opened.
import './hub_networks';

export type { Activation, Application, ApplicationArgs } from './application';
export { type ConvNeXtArgs, convNeXtTiny } from './conv_next';
export type { ClassPrediction, DecodePredictions, DecodePredictionsArgs } from './decode_predictions';
export { denseNet121, denseNet169, denseNet201 } from './dense_net';
export {
  efficientNetB0,
  efficientNetB1,
  efficientNetB2,
  efficientNetB3,
  efficientNetB4,
  efficientNetB5,
  efficientNetB6,
  efficientNetB7,
} from './efficient_net';
export {
  type EfficientNetV2Args,
  efficientNetV2B0,
  efficientNetV2B1,
  efficientNetV2B2,
  efficientNetV2B3,
} from './efficient_net_v2';
export { imagenetWeights, type PretrainedFile } from './imagenet_weights';
export { inceptionV3 } from './inception_v3';
export { type MobileNetArgs, mobileNet } from './mobile_net';
export { type MobileNetV2Args, mobileNetV2 } from './mobile_net_v2';
export { type MobileNetV3Args, mobileNetV3Large, mobileNetV3Small } from './mobile_net_v3';
export type { ImageShape } from './obtain_input_shape';
export type { PreprocessInput } from './preprocess_input';
export { resnet50, resnet101, resnet152 } from './resnet';
export { resnet50V2, resnet101V2, resnet152V2 } from './resnet_v2';
export { vgg16, vgg19 } from './vgg';
export { xception } from './xception';
