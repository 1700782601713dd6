import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { code, type Notebook, prose, writeNotebooks } from '../notebooks/write_notebook';
import { python } from '../support/python';
import { root } from '../support/root';

let folder: string;
let remove: () => void;
before(() => {
  ({ folder, remove } = writeNotebooks({
    '01_good': [
      prose('# Good'),
      code("console.log('first line');\nconsole.log('last line')"),
      code("console.log('test accuracy: 0.9705\\ntest loss:     0.0912')", [], ['test-accuracy']),
    ],
    '02_plain': [code('console.log(process.env.THAW_STATIC_FIGURES)')],
    '03_bad': [code('const a = 1;'), code("throw new RangeError('boom')"), code("console.log('never')")],
    '04_dies': [code('process.exit(3)')],
    '05_large': [
      code('const block = Buffer.alloc(400_000_000, 1);'),
      // A child that is as large, for long enough to be sampled.
      code(
        "import { execFileSync } from 'node:child_process';\n" +
          "const held = 'const block = Buffer.alloc(300_000_000, 1); setTimeout(() => block, 2000)';\n" +
          "execFileSync(process.execPath, ['-e', held]);\n" +
          "console.log('test accuracy: 0.9800', block.length);",
        [],
        ['test-accuracy'],
      ),
    ],
    '07_late': [code("setTimeout(() => { throw new Error('late') }, 1000); console.log('x');")],
    '06_waits': [code("console.log(process.pid, 'waits'); await new Promise(() => {})")],
  }));
});
after(() => remove());

const script = path.join(root, 'scripts', 'run_notebooks.py');
const argumentsFor = (names: string[], results: string, options: string[] = []) => [
  script,
  ...options,
  ...['--results', path.join(folder, results), '--notice', 'These pictures are drawings.'],
  ...names.map((name) => path.join(folder, `${name}.ipynb`)),
];
const run = (names: string[], results: string, options: string[] = []) =>
  spawnSync(python, argumentsFor(names, results, options), {
    encoding: 'utf8',
    cwd: root,
    env: { ...process.env, THAW_PROFILE: 'chapter' },
  });
const executed = (results: string, name: string): Notebook =>
  JSON.parse(readFileSync(path.join(folder, results, `${name}.ipynb`), 'utf8'));
const summary = (results: string) => JSON.parse(readFileSync(path.join(folder, results, 'summary.json'), 'utf8'));

test('the runner shows each cell, keeps the executed copies and ends with a table and the notice', () => {
  const diagram = path.join(folder, 'diagram.svg');
  writeFileSync(diagram, '<svg xmlns="http://www.w3.org/2000/svg"/>');
  const { status, stdout, stderr } = run(['01_good', '02_plain'], 'good');
  rmSync(diagram);
  assert.ok(existsSync(path.join(folder, 'good', 'diagram.svg')), 'what the prose shows lies beside the copy');
  assert.equal(status, 0, stderr);
  assert.match(stdout, /^01_good {2}cell 1\/2 {2}console\.log\('first line'\);/m);
  assert.match(stdout, /^stage +test accuracy +test loss +time +where to look$/m);
  assert.match(stdout, /^01_good +0\.9705 +0\.0912 +0:\d\d +.*good\/01_good\.ipynb$/m);
  assert.match(stdout, /^02_plain +– +– +0:\d\d +.*good\/02_plain\.ipynb$/m);
  assert.match(stdout, /^Total time 0:\d\d, peak memory 0\.\d\d GB, profile chapter\.$/m);
  assert.match(stdout, /^These pictures are drawings\.$/m);
  const [, first, second] = executed('good', '01_good').cells;
  assert.deepEqual([first?.execution_count, second?.execution_count], [1, 2]);
  assert.equal([first?.outputs?.[0]?.text].flat().join(''), 'first line\nlast line\n');
  const [plain] = executed('good', '02_plain').cells;
  assert.equal([plain?.outputs?.[0]?.text].flat().join(''), '1\n', 'figures are asked to come with a PNG');
  assert.ok(!existsSync(path.join(folder, 'good', 'summary.json')), 'a summary only where it is asked for');
});

test('the summary holds the figures of the notebooks that print some, times and the memory of kernel and child', () => {
  const { status, stderr } = run(['01_good', '02_plain', '05_large'], 'summed', ['--summary']);
  assert.equal(status, 0, stderr);
  const { stages, peakMemoryBytes, seconds, ...rest } = summary('summed');
  assert.deepEqual(rest, { profile: 'chapter' });
  const [good, large] = stages;
  assert.equal(stages.length, 2);
  assert.deepEqual(good, { notebook: '01_good', testAccuracy: 0.9705, testLoss: 0.0912, seconds: good.seconds });
  assert.deepEqual(large, { notebook: '05_large', testAccuracy: 0.98, testLoss: null, seconds: large.seconds });
  assert.ok(good.seconds > 0 && large.seconds > 2);
  assert.ok(seconds >= good.seconds + large.seconds);
  for (const time of [seconds, good.seconds, large.seconds]) assert.equal(time, Number(time.toFixed(1)));
  assert.ok(peakMemoryBytes > 700e6 && peakMemoryBytes < 1500e6, `${peakMemoryBytes}`);
  assert.deepEqual(readdirSync(path.join(folder, 'summed')).sort(), [
    '01_good.ipynb',
    '02_plain.ipynb',
    '05_large.ipynb',
    'summary.json',
  ]);
});

test('a run that fails leaves the summary of the run before', () => {
  assert.equal(run(['01_good'], 'kept', ['--summary']).status, 0);
  const before = summary('kept');
  assert.equal(run(['01_good', '03_bad'], 'kept', ['--summary']).status, 1);
  assert.deepEqual(summary('kept'), before);
});

test('a cell that throws ends the run with 1, names notebook, cell and error, and leaves a copy to look at', () => {
  const { status, stdout, stderr } = run(['03_bad', '02_plain'], 'bad');
  assert.equal(status, 1);
  assert.match(stderr, /03_bad failed in cell \[2\] \(throw new RangeError\('boom'\)\):[\s\S]*RangeError: boom/);
  assert.match(stdout, /^03_bad +failed/m);
  assert.doesNotMatch(stdout, /02_plain/);
  const [, thrown, never] = executed('bad', '03_bad').cells;
  assert.equal(thrown?.outputs?.[0]?.ename, 'RangeError');
  assert.deepEqual(never?.outputs, []);
});

test('results that can not be written are told before anything runs, in a sentence', () => {
  writeFileSync(path.join(folder, 'file'), 'in the way');
  const { status, stdout, stderr } = run(['01_good'], path.join('file', 'results'));
  assert.deepEqual([status, stdout], [1, '']);
  assert.match(stderr, /^Nothing can be written to .*file\/results: Not a directory\. Make it a folder .*\n$/);
});

test('what a cell prints colours no line of the runner', () => {
  const program = `import sys; sys.path.insert(0, 'scripts'); from runner.live_line import last_line
print(last_line("first\\n\\x1b[31mred\\x1b[0m \\x07\\x9bend\\n"))`;
  assert.equal(spawnSync(python, ['-c', program], { encoding: 'utf8', cwd: root }).stdout, 'red end\n');
});

test('what goes wrong after the last cell has ended ends the run with 1, too', () => {
  const { status, stderr } = run(['07_late'], 'late');
  assert.equal(status, 1);
  assert.match(
    stderr,
    /07_late failed after the end of its last cell:\n[\s\S]*Error: late\n {4}at Timeout.*cell \[1\], line 1/,
  );
  assert.equal(executed('late', '07_late').cells.length, 2, 'the copy shows it below the last cell');
  run(['01_good'], 'late');
  assert.equal(executed('late', '01_good').cells.length, 3);
});

test('a kernel that dies is an error that says so', () => {
  const { status, stderr } = run(['04_dies'], 'dies');
  assert.equal(status, 1);
  assert.match(stderr, /04_dies: the kernel died in cell \[1\] \(process\.exit\(3\)\)/);
});

test('Ctrl-C ends the run with 130, takes the kernel along and writes no half-run copy', async () => {
  const child = spawn(python, argumentsFor(['06_waits'], 'stopped'), { cwd: root });
  let kernel = '';
  let output = '';
  child.stdout.on('data', (data) => {
    output += data;
  });
  child.stderr.on('data', (data) => {
    output += data;
  });
  // The line of a cell is shown anew only after 15 s where there is no terminal: find the kernel among the children.
  for (let wait = 0; wait < 300 && !(kernel && output.includes('cell 1/1')); wait++) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    kernel = spawnSync('pgrep', ['-P', String(child.pid)], { encoding: 'utf8' }).stdout.trim();
  }
  child.kill('SIGINT');
  const status = await new Promise((resolve) => child.on('exit', resolve));
  assert.equal(status, 130, output);
  assert.doesNotMatch(output, /Traceback/);
  assert.equal(
    spawnSync('ps', ['-o', 'stat=', '-p', kernel], { encoding: 'utf8' }).stdout.replace(/Z.*/, '').trim(),
    '',
  );
  assert.ok(!existsSync(path.join(folder, 'stopped', '06_waits.ipynb')));
});
