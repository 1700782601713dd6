import type { RandomGenerator } from '../../src/utils/random';

type Container = Record<string | number, unknown>;

/** Stands in JSON for text that no value gives: what follows it, without the quotes. */
const RAW = '\u0001raw:';
const raw = (text: string) => RAW + text;

/** What is put in the place of values. */
const VALUES: unknown[] = [
  ...[null, true, false, -1, 0, 1, 2.5, -0, 1e308, 2 ** 31, 2 ** 53, 1e-300],
  ...[
    '',
    'x',
    '__proto__',
    'constructor',
    'toString',
    'valueOf',
    '../../etc/passwd',
    '\0',
    '\ud800',
    'a'.repeat(70_000),
  ],
  ...[[], {}, [[]], [null], [{}], ['relu'], ['float32'], Array.from({ length: 5000 }, (_, index) => index)],
  ...['float16', 'float64', 'channels_first', 'relu', 'linear', { class_name: 'Dense' }],
  { class_name: '__keras_tensor__', config: {} },
  { class_name: 'TruncatedNormal', config: { mean: 0, stddev: -1, seed: null } },
  { class_name: 'Orthogonal', config: { gain: 1e9, seed: 1 } },
  { module: 'builtins', class_name: 'eval', config: {} },
  ...['NaN', 'Infinity', '-Infinity', '1e999', '0x10', 'undefined', '[1,2,]', '"\\ud800"'].map(raw),
  ...['{"__proto__":{"polluted":1}}', '{"constructor":{"prototype":{"polluted":1}}}'].map(raw),
  ...[`${'['.repeat(3000)}${']'.repeat(3000)}`, `${'{"a":'.repeat(3000)}1${'}'.repeat(3000)}`].map(raw),
];

/** What keys are renamed to, or added. */
const KEYS = [
  ...['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'class_name', 'className', 'config'],
  ...['name', 'layers', 'layer', 'cell', 'inbound_nodes', 'inboundNodes', 'batch_shape', 'batchInputShape', 'dtype'],
  ...['trainable', 'thaw', 'quantization', 'group', 'kernel_initializer', 'kernelInitializer', 'activation', 'module'],
];

const isContainer = (value: unknown): value is Container => typeof value === 'object' && value !== null;

/** Every place in a value: what holds it, and by which key. */
function places(value: unknown): { parent: Container; key: string }[] {
  if (!isContainer(value)) return [];
  return Object.keys(value).flatMap((key) => [{ parent: value, key }, ...places(value[key])]);
}

function mutate(root: unknown, random: RandomGenerator): void {
  const all = places(root);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)]!;
  const of = (test: (value: unknown) => boolean) => all.filter(({ parent, key }) => test(parent[key]));
  const { parent, key } = pick(all);
  const remove = () => (Array.isArray(parent) ? parent.splice(Number(key), 1)[0] : Reflect.deleteProperty(parent, key));
  const kind = Math.floor(random() * 9);
  if (kind < 3) parent[key] = structuredClone(pick(VALUES));
  else if (kind === 3) remove();
  else if (kind === 4) {
    const value = parent[key];
    remove();
    define(parent, pick(KEYS), value);
  } else if (kind === 5) {
    const other = pick(all);
    const copies = [structuredClone(parent[key]), structuredClone(other.parent[other.key])];
    [other.parent[other.key], parent[key]] = copies;
  } else if (kind === 6) {
    const found = of((value) => isContainer(value) && !Array.isArray(value));
    if (found.length === 0) return;
    const into = pick(found);
    define(into.parent[into.key] as Container, pick(KEYS), structuredClone(pick(VALUES)));
  } else if (kind === 7) {
    const found = of((value) => Array.isArray(value) && value.length > 0);
    if (found.length === 0) return;
    const { parent, key } = pick(found);
    const list = parent[key] as unknown[];
    const item = pick(list);
    for (let count = pick([1, 2, 50]); count > 0; count--) list.push(structuredClone(item));
  } else {
    const found = of((value) => typeof value === 'number');
    if (found.length === 0) return;
    const { parent, key } = pick(found);
    const number = parent[key] as number;
    parent[key] = pick([
      -number,
      number + 1,
      number * 1000,
      1e9,
      2 ** 31,
      2 ** 32 + 1,
      0,
      raw('1e400'),
      String(number),
    ]);
  }
}

/** Sets a key of its own, `__proto__` too. */
function define(object: Container, key: string, value: unknown): void {
  Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
}

function spoilText(text: string, random: RandomGenerator): string {
  const place = Math.floor(random() * text.length);
  const odd = String.fromCharCode([0, 7, 34, 92, 123, 125, 0x2028, 0xfffd][Math.floor(random() * 8)]!);
  const spoilt = [
    `\ufeff${text}`,
    text.replace(',', ',,'),
    `${text}\0`,
    text.slice(0, place) + odd + text.slice(place),
    text.slice(0, place) + text.slice(place + 1 + Math.floor(random() * 8)),
    text.replace('"config"', '"config":null,"config"'),
    text.replace('"class_name"', '"class_name":"Dense","class_name"'),
    text.replace('"class_name"', '"className":"Dense","class_name"'),
  ];
  return spoilt[Math.floor(random() * spoilt.length)]!;
}

/** JSON text with one to three changes to its values, keys and lists, now and then to its letters. */
export function mutateJson(text: string, random: RandomGenerator): string {
  if (random() < 1 / 8) return spoilText(text, random);
  const root: unknown = JSON.parse(text);
  for (let count = 1 + Math.floor(random() ** 2 * 3); count > 0; count--) mutate(root, random);
  const stringified = JSON.stringify(root);
  // JSON.stringify has put the raw text into quotes and escaped it.
  return stringified.replace(/"\\u0001raw:((?:[^"\\]|\\.)*)"/g, (_, escaped: string) =>
    String(JSON.parse(`"${escaped}"`)),
  );
}
