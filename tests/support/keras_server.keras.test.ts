import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { kerasCommand, runKeras } from './keras';
import { root } from './root';

const folder = mkdtempSync(path.join(tmpdir(), 'thaw-server-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const skip = process.platform !== 'linux' && 'there is a server on Linux only';

function write(name: string, ...lines: string[]): string {
  const file = path.join(folder, name);
  writeFileSync(file, lines.join('\n'));
  return file;
}

const isAlive = (pid: string) => /^State:\s+[^ZX]/m.test(read(`/proc/${pid}/status`));
const read = (file: string) => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
};

/** Waits until a process is gone, for ten seconds at most. */
async function gone(pid: string): Promise<boolean> {
  for (let wait = 0; wait < 100 && isAlive(pid); wait++) await sleep(100);
  return !isAlive(pid);
}

before(async () => {
  if (skip) return;
  const { startKerasServer } = await import('../../scripts/gate/keras_server.mjs');
  await startKerasServer(folder);
});

test('a script meets a Keras that no script before it has touched', { skip }, () => {
  const script = write(
    'touches.py',
    'import sys, keras, tensorflow as tf',
    'print(sys.argv[1:], __name__, keras.layers.Dense(1).name, hasattr(keras, "touched"), tf.random.uniform([]).shape)',
    'keras.touched = True',
  );
  const printed = "['a', 'b c'] __main__ dense False ()\n";
  assert.equal(runKeras(script, 'a', 'b c'), printed);
  assert.equal(runKeras(script, 'a', 'b c'), printed);
});

test('a script has the streams, the folder and the environment of who asks for it', { skip }, () => {
  const script = write('echoes.py', 'import os, sys', 'print(os.getcwd(), os.environ["MINE"], sys.stdin.read())');
  const options = {
    cwd: folder,
    input: 'what is asked',
    env: { ...process.env, MINE: 'mine' },
    encoding: 'utf8',
  } as const;
  const { stdout, stderr, status } = spawnSync(...kerasCommand(script), options);
  assert.deepEqual([stdout, stderr, status], [`${folder} mine what is asked\n`, '', 0]);
});

test('a script that fails, or ends with a code, ends so for who asked for it', { skip }, () => {
  const fails = spawnSync(...kerasCommand(write('fails.py', 'x = 1', '1 / 0')), { encoding: 'utf8' });
  assert.equal(fails.status, 1);
  assert.match(fails.stderr, /fails\.py", line 2[\s\S]*ZeroDivisionError/);
  assert.equal(spawnSync(...kerasCommand(write('ends.py', 'raise SystemExit(3)'))).status, 3);
  const dies = spawnSync(...kerasCommand(write('dies.py', 'import os', 'os.abort()')), { encoding: 'utf8' });
  assert.equal(dies.status, 1);
  assert.match(dies.stderr, /Expected the exit code of .*dies\.py\. Received: nothing/);
});

test('a script ends when who asked for it is killed', { skip }, async () => {
  const script = write('waits.py', 'import os, time', 'print(os.getpid(), flush=True)', 'time.sleep(60)');
  const client = spawn(...kerasCommand(script));
  const [pid] = await once(createInterface(client.stdout), 'line');
  assert.ok(isAlive(pid));
  client.kill('SIGKILL');
  assert.ok(await gone(pid));
});

test('the server and its scripts end with the program that started it, however that ends', { skip }, async () => {
  const script = write('stays.py', 'import os, time', 'print(os.getppid(), os.getpid(), flush=True)', 'time.sleep(60)');
  const other = mkdtempSync(path.join(folder, 'other-'));
  const program = `import { startKerasServer } from './scripts/gate/keras_server.mjs';
    import { spawn } from 'node:child_process';
    await startKerasServer(${JSON.stringify(other)});
    const [program, ...args] = ${JSON.stringify(kerasCommand(script).flat())};
    spawn(program, args, { stdio: 'inherit' });`;
  const starter = spawn(process.execPath, ['--input-type=module', '-e', program], { cwd: root });
  const [line] = await once(createInterface(starter.stdout), 'line');
  const pids = String(line).split(' ');
  assert.ok(pids.length === 2 && pids.every(isAlive), line);
  starter.kill('SIGKILL');
  for (const pid of pids) assert.ok(await gone(pid), pid);
});
