import { closeSync, openSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { reason } from '../../utils/reason';
import { secondsFor } from './deadline';
import { type Dataset, type Entity, type Group, hdf5Library } from './hdf5';
import type { Hdf5Reply, Hdf5Request } from './hdf5_reader';
import type { Working } from './hdf5_watch';
import { ObjectHeaders } from './object_headers';

// Beyond it lies no model.
const MAX_DEPTH = 100;
// Numbers are handed on as floats of 32 bits.
const FLOAT_BYTES = 4;
// What HDF5 itself needs, and for each byte of the file.
const MEMORY = 64 * 2 ** 20;
const MEMORY_PER_BYTE = 2;
// So much of an array is in memory at once, here and on its way.
const PIECE_BYTES = 8 * 2 ** 20;

type Library = Awaited<ReturnType<typeof hdf5Library>>;

const working: Working = new Int32Array(new SharedArrayBuffer(4));
const watch = new Worker(require.resolve('./hdf5_watch'), { workerData: working });
watch.unref();

/** Hands on a part of a file, and waits until it is taken. */
async function send(reply: Hdf5Reply): Promise<void> {
  Atomics.store(working, 0, 0);
  await new Promise((sent) => process.send?.(reply, sent));
  Atomics.store(working, 0, 1);
}

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
  private readonly seen = new Set<number>();

  /** @param room How many bytes may still be read. */
  constructor(
    private readonly library: Library,
    private readonly headers: ObjectHeaders,
    private room: number,
  ) {}

  async group(group: Group, path: string[]): Promise<void> {
    if (path.length > MAX_DEPTH) throw new Error(`its groups lie more than ${MAX_DEPTH} deep`);
    this.address(group, path);
    const attrs = this.attributes(group, path);
    await send({ path, attrs });
    for (const name of group.keys()) {
      const inner = [...path, name];
      // The arrays of a layer lie in a group that has its name, at a path that hasn't.
      const called = [`'${inner.join('/')}`, ...[attrs.get('name') ?? []].flat().map((layer) => `'${layer}`)];
      await this.named(called, () => this.entity(group.get(name), inner));
    }
  }

  /** Does a step of the reading, whose error then tells of what it is called. */
  private async named(called: string[], step: () => Promise<void>): Promise<void> {
    try {
      await step();
    } catch (error) {
      const tell = (why: string, name: string) => (why.includes(name) ? why : `${name}': ${why}`);
      throw new Error(called.reduce(tell, reason(error)));
    }
  }

  private async entity(entity: Entity | null, path: string[]): Promise<void> {
    const { Group, Dataset } = this.library;
    if (entity instanceof Group) {
      await this.group(entity, path);
    } else if (entity instanceof Dataset) {
      await this.array(entity, path);
    } else {
      throw new Error(`'${path.join('/')}' is neither a group nor an array`);
    }
  }

  /** Where the header of an object lies, as HDF5 refers to it. An object may have many names, and a group lie in itself. */
  private address(object: Group | Dataset, path: string[]): number {
    const address = Number(Buffer.from(object.create_reference().ref_data).readBigUInt64LE());
    if (this.seen.has(address)) throw new Error(`'${path.join('/')}' has another name, too`);
    this.seen.add(address);
    return address;
  }

  /** Counts what is about to be read, before any memory is taken for it. */
  private take(path: string[], ...bytes: number[]): void {
    this.room -= Math.max(...bytes);
    // Nor is NaN.
    if (!(this.room >= 0)) {
      throw new Error(`with '${path.join('/')}' it would hold more than its own bytes, and Keras compresses nothing`);
    }
  }

  private async array(dataset: Dataset, path: string[]): Promise<void> {
    const { shape, size, chunks } = dataset.metadata;
    if (shape === null || !this.headers.holdsNumbers(this.address(dataset, path))) {
      throw new Error(`'${path.join('/')}' holds no numbers that Keras would write`);
    }
    const bytes = (lengths: number[], each: number) => lengths.reduce((product, length) => product * length, each);
    this.take(path, bytes(shape, Math.max(size, FLOAT_BYTES)), bytes(chunks ?? [], size));
    await send({ path, shape });
    // Cut along the first axis that has a length, between chunks where there are any: each chunk is read once.
    const axis = shape.findIndex((length) => length > 1);
    if (axis === -1 || bytes(shape, size) <= PIECE_BYTES) return sendValues(dataset.value);
    const [rows, least] = [shape[axis]!, chunks?.[axis] ?? 1];
    const step = least * Math.max(1, Math.floor(PIECE_BYTES / (bytes(shape, size) / rows) / least));
    for (let row = 0; row < rows; row += step) {
      const ranges = shape.map((_, each): [] | [number, number] =>
        each === axis ? [row, Math.min(rows, row + step)] : [],
      );
      await sendValues(dataset.slice(ranges));
    }
  }

  /** Those that are texts; Keras has no others. */
  private attributes(group: Group, path: string[]): Map<string, string | string[]> {
    const { H5T_STRING } = this.library.Module.H5T_class_t;
    const texts = Object.values(group.attrs).filter(({ metadata }) => metadata.type === H5T_STRING.value);
    return new Map(
      texts.map((attribute) => {
        const { size, shape, vlen } = attribute.metadata;
        if (!vlen) {
          this.take(
            path,
            (shape ?? []).reduce((product, length) => product * length, size),
          );
        }
        const text = attribute.value as string | string[];
        // How long these are is known once they are read, and many may be one: HDF5's limit of memory holds for each attribute.
        if (vlen) this.take(path, [text].flat().join('').length);
        return [attribute.name, text];
      }),
    );
  }
}

/** Sends numbers of any type, or a single one, as those of an array that was begun. Integers of 64 bits come as bigint. */
async function sendValues(value: Dataset['value']): Promise<void> {
  if (value instanceof Float32Array) return send({ values: value });
  const numbers = ArrayBuffer.isView(value) ? (value as Exclude<typeof value, ArrayLike<never>>) : [value];
  return send({ values: Float32Array.from(numbers as Iterable<number | bigint>, Number) });
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
    watch.postMessage(secondsFor(bytes));
    Atomics.store(working, 0, 1);
    const file = new library.File(path, 'r');
    const fd = openSync(path, 'r');
    await new Reader(library, new ObjectHeaders(fd, bytes), bytes).group(file, []);
    closeSync(fd);
    file.close();
    // Where arrays of another file are missing, HDF5 gives zeros.
    if (strayed) throw new Error(`it refers to another file: '${strayed}'`);
    await send({ read: true });
  } catch (error) {
    await send({ reason: reason(error) });
  } finally {
    Atomics.store(working, 0, 0);
    watch.postMessage(0);
  }
});
