import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { add, patch, patchAccessor } from '../../src/tfjs/patch';
import { root, typescript } from '../support/root';

const reason = { what: 'a test', why: 'to see', upstream: null };

class Layer {
  rate = 1;
  call(x: number): number {
    return x * this.rate;
  }
}

test('patch() replaces a method, which the replacement can call, until it is undone', () => {
  const undo = patch(
    Layer.prototype,
    'call',
    (call) =>
      function (this: Layer, x) {
        return call.call(this, x) + 1;
      },
    reason,
  );
  assert.equal(new Layer().call(3), 4);
  undo();
  assert.equal(new Layer().call(3), 3);
});

test('patch() changes a member twice for the same Thaw, and undoes the last change first', () => {
  const times = (factor: number) =>
    patch(
      Layer.prototype,
      'call',
      (call) =>
        function (this: Layer, x) {
          return factor * call.call(this, x);
        },
      reason,
    );
  const undos = [times(2), times(5)];
  assert.equal(new Layer().call(1), 10);
  for (const undo of undos.reverse()) undo();
  assert.equal(new Layer().call(1), 1);
});

test('patch() replaces an inherited method for the heir alone', () => {
  class Dropout extends Layer {}
  const undo = patch(Dropout.prototype, 'call', () => () => 0, reason);
  assert.deepEqual([new Layer().call(1), new Dropout().call(1)], [1, 0]);
  undo();
  assert.equal(new Dropout().call(1), 1);
  assert.equal(Object.hasOwn(Dropout.prototype, 'call'), false);
});

test('patchAccessor() and add() define properties until they are undone', () => {
  const target = Object.create({ size: 1 }) as { size: number };
  const undoSize = patchAccessor(target, 'size', { get: () => 2 }, reason);
  const undoName = add(target, 'name', { get: () => 'added' }, reason);
  assert.deepEqual([target.size, Reflect.get(target, 'name')], [2, 'added']);
  undoSize();
  undoName();
  assert.deepEqual([target.size, 'name' in target], [1, false]);
});

test('a member that tfjs lacks, or has where it had none, is told with both versions', () => {
  const layer = Layer.prototype as Layer & { train(): void };
  assert.throws(
    () => patch(layer, 'train', () => () => {}, reason),
    /^Error: tfjs 4\.22\.0 has no Layer\.train; Thaw was made for 4\.22\. /,
  );
  assert.throws(
    () => add(layer, 'call', { value: 1 }, reason),
    /^Error: tfjs 4\.22\.0 has a Layer\.call of its own; Thaw was made for 4\.22, /,
  );
});

test('two copies of Thaw in one process are one error, which names both paths', () => {
  const folder = mkdtempSync(path.join(root, 'tests', '.tmp-'));
  try {
    const [one, other] = [path.join(root, 'src'), path.join(folder, 'src')] as const;
    cpSync(one, other, { recursive: true });
    const program = `require(${JSON.stringify(one)}); require(${JSON.stringify(other)})`;
    const { status, stderr } = spawnSync(process.execPath, [...typescript, '-e', program], {
      cwd: root,
      encoding: 'utf8',
    });
    assert.equal(status, 1, stderr);
    const [message] = stderr.match(/^Error: Two copies of Thaw.*/m) ?? [stderr];
    assert.ok(message.includes(`Received: ${one} and ${other}.`), message);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
