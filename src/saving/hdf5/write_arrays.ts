import type { File, Group } from './hdf5';
import type { WeightArray } from './weight_array';

/** The group at `path`, such as 'layers/dense/vars', made with whatever leads to it where it isn't there. */
export function groupAt(file: File | Group, path: string): Group {
  return path.split('/').reduce<File | Group>((group, name) => {
    return (group.get(name) as Group | null) ?? group.create_group(name);
  }, file) as Group;
}

/** An array as it is written. Integers are kept in 64 bits, as Keras keeps a number of steps. */
export interface NamedArray extends WeightArray {
  name: string;
  integer?: boolean;
}

/** Writes arrays into a group, where a name may be a path. */
export function writeArrays(group: Group, arrays: NamedArray[]): void {
  for (const { name, shape, values, integer } of arrays) {
    const parts = name.split('/');
    const last = parts.pop()!;
    const parent = parts.length > 0 ? groupAt(group, parts.join('/')) : group;
    const data = integer ? BigInt64Array.from(values, BigInt) : values;
    parent.create_dataset({ name: last, data, shape, dtype: integer ? '<q' : '<f' });
  }
}
