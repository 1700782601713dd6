import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import { setUpCheckout } from './checkout';
import { finished, startProgram } from './fresh_checkout';

const { checkout, env, remove } = setUpCheckout('Thaw für Anfänger (2) it\'s #1 100% $HOME;"a" & b');
after(() => remove());

test('in a checkout whose path holds spaces, other letters and signs the binding is built, and loads', async () => {
  fs.rmSync(path.join(checkout, 'node_modules', '@tensorflow', 'tfjs-node', 'lib'), { recursive: true });
  const program = `import { setupCode } from './scripts/setup.mjs';\nawait setupCode(true)`;
  const { code, text } = await finished(startProgram(checkout, program, env));
  assert.equal(code, 0, text);
  assert.match(text, /TensorFlow \S+ loads and multiplies two matrices rightly/);
  assert.deepEqual(await finished(startProgram(checkout, program, env)), { code: 0, text: '' });
});
