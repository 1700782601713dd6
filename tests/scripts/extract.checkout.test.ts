import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, truncateSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { applications, datasets } from '../../src';
import { thawHome } from '../../src/utils/paths';
import { setUpCheckout } from './checkout';

const { checkout, env, remove } = setUpCheckout();
after(() => remove());

const pictures = path.join(checkout, 'pictures');

/** A cache with an empty feature bank, and the weights and pictures of this one. */
function makeHome(name: string): string {
  const home = path.join(checkout, name);
  mkdirSync(home);
  const shared = readdirSync(thawHome()).filter((entry) => entry !== 'feature_bank');
  for (const entry of shared) symlinkSync(path.join(thawHome(), entry), path.join(home, entry));
  return home;
}

const bank = (home: string) => path.join(home, 'feature_bank');
const bankFiles = (home: string) => readdirSync(bank(home)).sort();

before(async () => {
  await applications.imagenetWeights('vgg16_notop');
  const { test: set } = await datasets.catsVsDogs();
  for (const kind of ['cat', 'dog']) {
    mkdirSync(path.join(pictures, kind), { recursive: true });
    const files = readdirSync(path.join(set, kind)).slice(0, 60);
    for (const file of files) cpSync(path.join(set, kind, file), path.join(pictures, kind, file));
  }
});

async function extract(home: string, ...args: string[]) {
  const child = spawn(process.execPath, [path.join(checkout, 'scripts', 'extract.mjs'), ...args], {
    cwd: checkout,
    env: { ...env, THAW_HOME: home, INIT_CWD: checkout },
  });
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { status: child.exitCode, stdout, stderr };
}

test('four processes at once and a merge leave the bytes that one process leaves', async () => {
  const [one, four] = [makeHome('one'), makeHome('four')];
  const args = ['pictures', '--size', '32'];
  const whole = await extract(one, ...args);
  assert.equal(whole.status, 0, whole.stderr);
  assert.match(whole.stdout, /Computing 'block5_pool' for 1 × 120 pictures.*pictures: computed\n$/s);

  const shards = ['1/4', '2/4', '3/4', '4/4'];
  const runs = await Promise.all(shards.map((shard) => extract(four, ...args, '--shard', shard)));
  for (const [index, { status, stdout, stderr }] of runs.entries()) {
    assert.equal(status, 0, stderr);
    assert.match(stdout, new RegExp(`for 1 × ${[32, 32, 32, 24][index]} pictures.*${shards[index]}: computed\n$`, 's'));
  }
  const parts = bankFiles(four);
  assert.equal(parts.length, 8);

  truncateSync(path.join(bank(four), parts.find((name) => name.includes('3_of_4'))!), 100);
  const early = await extract(four, ...args, '--merge', '4');
  assert.equal(early.status, 1);
  assert.match(
    early.stderr,
    /all 4 shards of .*pictures\. Missing or cut short: 3\..*\nRun: for i in 3; do npm run extract -- "pictures" --network vgg16 --size 32 --shard \$i\/4; done\n$/,
  );
  assert.doesNotMatch(early.stderr, /at .*\.mjs:/, 'no stack');
  assert.match(
    (await extract(four, ...args, '--shard', '2/4')).stdout,
    /part 2\/4: all is there, nothing to compute\n$/,
  );
  assert.match((await extract(four, ...args, '--shard', '3/4')).stdout, /part 3\/4: computed\n$/);

  const merged = await extract(four, ...args, '--merge', '4');
  assert.match(merged.stdout, /pictures: 4 parts joined\n$/, merged.stderr);
  assert.deepEqual(bankFiles(four), bankFiles(one));
  for (const name of bankFiles(one)) {
    assert.ok(readFileSync(path.join(bank(four), name)).equals(readFileSync(path.join(bank(one), name))), name);
  }
  assert.match((await extract(four, ...args, '--merge', '4')).stdout, /all is there, nothing to join\n$/);
});

test('npm run extract says what is wrong and how it is used', async () => {
  const home = makeHome('none');
  for (const [args, message] of [
    [['--shard', '0/4'], /Expected --shard to be i\/n with 1 ≤ i ≤ n, such as 1\/4\. Received: 0\/4/],
    [['--shard', '5/4'], /Received: 5\/4/],
    [['--shard', 'a/b'], /Received: a\/b/],
    [['--merge', '0'], /Expected --merge to be a positive integer\. Received: 0/],
    [['--size', '1.5'], /Expected --size to be a positive integer\. Received: 1\.5/],
    [['--shard', '1/4', '--merge', '4'], /Expected --shard or --merge\. Received: both/],
    [['pictures', '--network', 'vgg61'], /Expected --network to be one of .*mobileNetV2.*vgg16.*\. Received: vgg61/],
    [['lost'], /Expected a folder of pictures that can be read.*Received: .*lost/],
  ] as const) {
    const { status, stderr } = await extract(home, ...args);
    assert.equal(status, 1);
    assert.match(stderr, message);
    assert.match(stderr, /\nUsage: npm run extract -- \[FOLDER\.\.\.\].*where i counts from 1/s);
    assert.doesNotMatch(stderr, /at .*\.mjs:/, 'no stack');
  }
  assert.ok(!readdirSync(home).includes('feature_bank'));
});
