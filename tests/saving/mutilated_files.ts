import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { constants, deflateRawSync } from 'node:zlib';
import { readZip } from '../../src/saving/zip';
import { type RandomGenerator, randomGenerator } from '../../src/utils/random';
import { type RawMember, rawZip } from '../support/raw_zip';

/** What is looked at in a `config.json`. */
interface Architecture {
  config: { layers: { config: object }[] };
}

/** What is looked at in a `model.json`. */
interface TfjsModel {
  weightsManifest: { paths: string[]; weights: { name: string }[] }[];
}

/** The good files, all of one small model: `first` (3 → 4), `second` (4 → 2). */
export interface GoodFiles {
  keras: Buffer;
  config: string;
  /** What `model.weights.h5` holds. */
  weights: Buffer;
  h5: Buffer;
  /** `model.json`, and its one shard, beside it. */
  json: string;
  shard: { name: string; bytes: Buffer };
  /** A `.keras` of the size that a chapter's model has. */
  head: Buffer;
}

/** Reads what `good.keras`, `good.h5`, `good.json` and `head.keras` in a folder hold. */
export async function readGoodFiles(folder: string): Promise<GoodFiles> {
  const bytes = (name: string) => readFileSync(join(folder, name));
  const config = await readZip(
    join(folder, 'good.keras'),
    'config.json',
    'model.weights.h5',
    join(folder, 'good.weights.h5'),
  );
  const json = bytes('good.json').toString();
  const name = (JSON.parse(json) as TfjsModel).weightsManifest[0]!.paths[0]!;
  return {
    keras: bytes('good.keras'),
    config,
    weights: bytes('good.weights.h5'),
    h5: bytes('good.h5'),
    json,
    shard: { name, bytes: bytes(name) },
    head: bytes('head.keras'),
  };
}

const HUGE = 1_000_000_000;
const BOMB_BYTES = 10 * 2 ** 30;

/** The deflated form of 10 GB of zeros, 10 MB long: one piece of it, many times. */
function bomb(): Buffer {
  const piece = deflateRawSync(Buffer.alloc(2 ** 27), { finishFlush: constants.Z_FULL_FLUSH });
  return Buffer.concat([...Array<Buffer>(BOMB_BYTES / 2 ** 27).fill(piece), Buffer.from([3, 0])]);
}

/** `bytes` up to `count` places spread over it. */
function* truncated(bytes: Buffer, count: number): Generator<Buffer> {
  for (let index = 0; index < count; index++) yield bytes.subarray(0, Math.floor((bytes.length * index) / count));
}

function flipped(bytes: Buffer, place: number, bit: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[place] = copy[place]! ^ (1 << bit);
  return copy;
}

/** A bit flipped in the marks that HDF5 begins each of its structures with: never right. */
function* marksFlipped(bytes: Buffer, random: RandomGenerator): Generator<Buffer> {
  for (const mark of ['\x89HDF', 'OHDR', 'OCHK', 'GCOL']) {
    for (let place = bytes.indexOf(mark, 0, 'latin1'); place >= 0; place = bytes.indexOf(mark, place + 1, 'latin1')) {
      yield flipped(bytes, place + Math.floor(random() * mark.length), Math.floor(random() * 8));
    }
  }
}

/** The places of the bytes of a member that is stored as it is. */
function span(zip: Buffer, member: Uint8Array): [start: number, end: number] {
  const start = zip.indexOf(member);
  return [start, start + member.length];
}

/** What is wrong with a zip, its members untouched. */
function* zips({ keras, config, weights }: GoodFiles): Generator<Buffer> {
  const random = randomGenerator(1);
  yield* truncated(keras, 12);
  for (const member of [Buffer.from(config), weights]) {
    const [start, end] = span(keras, member);
    for (let index = 0; index < 6; index++) {
      yield flipped(keras, start + Math.floor(random() * (end - start)), Math.floor(random() * 8));
    }
  }
  const text: RawMember = { name: 'config.json', bytes: Buffer.from(config) };
  const file: RawMember = { name: 'model.weights.h5', bytes: weights };
  for (const name of ['../config.json', '../../etc/passwd', '/etc/passwd', 'C:/model', 'a/../../b', '..\\b']) {
    yield rawZip([text, file, { name, bytes: text.bytes }]);
  }
  yield rawZip([]);
  yield rawZip([text]);
  yield rawZip([file]);
  yield rawZip([text, file, text]);
  yield rawZip([text, file, file]);
  yield rawZip([{ ...text, name: '../config.json' }, file]);
  yield rawZip([{ ...text, name: 'config.json/' }, file]);
  yield rawZip([...Array.from({ length: 2000 }, (_, index) => ({ ...text, name: `${index}` })), text, file]);
  // A symbolic link holds the name of another file.
  yield rawZip([{ ...text, bytes: Buffer.from('/etc/passwd'), mode: 0o120777 }, file]);
  yield rawZip([text, { ...file, bytes: Buffer.from('/etc/passwd'), mode: 0o120777 }]);
  for (const wrong of [
    { flags: 1 },
    { method: 8 },
    { method: 12 },
    { method: 99 },
    { size: 5 },
    { size: 1e12 },
    { crc: 1 },
  ]) {
    yield rawZip([{ ...text, ...wrong }, file]);
    yield rawZip([text, { ...file, ...wrong }]);
  }
  const bytes = bomb();
  for (const size of [BOMB_BYTES, 5e6]) {
    yield rawZip([{ ...text, bytes, method: 8, size }, file]);
    yield rawZip([text, { ...file, bytes, method: 8, size }]);
  }
}

/** What every object of JavaScript has a member of: no name of a class. */
const EVERYONES = ['constructor', 'toString', '__proto__', 'hasOwnProperty', 'valueOf'];

const tensorOf = (name: string, channels: number, call = 0) => ({
  class_name: '__keras_tensor__',
  config: { shape: [null, 4, 4, channels], dtype: 'float32', keras_history: [name, call, 0] },
});

const inputOf = (channels: number) => ({
  ...{ class_name: 'InputLayer', name: 'in', config: { name: 'in', batch_shape: [null, 4, 4, channels] } },
  inbound_nodes: [],
});

/** A model that adds to as many channels again and again, all taken from one. */
function stacked(channels: number, additions: number): string {
  const operation = (class_name: string, name: string, config: object, ...args: unknown[]) => ({
    ...{ module: 'keras.src.ops.numpy', class_name, name, config: { name, ...config } },
    inbound_nodes: [{ args, kwargs: {} }],
  });
  const dots = { class_name: '__ellipsis__', config: {} };
  const layers = [
    inputOf(3),
    operation('GetItem', 'taken', {}, tensorOf('in', 3), [dots, 0]),
    operation('Stack', 'sum0', { axis: -1 }, Array<object>(channels).fill(tensorOf('taken', 3))),
    ...Array.from({ length: additions }, (_, index) =>
      operation('Add', `sum${index + 1}`, {}, tensorOf(`sum${index}`, channels), 1),
    ),
  ];
  const ends = { input_layers: ['in', 0, 0], output_layers: [`sum${additions}`, 0, 0] };
  return JSON.stringify({ class_name: 'Functional', config: { name: 'stacked', layers, ...ends } });
}

/** Models each of which calls the one in it twice: 2^levels calls of the innermost. */
function doubling(name: string, levels: number): string {
  const call = (source: string, index = 0) => ({ args: [tensorOf(source, 3, index)], kwargs: {} });
  const relu = { ...{ class_name: 'Activation', name: `${name}0`, config: { name: `${name}0`, activation: 'relu' } } };
  let inner: object = { ...relu, inbound_nodes: [call('in')] };
  for (let level = 0; level < levels; level++) {
    const last = `${name}${level}`;
    const ends = { input_layers: ['in', 0, 0], output_layers: [last, level === 0 ? 0 : 2, 0] };
    const config = { name: `${name}${level + 1}`, layers: [inputOf(3), inner], ...ends };
    inner = { class_name: 'Functional', name: config.name, config, inbound_nodes: [call('in'), call(config.name)] };
  }
  return JSON.stringify(inner);
}

/** What is wrong with a `config.json`. */
function* configs(good: string): Generator<string> {
  for (const part of truncated(Buffer.from(good), 6)) yield part.toString();
  yield* ['null', '[]', '{}', '3', '"Sequential"', good + good, good.replaceAll('"', "'"), `\0${good}`];
  yield ' '.repeat(100 * 2 ** 20) + good;
  yield '['.repeat(100_000) + ']'.repeat(100_000);
  yield '{"config":'.repeat(1_000_000);

  const { config: inner } = JSON.parse(good) as Architecture;
  const { layers } = inner;
  const model = (config: object) => JSON.stringify({ ...JSON.parse(good), config: { ...inner, ...config } });
  const dropout = (index: number) => ({ class_name: 'Dropout', config: { name: `drop${index}`, rate: 0.5 } });
  yield model({ layers: [...layers, ...Array.from({ length: 100_000 }, (_, index) => dropout(index))] });
  const operation = (index: number, channels: number) => {
    const tensor = { shape: [null, 4, 4, channels], dtype: 'float32', keras_history: ['x', 0, 0] };
    const inbound_nodes = [{ args: [{ class_name: '__keras_tensor__', config: tensor }, 2], kwargs: {} }];
    return { module: 'keras.src.ops.numpy', class_name: 'Multiply', config: { name: `op${index}` }, inbound_nodes };
  };
  yield model({ layers: [...layers, operation(0, 30_000)], output_layers: ['op0', 0, 0] });
  yield model({ layers: [...layers, ...Array.from({ length: 10_000 }, (_, index) => operation(index, 3))] });
  yield stacked(900, 900);
  yield doubling('m', 30);
  for (const class_name of EVERYONES) {
    const { inbound_nodes } = operation(0, 3);
    const own = { module: 'keras.src.ops.numpy', class_name, config: { name: 'op' }, inbound_nodes };
    yield model({ layers: [...layers, own], output_layers: ['op', 0, 0] });
  }
  const input = JSON.stringify(layers[0]);
  const nested = (depth: number, index = 0) =>
    `{"class_name":"Sequential","config":{"name":"n${depth}${index}","layers":[${input},`;
  yield `${Array.from({ length: 10_000 }, (_, depth) => nested(depth)).join('')}${input}${']}}'.repeat(10_000)}`;
  for (const wrong of [undefined, null, 3, 'layers', {}, [], [null], [3], [{}], [[]], [{ class_name: 'Dense' }]]) {
    yield model({ layers: wrong });
  }
  yield model({ layers: [...layers, layers[1]] });
  const withLayer = (change: object) =>
    model({ layers: layers.map((layer, index) => (index === 1 ? { ...layer, ...change } : layer)) });
  for (const class_name of ['Lambda', 'TFOpLambda', 'os.system', '__proto__', 'constructor', '', null, 3]) {
    yield withLayer({ class_name });
  }
  const withSetting = (change: object) => withLayer({ config: { ...layers[1]!.config, ...change } });
  for (const units of [HUGE, 2 ** 53, 1e308, 5, 3, 0, -4, 4.5, '4000', null, [4], {}, true])
    yield withSetting({ units });
  for (const activation of ['evil', ['relu'], [['relu']], ...EVERYONES]) yield withSetting({ activation });
  for (const dtype of [['float32'], [], {}, 'float16']) yield withSetting({ dtype });
  for (const scale of ['x', [1], {}, { class_name: 'Dense', config: {} }])
    yield withSetting({ kernel_initializer: { class_name: 'VarianceScaling', config: { scale } } });
  yield withSetting({ activation: `${'_'.repeat(500_000)}-` });
  yield withSetting({ name: '__proto__' });
  yield withSetting({ activation: { class_name: 'function', config: 'evil' } });
  yield withSetting({ use_bias: false });
  for (const batch_shape of [null, [], [null], [null, -3], [null, 3.5], [null, 'x'], [null, HUGE], [null, 4], 3]) {
    const changed = { ...layers[0], config: { ...layers[0]!.config, batch_shape } };
    yield model({ layers: [changed, ...layers.slice(1)] });
  }
}

/** What is wrong with a whole model in HDF5, by the bytes of its JSON, which no sum protects. */
function* h5Texts(h5: Buffer): Generator<Buffer> {
  const replaced = (from: string, to: string) => {
    const copy = Buffer.from(h5);
    copy.write(to, h5.indexOf(from));
    return copy;
  };
  yield replaced('"Sequential"', '"Sequentiel"');
  yield replaced('"units"', '"unity"');
  yield replaced('"layers"', '"leyers"');
  yield replaced('"Dense"', '"Lense"');
  yield replaced('{"', '["');
  yield replaced('first', 'firs/');
}

/** A model of tfjs in which the first call of `a` gets what `b` makes of the second. */
function outOfOrder(): object {
  const activation = (name: string, ...inbound_nodes: unknown[]) => {
    return { class_name: 'Activation', name, config: { name, activation: 'relu' }, inbound_nodes };
  };
  const input = { class_name: 'InputLayer', name: 'in', config: { name: 'in', batch_input_shape: [null, 3] } };
  const layers = [
    { ...input, inbound_nodes: [] },
    activation('a', [['b', 0, 0]], [['in', 0, 0]]),
    activation('b', [['a', 1, 0]]),
  ];
  const ends = { input_layers: [['in', 0, 0]], output_layers: [['b', 0, 0]] };
  return { class_name: 'Functional', config: { name: 'out_of_order', layers, ...ends } };
}

/** Layers that tfjs makes of what a file says, each of which must not be made. */
function* tfjsLayers(): Generator<object> {
  const layer = (class_name: string, config: object, name = 'first') => ({
    class_name,
    name,
    config: { name, ...config },
  });
  const steps = { batch_input_shape: [null, 2, 3] };
  const endless = (inner: object) => layer('TimeDistributed', { ...steps, layer: inner });
  yield endless(outOfOrder());
  yield endless(layer('Lambda', {}, 'inner'));
  yield endless(layer('Dense', { units: 4, kernel_initializer: layer('Flatten', {}, 'flat') }, 'inner'));
  yield layer('RNN', { ...steps, cell: layer('Dense', { units: 4 }, 'cell') });
  yield layer('SimpleRNN', { units: 4, stateful: true, batch_input_shape: [1e9, 2, 3] });
  let both = layer('LSTM', { units: 1 }, 'lstm');
  for (let depth = 0; depth < 25; depth++) both = layer('Bidirectional', { ...steps, layer: both }, `both${depth}`);
  yield both;
  for (const className of ['Flatten', 'Functional']) yield { ...layer('Dense', { units: 4, ...steps }), className };
  for (const class_name of EVERYONES) yield layer(class_name, { units: 4, batch_input_shape: [null, 3] });
}

/** What is wrong with a `model.json`, and with the files beside it: by name, that of the JSON last. */
function* tfjsModels({ json, shard }: GoodFiles): Generator<[json: string, shard: Buffer | undefined]> {
  const { bytes } = shard;
  for (const part of truncated(Buffer.from(json), 6)) yield [part.toString(), bytes];
  for (const text of ['null', '[]', '{}', '3', '"model"']) yield [text, bytes];
  yield [' '.repeat(100 * 2 ** 20) + json, bytes];
  yield ['['.repeat(100_000) + ']'.repeat(100_000), bytes];
  yield [json, undefined];
  for (const length of [0, 1, bytes.length - 1]) yield [json, bytes.subarray(0, length)];
  yield [json, Buffer.concat([bytes, bytes])];
  const parsed = JSON.parse(json) as TfjsModel;
  const manifest = parsed.weightsManifest[0]!;
  const withManifest = (change: object) => JSON.stringify({ ...parsed, weightsManifest: [{ ...manifest, ...change }] });
  const outside = [
    '../outside.bin',
    '/etc/passwd',
    'a/../../outside.bin',
    'http://localhost/x',
    '..',
    '.',
    '',
    null,
    3,
  ];
  for (const path of outside) yield [withManifest({ paths: [path] }), bytes];
  yield [withManifest({ paths: [shard.name, shard.name] }), bytes];
  yield [withManifest({ paths: [shard.name, `./${shard.name}`] }), bytes];
  const { weights } = manifest;
  const withWeight = (change: object) => withManifest({ weights: [{ ...weights[0], ...change }, ...weights.slice(1)] });
  for (const shape of [[HUGE, HUGE], [-3, -4], [3.5, 4], ['3', 4], [4, 3], [12], [], null, [null, 4]]) {
    yield [withWeight({ shape }), bytes];
  }
  for (const dtype of ['string', 'complex64', 'evil', null, ...EVERYONES]) yield [withWeight({ dtype }), bytes];
  for (const quantization of [null, {}, { dtype: 'uint8' }, { dtype: 'uint8', min: 'x', scale: [] }])
    yield [withWeight({ quantization }), bytes];
  yield [withWeight({ name: '__proto__' }), bytes];
  yield [withWeight({ name: 'other/kernel' }), bytes];
  yield [withWeight({ name: weights[1]!.name }), bytes];
  for (const wrong of [null, [], {}, 3, [null], [{}]]) {
    yield [JSON.stringify({ ...parsed, weightsManifest: wrong }), bytes];
    yield [JSON.stringify({ ...parsed, modelTopology: wrong }), bytes];
  }
  const withTopology = (modelTopology: object) => JSON.stringify({ ...parsed, modelTopology });
  yield [JSON.stringify({ ...parsed, modelTopology: outOfOrder(), weightsManifest: [] }), bytes];
  const inCamelCase = JSON.stringify(outOfOrder()).replaceAll('inbound_nodes', 'inboundNodes');
  yield [JSON.stringify({ ...parsed, modelTopology: JSON.parse(inCamelCase), weightsManifest: [] }), bytes];
  for (const layer of tfjsLayers())
    yield [withTopology({ class_name: 'Sequential', config: { name: 's', layers: [layer] } }), bytes];
  yield [withManifest({ paths: Array<string>(300).fill(shard.name) }), bytes];
  for (const units of [HUGE, -4, 4.5, 'x', null])
    yield [json.replace(/"units":4/, `"units":${JSON.stringify(units)}`), bytes];
}

/** Writes files into `folder` that no model can be read from; gives their paths. The same good files, the same bad ones. */
export function writeMutilatedFiles(folder: string, good: GoodFiles): string[] {
  const paths: string[] = [];
  const write = (name: string, content: Uint8Array | string) => {
    const path = join(folder, name);
    writeFileSync(path, content);
    paths.push(path);
  };
  let count = 0;
  const number = () => String(count++).padStart(3, '0');
  for (const zip of zips(good)) write(`zip_${number()}.keras`, zip);
  for (const config of configs(good.config)) {
    const text = { name: 'config.json', bytes: Buffer.from(config) };
    write(`config_${number()}.keras`, rawZip([text, { name: 'model.weights.h5', bytes: good.weights }]));
  }
  const random = randomGenerator(2);
  for (const part of truncated(good.weights, 5)) write(`cut_${number()}.weights.h5`, part);
  for (const weights of marksFlipped(good.weights, random)) {
    if (count % 3 > 0) write(`mark_${number()}.weights.h5`, weights);
    else {
      // In a zip whose sums are right.
      const text = { name: 'config.json', bytes: Buffer.from(good.config) };
      write(`mark_${number()}.keras`, rawZip([text, { name: 'model.weights.h5', bytes: weights }]));
    }
  }
  for (const part of truncated(good.h5, 4)) write(`cut_${number()}.h5`, part);
  for (const h5 of [...marksFlipped(good.h5, random)].slice(0, 8)) write(`mark_${number()}.h5`, h5);
  for (const h5 of h5Texts(good.h5)) write(`text_${number()}.h5`, h5);
  for (const part of truncated(good.head, 4)) write(`head_${number()}.keras`, part);
  for (let index = 0; index < 4; index++) {
    // Inside the weights, which take up nearly all of it.
    const place = good.head.length * (0.1 + 0.8 * random());
    write(`head_${number()}.keras`, flipped(good.head, Math.floor(place), index));
  }
  for (const [json, shard] of tfjsModels(good)) {
    const name = `tfjs_${number()}`;
    mkdirSync(join(folder, name));
    if (shard) writeFileSync(join(folder, name, good.shard.name), shard);
    write(join(name, 'model.json'), json);
  }
  return paths;
}

/** Writes HDF5 files with bits flipped anywhere, which may leave a model and may not. */
export function writeFlippedFiles(folder: string, { weights }: GoodFiles, count: number): string[] {
  const random = randomGenerator(3);
  return Array.from({ length: count }, (_, index) => {
    const path = join(folder, `flipped_${index}.weights.h5`);
    writeFileSync(path, flipped(weights, Math.floor(random() * weights.length), Math.floor(random() * 8)));
    return path;
  });
}
