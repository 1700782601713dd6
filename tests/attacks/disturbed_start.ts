/**
 * @file Runs `npm start` in a clone of this checkout while, every ten seconds, something changes on disk beside it: files are
 * touched, linked and removed, a package is installed, dist is built anew, another commit is checked out and back. On Linux:
 * `node --require ./scripts/typescript.cjs tests/attacks/disturbed_start.ts [NOTEBOOK ...]`, with a folder of assets beside the
 * checkout or in THAW_ASSETS for photographs; ends with what `npm start` ends with.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { root } from '../support/root';

const scratch = mkdtempSync(path.join(tmpdir(), 'thaw-disturbed-'));
const checkout = path.join(scratch, 'thaw');

function run(program: string, ...args: string[]): void {
  const { status, stderr, stdout } = spawnSync(program, args, { cwd: checkout, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${stdout}${stderr}`);
}

const now = () => new Date();
const inCheckout = (name: string) => path.join(checkout, name);

/** What happens beside the notebooks, in turn. */
const DISTURBANCES: Record<string, () => void> = {
  'touch package.json': () => utimesSync(inCheckout('package.json'), now(), now()),
  'link node_modules': () => run('cp', '-al', 'node_modules', path.join(scratch, 'linked')),
  'remove the links': () => rmSync(path.join(scratch, 'linked'), { recursive: true }),
  'install a package': () => run('npm', 'install', '--no-save', '--no-audit', '--no-fund', 'is-odd@3.0.1'),
  'build dist': () => run(process.execPath, 'node_modules/typescript/bin/tsc', '-p', '.'),
  'touch dist': () => utimesSync(inCheckout('dist/index.d.ts'), now(), now()),
  'make and remove a package': () => {
    mkdirSync(inCheckout('node_modules/not-there'));
    rmSync(inCheckout('node_modules/not-there'), { recursive: true });
  },
  'change a source and put it back': () => {
    appendFileSync(inCheckout('src/index.ts'), '\n');
    run('git', 'checkout', 'src/index.ts');
  },
  'check out another commit and back': () => {
    run('git', 'checkout', '-q', 'HEAD~1', '--', 'src', 'docs');
    run('git', 'checkout', '-q', 'HEAD', '--', 'src', 'docs');
  },
  'link a package': () => {
    symlinkSync('tslab', inCheckout('node_modules/linked-tslab'));
    rmSync(inCheckout('node_modules/linked-tslab'));
  },
};

async function main(): Promise<number> {
  const cloned = spawnSync('git', ['clone', '-q', root, checkout], { encoding: 'utf8' });
  if (cloned.status !== 0) throw new Error(cloned.stderr);
  run(process.execPath, 'scripts/setup.mjs');
  const child = spawn('npm', ['start', '--', ...process.argv.slice(2)], { cwd: checkout, stdio: 'inherit' });
  const ended = once(child, 'close') as Promise<[number | null]>;
  let count = 0;
  const disturb = setInterval(() => {
    const names = Object.keys(DISTURBANCES);
    const name = names[count++ % names.length]!;
    DISTURBANCES[name]!();
    console.error(`\n(beside it: ${name})`);
  }, 10_000);
  const [code] = await ended;
  clearInterval(disturb);
  console.log(`${count} disturbances; npm start ended with ${code}`);
  return code ?? 1;
}

void main()
  .finally(() => rmSync(scratch, { recursive: true, force: true }))
  .then((code) => process.exit(code));
