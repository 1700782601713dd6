import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { drawCatsAndDogs } from '../../src/datasets/cat_and_dog_drawings';
import * as tf from '../../src/tf';
import { setUpCheckout } from '../scripts/checkout';
import { root } from '../support/root';

const { checkout, env, remove } = setUpCheckout();
after(() => remove());

const inCheckout = (...names: string[]) => path.join(checkout, ...names);
const [, section] = /^## Your own pictures\n([\s\S]*?)^## /m.exec(readFileSync(path.join(root, 'README.md'), 'utf8'))!;
/** What README has in the section's one block of a language. */
function block(language: string): string {
  const [found, ...more] = [...section!.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))];
  assert.ok(found && more.length === 0, language);
  return found[1]!;
}
const run = (command: string) => spawnSync(command, { shell: true, encoding: 'utf8', cwd: checkout, env });

/** A picture of a wall: one colour, brighter to one side. */
async function wall(file: string, hue: number): Promise<void> {
  const pixels = tf.tidy(() => {
    const light = tf.linspace(100, 200, 60).reshape([1, 60, 1]).tile([40, 1, 3]);
    return light.mul(tf.tensor1d([0, 2, 4].map((shift) => 0.6 + 0.4 * Math.sin(hue + shift)))).toInt() as tf.Tensor3D;
  });
  writeFileSync(file, await tf.node.encodeJpeg(pixels));
  pixels.dispose();
}

before(async () => {
  await drawCatsAndDogs(inCheckout('drawn'), { counts: { train: 60, validation: 1, test: 0 } });
  mkdirSync(inCheckout('pets', 'wall'), { recursive: true });
  for (const kind of ['cat', 'dog']) {
    mkdirSync(inCheckout('pets', kind));
    for (const name of readdirSync(inCheckout('drawn', 'train', kind)))
      copyFileSync(inCheckout('drawn', 'train', kind, name), inCheckout('pets', kind, name));
    const [unseen] = readdirSync(inCheckout('drawn', 'validation', kind));
    copyFileSync(inCheckout('drawn', 'validation', kind, unseen!), inCheckout(`${kind}.jpg`));
  }
  for (let index = 0; index < 30; index++) await wall(inCheckout('pets', 'wall', `${index}.jpg`), index / 5);
  await wall(inCheckout('wall.jpg'), 7.1);
});

test("README's lines go from a folder of classes to an answer by name", () => {
  writeFileSync(inCheckout('pets.mjs'), block('js'));
  const [setUp, train, predict, web] = block('sh').trim().split('\n');
  assert.deepEqual([setUp, web], ['npm run setup', 'npm run web -- --model pets.keras']);
  for (const command of [setUp!, train!]) {
    const { status, stdout, stderr } = run(command);
    assert.equal(status, 0, `${command}: ${stdout}${stderr}`);
  }
  const { stdout, stderr } = run(
    predict!.replace('picture.jpg', 'cat.jpg dog.jpg wall.jpg').replace('run', 'run --silent'),
  );
  const answers = [...stdout.matchAll(/^(\w+)\.jpg +(\w+) +[\d.]+ %$/gm)].map(([, picture, name]) => [picture, name]);
  assert.deepEqual(
    answers,
    ['cat', 'dog', 'wall'].map((name) => [name, name]),
    stdout + stderr,
  );
});
