/** Published values of VGG16's ImageNet weights: layer, 0 for the kernel or 1 for the bias, index, value. */
export const PUBLISHED: [layer: string, kind: 0 | 1, index: number[], value: number][] = [
  ['block1_conv1', 0, [0, 0, 0, 0], 0.42947057],
  ['block1_conv1', 1, [25], 0.7446502],
  ['block1_conv2', 0, [2, 2, 63, 63], 0.016082443],
  ['block2_conv1', 1, [1], 0.06440781],
  ['block5_conv1', 0, [1, 0, 63, 269], -0.011236359],
  ['block5_conv2', 1, [510], 0.23517226],
  ['block5_conv3', 0, [0, 2, 0, 400], -0.008714244],
];
