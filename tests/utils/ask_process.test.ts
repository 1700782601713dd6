import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { askProcess, ProcessEndedError, ProcessUnreachableError, startProcess } from '../../src/utils/ask_process';
import { temporaryHome } from '../support/temporary_home';

const program = join(temporaryHome().home, 'program.cjs');
writeFileSync(
  program,
  `process.on('message', ({ work, numbers }) => {
    console.log('dropped');
    if (work === 'exit') process.exit(3);
    if (work === 'crash') process.kill(process.pid, 'SIGKILL');
    for (const number of numbers) process.send({ square: number ** 2, kind: numbers.constructor.name });
    process.send('end');
  });`,
);

test('askProcess() hands on replies until one is the answer, of one question after another', async () => {
  const child = startProcess(program);
  const ask = (...numbers: number[]) => {
    const squares: number[] = [];
    return askProcess(
      child,
      { numbers: Float32Array.from(numbers) },
      (reply: 'end' | { square: number; kind: string }) => {
        if (reply === 'end') return squares;
        assert.equal(reply.kind, 'Float32Array');
        squares.push(reply.square);
        return undefined;
      },
    );
  };
  assert.deepEqual(await ask(1, 2, 3), [1, 4, 9]);
  assert.deepEqual(await ask(4), [16]);
  assert.deepEqual(
    ['message', 'exit', 'error'].map((event) => child.listenerCount(event)),
    [0, 0, 0],
  );
  child.disconnect();
  await once(child, 'exit');
});

test('askProcess() tells how a process ended, what take() throws, and that there is nobody to ask', async () => {
  const take = () => undefined;
  for (const [work, how] of [
    ['exit', /^exit code 3$/],
    ['crash', /^SIGKILL$/],
  ] as const) {
    const ended = (error: Error) => error instanceof ProcessEndedError && how.test(error.message);
    await assert.rejects(askProcess(startProcess(program), { work }, take), ended);
  }
  const child = startProcess(program);
  const refuse = () => {
    throw new Error('not that');
  };
  await assert.rejects(askProcess(child, { numbers: [1] }, refuse), /not that/);
  child.disconnect();
  await assert.rejects(askProcess(child, { numbers: [1] }, take), ProcessUnreachableError);
});
