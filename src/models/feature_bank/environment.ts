import { readFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import * as tf from '../../tf';

/*
 * What else the last digits depend on. Of VGG16, ResNet50, MobileNetV2 and DenseNet121 on TensorFlow 2.21 all change with
 * TF_ENABLE_ONEDNN_OPTS; ResNet50 alone where oneDNN is kept from AVX-512; and with the number of threads all where oneDNN
 * is off, else MobileNetV2 and ResNet50, and only where they take pictures one by one. So the causes are named here: no few
 * operations whose outcome could stand for them would have told all of that.
 */

/** Names of variables that TensorFlow and oneDNN go by, but for those that say what is logged. */
const VARIABLE = /^(TF|ONEDNN|DNNL|XLA)_(?!CPP_)|^NVIDIA_TF32_OVERRIDE$/;
/** What /proc/cpuinfo says of a processor's kind; TensorFlow goes by the size of its caches, too. */
const KIND = /^(vendor_id|cpu family|model|model name|cache size|CPU implementer|CPU part)\s*:/;
/** What it calls a processor's instructions that compute several numbers at once. */
const SIMD = /^(sse|ssse|avx|fma|f16c|amx|neon|asimd|sve|sme|fphp|fcma|i8mm|bf16)/;

/** The kind of this machine's processor, and which instructions it computes with. */
function processor(): string[] {
  try {
    const [first = ''] = readFileSync('/proc/cpuinfo', 'utf8').split('\n\n');
    const lines = first.split('\n');
    const flags = lines.filter((line) => /^(flags|Features)\s*:/.test(line)).flatMap((line) => line.split(/\s+/));
    return [...lines.filter((line) => KIND.test(line)), ...flags.filter((flag) => SIMD.test(flag)).sort()];
  } catch {
    return [process.arch, cpus()[0]?.model ?? '']; // Linux alone has that file.
  }
}

/** What TensorFlow computes with: its version, the processor or a graphics card, and the variables that it goes by. */
export function environment(): string {
  const { binding, isUsingGpuDevice } = tf.nodeBackend();
  const variables = Object.entries(process.env).filter(([name]) => VARIABLE.test(name));
  return JSON.stringify([
    binding.TF_Version,
    tf.getBackend(),
    isUsingGpuDevice,
    processor(),
    availableParallelism(),
    variables.sort(),
  ]);
}
