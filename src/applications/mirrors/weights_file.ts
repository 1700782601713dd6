import { type Group, writeHdf5 } from '../../saving/hdf5/hdf5';
import { type NamedArray, writeArrays } from '../../saving/hdf5/write_arrays';

/**
 * Writes weights in the layout of the files that Keras publishes: a group for each layer, which lists its arrays' names in
 * order.
 *
 * @param path The file to write.
 */
export function writeWeightsFile(path: string, layers: { name: string; weights: NamedArray[] }[]): Promise<void> {
  return writeHdf5(path, (file) => {
    for (const { name, weights } of layers) {
      const group = file.create_group(name);
      writeArrays(group, weights);
      writeNames(
        group,
        'weight_names',
        weights.map((weight) => weight.name),
      );
    }
    writeNames(
      file,
      'layer_names',
      layers.map(({ name }) => name),
    );
  });
}

/** An attribute of fixed-length byte strings, as h5py writes them. */
function writeNames(group: Pick<Group, 'create_attribute'>, attribute: string, names: string[]): void {
  const length = Math.max(1, ...names.map((name) => name.length));
  group.create_attribute(attribute, names, [names.length], `S${length}`);
}
