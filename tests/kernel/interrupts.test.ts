import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { writeNotebooks } from '../notebooks/write_notebook';
import { type Step, session, text } from './session';

let folder: string;
let remove: () => void;
before(() => {
  ({ folder, remove } = writeNotebooks({}));
});
after(() => remove());

const spin = "console.log('here'); while (true) {}";
/** What gives the event loop no turn, once it has printed `here`. */
const loops: Record<string, string> = {
  'at once': spin,
  'after an await': `await new Promise((r) => setTimeout(r, 50)); ${spin}`,
  'of microtasks': "console.log('here'); while (true) await null;",
  'of promises nobody awaits': "const next = () => { Promise.resolve().then(next) }; next(); console.log('here')",
  'in a timer': `setTimeout(() => { ${spin} }, 50); await new Promise(() => {})`,
  'in an immediate': `setImmediate(() => { ${spin} }); await new Promise(() => {})`,
  'that catches': "console.log('here'); for (;;) { try { while (true) {} } catch {} finally {} }",
};

// With hooks Node looks more closely whether callbacks end as they should.
const hooks = "require('node:async_hooks').createHook({ init() {}, before() {}, after() {} }).enable();";

test('an interrupt ends JavaScript that gives the event loop no turn, and the kernel goes on working', () => {
  const all = Object.entries(loops);
  const steps = [...all, ['with hooks', `${hooks} ${spin}`], ...all].flatMap(([, cell]): Step[] => [
    { interrupt: cell ?? '', at: 'here' },
    ["setTimeout(() => console.log('timer'), 10); await new Promise((r) => setTimeout(r, 50));"],
  ]);
  const { answers, exited } = session(folder, steps);
  assert.equal(answers.length, steps.length);
  for (const [index, step] of steps.entries()) {
    const { reply } = answers[index] ?? assert.fail();
    const told = Array.isArray(step) ? [reply.status, text(answers[index])] : [reply.ename];
    const expected = Array.isArray(step) ? ['ok', 'timer\n'] : ['KeyboardInterrupt'];
    assert.deepEqual(told, expected, JSON.stringify([steps[index - 1], step, answers[index]]));
  }
  assert.ok(exited, 'and exits when asked to');
});

test('an interrupt that comes while Node notes a callback waits until it has', () => {
  // With hooks Node notes each of the promises' callbacks: of so many interrupts some come just then.
  const looping = [loops['of microtasks'], loops['of promises nobody awaits']];
  const steps = Array.from({ length: 20 }, (_, index): Step => ({ interrupt: looping[index % 2] ?? '', at: 'here' }));
  const { answers } = session(folder, [[hooks], ...steps, ["console.log('next')"]]);
  assert.equal(answers.length, steps.length + 2);
  const told = answers.slice(1, -1).map(({ reply }) => reply.ename);
  assert.deepEqual([new Set(told), text(answers.at(-1))], [new Set(['KeyboardInterrupt']), 'next\n']);
});

test('an interrupt ends a loop in a timer that a cell has left behind, and not the cell that waits for its end', () => {
  const { answers } = session(folder, [
    [`setTimeout(() => { ${spin} }, 500);`],
    { interrupt: null, at: 'here' },
    ["console.log('next')"],
  ]);
  const statuses = answers.map(({ reply }) => reply.status);
  assert.deepEqual([statuses, text(answers[1])], [['ok', 'ok'], 'next\n'], JSON.stringify(answers));
});

test('an interrupt leaves a slow batch of a training its time: the training ends after it, with what follows it', () => {
  const prepare = `
    import * as tf from '@tensorflow/tfjs-node';
    import 'thaw';
    const model = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [4] })] });
    model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    let batches = 0;
    let ended = '';
    const onBatchEnd = () => {
      console.log('a batch');
      const end = Date.now() + 3000;
      while (Date.now() < end); // as long as native code may take
      batches++;
    };`;
  const train = `
    await model.fit(tf.ones([10, 4]), tf.ones([10, 1]), { batchSize: 1, epochs: 1, verbose: 0, callbacks: { onBatchEnd } })
      .then(() => { ended = 'as it should' });`;
  const wait = 'while (!ended) await new Promise((r) => setTimeout(r, 50)); console.log(ended, batches)';
  const { answers } = session(folder, [[prepare], { interrupt: train, at: 'a batch' }, [wait]]);
  const [, training, after] = answers;
  assert.equal(training?.reply.ename, 'KeyboardInterrupt', JSON.stringify(training));
  assert.match(text(after) ?? '', /^as it should [12]$/m, JSON.stringify(after));
});
