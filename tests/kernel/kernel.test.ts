import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Cell, code, type Notebook, printed, writeNotebooks } from '../notebooks/write_notebook';
import { python } from '../support/python';
import { root } from '../support/root';
import { setEnv } from '../support/set_env';
import { session, text, types } from './session';

const bad: Record<string, string> = {
  throws: "throw new RangeError('boom')",
  type_error: "const count: number = 'three'",
  rejects: "await Promise.reject(new Error('rejected'))",
  rejects_unawaited: "Promise.reject(new Error('nobody waits')); console.log('on it goes')",
  throws_in_a_timer: "setTimeout(() => { throw new Error('late') }, 20); await new Promise((r) => setTimeout(r, 100))",
};
const good = [code('const a = 20 + 1;'), code('console.log(2 * a)', [printed('42\n')])];
const cells: Record<string, Cell[]> = { good };
for (const [name, source] of Object.entries(bad)) {
  const outputs = name === 'rejects_unawaited' ? [printed('on it goes\n')] : [];
  cells[name] = [code(source, outputs), code('console.log(1)', [printed('1\n')])];
}

let folder: string;
let remove: () => void;
before(() => {
  ({ folder, remove } = writeNotebooks(cells));
});
after(() => remove());

test('nbval passes the good notebook and fails each bad one at its bad cell', () => {
  const args = ['-m', 'pytest', '-c', 'tests/notebooks/pytest.ini', '--rootdir=.', '-rA', '--tb=no', folder];
  const { stdout, status } = spawnSync(python, args, { cwd: root, encoding: 'utf8' });
  assert.equal(status, 1, stdout);
  const outcome = (name: string, cell: number) =>
    stdout.match(new RegExp(`^(PASSED|FAILED) .*/${name}\\.ipynb::Cell ${cell}\\b`, 'm'))?.[1];
  assert.deepEqual([outcome('good', 0), outcome('good', 1)], ['PASSED', 'PASSED'], stdout);
  for (const name of Object.keys(bad)) {
    assert.deepEqual([name, outcome(name, 0), outcome(name, 1)], [name, 'FAILED', 'PASSED'], stdout);
  }
});

test('nbclient runs the good notebook, raises for each bad one, and both have execution counts', () => {
  const names = Object.keys(cells);
  const script = path.join(__dirname, 'execute_notebooks.py');
  const paths = names.map((name) => path.join(folder, `${name}.ipynb`));
  assert.deepEqual(JSON.parse(execFileSync(python, [script, ...paths], { encoding: 'utf8' })), {
    good: null,
    throws: 'RangeError',
    type_error: 'TypeScriptError',
    rejects: 'Error',
    rejects_unawaited: 'Error',
    throws_in_a_timer: 'Error',
  });
  const read = (name: string): Notebook => JSON.parse(readFileSync(path.join(folder, `${name}.ipynb`), 'utf8'));
  const counts = read('good').cells.map((cell) => cell.execution_count);
  assert.deepEqual(counts, [1, 2]);
  const [thrown] = read('throws').cells;
  assert.deepEqual([thrown?.execution_count, thrown?.outputs?.map((output) => output.output_type)], [1, ['error']]);
});

test('an error is told once, in reply and output, and aborts what waits; what is sent later runs at once', () => {
  const { answers, exited } = session(folder, [
    ["throw new RangeError('boom')", "console.log('never')", "console.log('never')"],
    ["console.log('at once')"],
    ["const a: number = 'one';\nconst b: string = 2"],
    ['let epochs = 20;', 'epochs = 30; console.log({ epochs })'],
    ['for (let i = 0; i < 5000; i++) console.log(i)'],
  ]);
  const [error, aborted, alsoAborted, next, typeError, declared, shorthand, flood] = answers;
  assert.deepEqual(types(error), ['execute_input', 'error']);
  assert.deepEqual([error?.reply.status, error?.reply.ename, error?.reply.evalue], ['error', 'RangeError', 'boom']);
  assert.match(error?.reply.traceback?.join('\n') ?? '', /RangeError: boom\n {4}at cell \[1\], line 1\n/);
  assert.doesNotMatch(error?.reply.traceback?.join('\n') ?? '', /node_modules/);
  assert.deepEqual([aborted?.reply.status, types(aborted)], ['aborted', []]);
  assert.equal(alsoAborted?.reply.status, 'aborted');
  assert.deepEqual([next?.reply.status, next?.reply.execution_count, text(next)], ['ok', 2, 'at once\n']);
  assert.equal(typeError?.reply.traceback?.length, 2, 'both type errors are told');
  assert.deepEqual([declared?.reply.status, text(shorthand)], ['ok', '{ epochs: 30 }\n'], 'without colours');
  assert.equal(text(flood)?.split('\n').length, 5001, 'no printed line is lost');
  assert.ok(exited, 'the kernel exits when asked to shut down');
});

test('a request for the history is answered, and no cell gets a warning', () => {
  const { answers } = session(folder, [['1 + 1'], 'history', ['2 + 2']]);
  assert.deepEqual(answers[1]?.reply, { status: 'ok', history: [] });
  assert.deepEqual(answers[1]?.outputs, []);
});

test('cells import thaw and tfjs by name, and thaw uses the same tfjs', () => {
  const source = `
    import { applications } from 'thaw';
    import * as tf from '@tensorflow/tfjs-node';
    const network = await applications.vgg16({ weights: null, includeTop: false, inputShape: [32, 32, 3] });
    console.log(network instanceof tf.LayersModel)`;
  const [answer] = session(folder, [[source]]).answers;
  assert.equal(text(answer), 'true\n', JSON.stringify(answer));
});

test('an interrupt frees a cell and stops a training at the next batch, and the kernel goes on working', () => {
  const prepare = `
    import * as tf from '@tensorflow/tfjs-node';
    import { utils } from 'thaw';
    utils.setRandomSeed(1);
    const model = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [4] })] });
    model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    let batches = 0, thenBatches = 0;
    const xs = tf.ones([100000, 4]), ys = tf.ones([100000, 1]);`;
  const train = `
    const onBatchEnd = async () => { batches++; await tf.nextFrame(); if (batches === 3) console.log('third batch'); };
    await model.fit(xs, ys, { batchSize: 1, epochs: 1, verbose: 0, callbacks: { onBatchEnd } });`;
  const pause = 'await new Promise((done) => setTimeout(done, 300));';
  const { answers, exited } = session(folder, [
    [prepare],
    { interrupt: train, at: 'third batch' },
    [`${pause} thenBatches = batches;`, `${pause} console.log(batches === thenBatches, batches < 1000)`],
    { interrupt: `${pause} console.log('waits'); await new Promise(() => {})`, at: 'waits' },
    { interrupt: "console.log('loops'); while (true) {}", at: 'loops' },
    ['console.log(tf.sum(tf.ones([3])).dataSync()[0])'],
  ]);
  const [prepared, training, settled, stopped, waiting, looping, last] = answers;
  assert.equal(prepared?.reply.status, 'ok', JSON.stringify(prepared));
  const interrupted = [training, waiting, looping].map((answer) => answer?.reply.ename);
  assert.deepEqual(interrupted, Array(3).fill('KeyboardInterrupt'), JSON.stringify(training));
  assert.equal(settled?.reply.status, 'ok', JSON.stringify(settled));
  assert.equal(text(stopped), 'true true\n');
  assert.deepEqual([last?.reply.status, text(last)], ['ok', '3\n']);
  assert.ok(exited, 'and exits when asked to');
});

/** Whether a process runs (one that has ended but that nobody has reaped does not). */
function runs(pid: string): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', pid], { encoding: 'utf8' });
  return stdout.trim() !== '' && !stdout.startsWith('Z');
}

test('a kernel whose parent is killed goes, and takes the processes with it that its cells started', async () => {
  const child = spawn(python, [path.join(__dirname, 'orphan_kernel.py'), folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await child.stdout.take(1).toArray()) as Buffer[];
  const pids = String(line).trim().split(' ');
  assert.equal(pids.length, 2);
  assert.deepEqual(pids.map(runs), [true, true]);
  child.kill('SIGKILL');
  for (let wait = 0; wait < 100 && pids.some(runs); wait++) await sleep(100);
  assert.deepEqual(pids.map(runs), [false, false]);
});

test('a kernel whose sockets take their time to be bound answers, and nothing fails', (t) => {
  setEnv(t, 'NODE_OPTIONS', `--require=${path.join(__dirname, 'slow_bind.cjs')}`);
  const { answers } = session(folder, [['console.log(1)'], ['console.log(2)']]);
  assert.deepEqual(
    answers.map((answer) => [answer.reply.status, text(answer)]),
    [
      ['ok', '1\n'],
      ['ok', '2\n'],
    ],
  );
});
