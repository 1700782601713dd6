import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { setUpCheckout } from '../scripts/checkout';
import { root } from '../support/root';

test("feature extraction runs end to end with MobileNetV2 in VGG16's place, and a folder of its own", (t) => {
  const { checkout, env, remove } = setUpCheckout();
  try {
    const file = path.join('notebooks', '02_feature_extraction.ipynb');
    const source = readFileSync(path.join(root, file), 'utf8');
    // Its head is large on MobileNetV2's maps, and each epoch long: two show that it runs.
    const changed = source
      .replaceAll('applications.vgg16', 'applications.mobileNetV2')
      .replace("const results = '../results';", "const results = '../results/mobileNetV2';")
      .replace('const epochs = 20;', 'const epochs = 2;');
    writeFileSync(path.join(checkout, file), changed);
    const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/start.mjs', '02'], {
      encoding: 'utf8',
      cwd: checkout,
      env,
    });
    assert.equal(status, 0, stderr);
    assert.ok(existsSync(path.join(checkout, 'results', 'mobileNetV2', 'feature_extraction.keras')));
    const accuracy = Number(/^02_feature_extraction +(\d\.\d+)/m.exec(stdout)?.[1]);
    t.diagnostic(`test accuracy with MobileNetV2: ${accuracy}`);
    // With drawings, which are easier, too.
    assert.ok(accuracy > 0.93, stdout);
  } finally {
    remove();
  }
});
