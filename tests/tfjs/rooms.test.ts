import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { before, test } from 'node:test';

const root = path.join(__dirname, '..', '..');
/** Compiled, as whoever imports it gets it; a process starts sooner so. */
const built = path.join(root, 'dist');

/**
 * Prints what the prototypes of tfjs's classes are like once a module is loaded: for each member a hash of its text. And
 * whether the module has loaded Thaw's tf.
 */
const program = `
  const { createHash } = require('node:crypto');
  const [raw, module, ours] = process.argv.slice(1);
  const tf = require(raw);
  const activationOf = (activation) => tf.layers.activation({ activation }).activation;
  const made = {
    ...Object.fromEntries(Object.entries(tf.serialization.SerializationMap.getMap().classNameMap).map(([name, [each]]) => [name, each.prototype])),
    ...Object.fromEntries(Object.entries(tf).filter(([, each]) => each?.prototype).map(([name, { prototype }]) => [name, prototype])),
    ...Object.fromEntries(['relu', 'relu6', 'swish', 'sigmoid', 'softmax'].map((name) => [name, Object.getPrototypeOf(activationOf(name))])),
    gradient: tf.getGradient('Relu'),
  };
  if (module) require(module);
  const hash = (each) => typeof each === 'function' ? createHash('sha256').update(String(each)).digest('hex').slice(0, 8) : typeof each;
  const members = {};
  for (const [name, own] of Object.entries(made))
    for (let each = own, depth = 0; each && each !== Object.prototype; each = Object.getPrototypeOf(each), depth++)
      for (const [key, { value, get, set }] of Object.entries(Object.getOwnPropertyDescriptors(each)))
        if (key !== 'constructor') members[name + '^' + depth + '.' + key] = [value, get, set].map(hash).join();
  console.log(JSON.stringify({ members, loaded: ours in require.cache }));
`;

interface Seen {
  members: Record<string, string>;
  loaded: boolean;
}

function seen(module = ''): Seen {
  const args = ['-e', program, path.join(built, 'tfjs', 'raw'), module, path.join(built, 'tf.js')];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8', maxBuffer: 2 ** 26 }));
}

/** The members that differ, by name. */
const differing = (a: Seen, b: Seen) =>
  [...new Set([a, b].flatMap(({ members }) => Object.keys(members)))].filter(
    (name) => a.members[name] !== b.members[name],
  );

let [alone, whole]: Seen[] = [];
before(() => {
  [alone, whole] = [seen(), seen(built)];
});

test('importing Thaw changes tfjs', () => {
  const names = differing(alone!, whole!);
  for (const name of [
    'LayersModel^0.fit',
    'RMSPropOptimizer^0.applyGradients',
    'gradient^0.gradFunc',
    'Sequential^0.model',
  ])
    assert.ok(names.includes(name), `${name} in ${names}`);
});

const rooms = readdirSync(path.join(root, 'src'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => (name === 'saving' ? 'saving/load_weights' : name));

for (const name of [...rooms, 'tf']) {
  test(`importing ${name} changes all in tfjs that importing Thaw changes, or nothing where it takes no tfjs`, () => {
    const room = seen(path.join(built, name));
    assert.deepEqual(differing(room, room.loaded || name === 'tfjs' ? whole! : alone!), []);
    assert.equal(room.loaded, name !== 'tfjs');
  });
}
