import { reason } from '../../utils/reason';
import { type Dataset, type Entity, type Group, hdf5Library } from './hdf5';
import type { Hdf5Reply, Hdf5Request } from './hdf5_reader';

// Beyond it lies no model, only groups that contain themselves.
const MAX_DEPTH = 100;
// No group takes up less. One that lies in a hundred others is counted a hundred times.
const GROUP_BYTES = 32;
// What HDF5 itself needs, and for each byte of the file.
const MEMORY = 64 * 2 ** 20;
const MEMORY_PER_BYTE = 2;

type Library = Awaited<ReturnType<typeof hdf5Library>>;

const send = (reply: Hdf5Reply) => new Promise((sent) => process.send?.(reply, sent));

/** Node's types don't tell of it. */
interface WasmMemory {
  readonly buffer: ArrayBuffer;
  grow: (pages: number) => number;
}

let memoryLimit = 0;
let onlyPath = '';
let strayed = '';

/** A damaged file can make HDF5 ask for gigabytes: beyond the limit its memory doesn't grow. */
function limitMemory(): void {
  const { Memory } = Reflect.get(globalThis, 'WebAssembly') as { Memory: { prototype: WasmMemory } };
  const { grow } = Memory.prototype;
  Memory.prototype.grow = function (this: WasmMemory, pages: number) {
    if (this.buffer.byteLength + pages * 2 ** 16 > memoryLimit) throw new RangeError('it takes too much memory');
    return grow.call(this, pages);
  };
}

// The flag of a file that is made anew: HDF5 puts the text of its errors together in one.
const O_EXCL = 0o200;

/** An HDF5 file can take its arrays from other files, in several ways: none but the one asked for opens. */
function confine({ FS }: Library): void {
  const { open } = FS!;
  FS!.open = (name, flags, ...rest) => {
    if (name === onlyPath || Number(flags) & O_EXCL) return open(name, flags, ...rest);
    strayed = name;
    // In a file there is none: HDF5 finds nothing, as if the other were missing.
    return open(`${onlyPath}/none`, flags, ...rest);
  };
}

/** Sends all that a file holds, which is no more than its own bytes, whatever it says. */
class Reader {
  /** @param room How many bytes may still be read. */
  constructor(
    private readonly library: Library,
    private room: number,
  ) {}

  async group(group: Group, path: string[]): Promise<void> {
    if (path.length > MAX_DEPTH) throw new Error(`its groups lie more than ${MAX_DEPTH} deep`);
    this.take(path, GROUP_BYTES);
    await send({ path, attrs: this.attributes(group, path) });
    for (const name of group.keys()) {
      await this.entity(group.get(name), [...path, name]);
    }
  }

  private async entity(entity: Entity | null, path: string[]): Promise<void> {
    const { Group, Dataset } = this.library;
    if (entity instanceof Group) {
      await this.group(entity, path);
    } else if (entity instanceof Dataset) {
      await send({ path, ...this.array(entity, path) });
    } else {
      throw new Error(`'${path.join('/')}' is neither a group nor an array`);
    }
  }

  /** Counts what is about to be read, before any memory is taken for it. */
  private take(path: string[], ...bytes: number[]): void {
    this.room -= Math.max(...bytes);
    // Nor is NaN.
    if (!(this.room >= 0)) {
      throw new Error(`with '${path.join('/')}' it would hold more than its own bytes, and Keras compresses nothing`);
    }
  }

  private array(dataset: Dataset, path: string[]): { shape: number[]; values: Float32Array } {
    const { type, shape, size, chunks } = dataset.metadata;
    const { H5T_FLOAT, H5T_INTEGER } = this.library.Module.H5T_class_t;
    if (shape === null || !(type === H5T_INTEGER.value || (type === H5T_FLOAT.value && size >= 4))) {
      throw new Error(`'${path.join('/')}' holds no numbers that Keras would write`);
    }
    const bytes = (lengths: number[]) => lengths.reduce((product, length) => product * length, size);
    this.take(path, bytes(shape), bytes(chunks ?? []));
    const { value } = dataset;
    if (value instanceof Float32Array) return { shape, values: value };
    // Another type of numbers, or, where the shape is [], a single one. Integers of 64 bits come as bigint.
    const numbers = ArrayBuffer.isView(value) ? (value as Exclude<typeof value, ArrayLike<never>>) : [value];
    return { shape, values: Float32Array.from(numbers as Iterable<number | bigint>, Number) };
  }

  /** Those that are texts; Keras has no others. */
  private attributes(group: Group, path: string[]): Map<string, string | string[]> {
    const { H5T_STRING } = this.library.Module.H5T_class_t;
    const texts = Object.values(group.attrs).filter(({ metadata }) => metadata.type === H5T_STRING.value);
    return new Map(
      texts.map((attribute) => {
        const { size, shape } = attribute.metadata;
        this.take(
          path,
          (shape ?? []).reduce((product, length) => product * length, size),
        );
        return [attribute.name, attribute.value as string | string[]];
      }),
    );
  }
}

// Whoever asked decides when to stop.
process.on('SIGINT', () => {});
limitMemory();
const ready = hdf5Library().then((library) => {
  confine(library);
  return library;
});

process.on('message', async ({ path, bytes }: Hdf5Request) => {
  memoryLimit = MEMORY + MEMORY_PER_BYTE * bytes;
  onlyPath = path;
  strayed = '';
  try {
    const library = await ready;
    await send({ begun: true });
    const file = new library.File(path, 'r');
    await new Reader(library, bytes).group(file, []);
    file.close();
    // Where arrays of another file are missing, HDF5 gives zeros.
    if (strayed) throw new Error(`it refers to another file: '${strayed}'`);
    await send({ read: true });
  } catch (error) {
    await send({ reason: reason(error) });
  }
});
