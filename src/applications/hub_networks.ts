import { defineHubNetwork } from '../saving/hub_layers';
import { mobileNet } from './mobile_net';
import { mobileNetV2 } from './mobile_net_v2';

/*
 * The mobile networks as TensorFlow Hub has them: those of TF-Slim, with other names, on pixels from 0 to 1. Their sources:
 * `mobilenet_v1.py` and `mobilenet_v2.py` of research/slim/nets in tensorflow/models.
 */

const FEATURES = { weights: null, includeTop: false, pooling: 'avg' } as const;
const rescaling = { scale: 2, offset: -1 };

defineHubNetwork({
  handle: /mobilenet[_-]v1.*feature[_-]vector/i,
  prefix: 'MobilenetV1',
  layerOf(scope) {
    const [, id, kind, norm = ''] = scope.match(/^Conv2d_(\d+)(?:_(depthwise|pointwise))?(\/BatchNorm)?$/) ?? [];
    const suffix = norm && '_bn';
    if (id === '0' && kind === undefined) return `conv1${suffix}`;
    if (kind === undefined) return undefined;
    return `conv_${kind === 'depthwise' ? 'dw' : 'pw'}_${id}${suffix}`;
  },
  widthBy: { kernel: 'conv1/kernel', filters: 32 },
  alphas: [0.25, 0.5, 0.75, 1],
  build: (alpha, inputShape) => mobileNet({ ...FEATURES, inputShape, alpha }),
  rescaling,
});

defineHubNetwork({
  handle: /mobilenet[_-]v2.*feature[_-]vector/i,
  prefix: 'MobilenetV2',
  layerOf(scope) {
    const norm = scope.endsWith('/BatchNorm');
    const name = scope.replace(/\/BatchNorm$/, '');
    if (name === 'Conv') return norm ? 'bn_Conv1' : 'Conv1';
    if (name === 'Conv_1') return norm ? 'Conv_1_bn' : 'Conv_1';
    const [, id, part] = name.match(/^expanded_conv(?:_(\d+))?\/(expand|depthwise|project)$/) ?? [];
    if (part === undefined) return undefined;
    return `${id === undefined ? 'expanded_conv' : `block_${id}`}_${part}${norm ? '_BN' : ''}`;
  },
  widthBy: { kernel: 'block_16_project/kernel', filters: 320 },
  alphas: [0.35, 0.5, 0.75, 1, 1.3, 1.4],
  build: (alpha, inputShape) => mobileNetV2({ ...FEATURES, inputShape, alpha }),
  rescaling,
});
