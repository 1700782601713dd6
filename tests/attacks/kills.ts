/**
 * @file Kills trainings and set-ups at moments drawn by chance (a download, the filling of a bank, epochs, checkpoints, each
 * step of set-up), starts them again until they end, and says whether the digits are those of a training that nobody killed
 * and whether anything was left behind. On Linux, in a checkout that is set up:
 * `node --require ./scripts/typescript.cjs tests/attacks/kills.ts [TRAININGS] [SET-UPS] [SEED]`; ends with 1 where anything is wrong.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type RandomGenerator, randomGenerator } from '../../src/utils/random';
import { serveFile } from '../support/file_server';
import { jpeg } from '../support/picture_files';
import { root } from '../support/root';

/** How a program ended that may have been killed. */
interface Run {
  /** What was killed, by the last phase that it had told of; undefined: it ended by itself. */
  killedIn?: string;
  code: number | null;
  printed: string;
}

/** When to kill: so many milliseconds after the start, or after a phase is first told of. */
interface Moment {
  ms: number;
  phase?: string;
}

/** Runs a program, and kills it with all that it started at a moment, where it still runs then. */
async function runAndKill(args: string[], cwd: string, env: NodeJS.ProcessEnv, moment?: Moment): Promise<Run> {
  // As leader of a group of its own, to be killed with all that it has started.
  const child = spawn(process.execPath, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  let printed = '';
  let killed = false;
  let timer: NodeJS.Timeout | undefined;
  const kill = () => {
    killed = true;
    process.kill(-child.pid!, 'SIGKILL');
  };
  const wait = () => {
    if (moment && !timer && (moment.phase === undefined || printed.includes(moment.phase)))
      timer = setTimeout(kill, moment.ms);
  };
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
      wait();
    });
  }
  wait();
  const [code] = (await once(child, 'close')) as [number | null];
  clearTimeout(timer);
  const phase = [...printed.matchAll(/^(?:PHASE|•) ([^:\n]*)/gm)].at(-1)?.[1] ?? 'its start';
  return { ...(killed ? { killedIn: phase } : {}), code, printed };
}

/** Every file and folder below a folder, by its path in it. */
const listing = (folder: string) =>
  existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort() : [];

/** The moments of kills by what was killed in them. */
const kills = new Map<string, number>();

/** Runs a program until it ends by itself, killed at these moments before. */
async function killedAt(moments: Moment[], run: (moment?: Moment) => Promise<Run>): Promise<Run> {
  for (const moment of moments) {
    const ended = await run(moment);
    if (ended.killedIn === undefined) return ended;
    kills.set(ended.killedIn, (kills.get(ended.killedIn) ?? 0) + 1);
  }
  return run();
}

async function writePictures(folder: string): Promise<void> {
  let size = 90;
  for (const name of ['train/cat', 'train/dog', 'validation/cat', 'validation/dog']) {
    mkdirSync(path.join(folder, name), { recursive: true });
    for (let index = 0; index < 12; index++)
      writeFileSync(path.join(folder, name, `${index}.jpg`), await jpeg(size++, 100));
  }
}

/** The phases of a training, as it tells of them. */
const PHASES = ['download', 'bank', 'epoch', 'checkpoint'];

async function trainings(count: number, random: RandomGenerator, scratch: string): Promise<string[]> {
  const pictures = path.join(scratch, 'pictures');
  await writePictures(pictures);
  const content = Buffer.alloc(2 ** 20, 'thaw');
  const hash = createHash('sha256').update(content).digest('hex');
  const server = await serveFile(content, { delayMs: 10 });
  const problems: string[] = [];
  const train = (name: string) => {
    const [work, home, temporary] = ['work', 'home', 'tmp'].map((each) => path.join(scratch, name, each)) as [
      string,
      string,
      string,
    ];
    for (const folder of [work, home, temporary]) mkdirSync(folder, { recursive: true });
    const env = { ...process.env, THAW_HOME: home, TMPDIR: temporary, TF_CPP_MIN_LOG_LEVEL: '3' };
    const args = [path.join(__dirname, 'killed_training.cjs'), work, pictures, server.url, hash];
    return { work, home, temporary, run: (moment?: Moment) => runAndKill(args, work, env, moment) };
  };
  const digitsOf = ({ printed }: Run) => printed.match(/^DIGITS .*/m)?.[0];
  const reference = train('reference');
  const whole = await reference.run();
  if (!digitsOf(whole)) throw new Error(`the training doesn't end by itself: ${whole.printed}`);
  for (let index = 0; index < count; index++) {
    const each = train(`training${index}`);
    // Later phases later: what is downloaded is downloaded once.
    const places = Array.from({ length: 1 + Math.floor(random() * 4) }, () => Math.floor(random() * PHASES.length));
    const moments = places.sort().map((place) => ({ phase: `PHASE ${PHASES[place]}`, ms: random() * 400 }));
    const ended = await killedAt(moments, each.run);
    if (digitsOf(ended) !== digitsOf(whole))
      problems.push(`training ${index}: other digits: ${ended.printed.slice(-500)}`);
    for (const folder of ['work', 'home', 'temporary'] as const) {
      const left = listing(each[folder]).filter((name) => !listing(reference[folder]).includes(name));
      if (left.length > 0) problems.push(`training ${index} leaves in ${folder}: ${left}`);
    }
    rmSync(path.join(scratch, `training${index}`), { recursive: true });
  }
  await server.close();
  return problems;
}

/** What set-up makes in a checkout, besides what lies in node_modules, .venv and dist. */
const made = (checkout: string) => readdirSync(checkout).sort();

async function setUps(count: number, random: RandomGenerator, scratch: string): Promise<string[]> {
  const problems: string[] = [];
  const checkout = path.join(scratch, 'checkout');
  const clone = () => {
    rmSync(checkout, { recursive: true, force: true });
    const { status, stderr } = spawnSync('git', ['clone', '-q', root, checkout], { encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
  };
  const temporary = path.join(scratch, 'tmp_of_setup');
  mkdirSync(temporary);
  const env = { ...process.env, TMPDIR: temporary };
  const setUp = (moment?: Moment) => runAndKill([path.join('scripts', 'setup.mjs')], checkout, env, moment);
  clone();
  const started = Date.now();
  const whole = await setUp();
  const most = Date.now() - started;
  if (whole.code !== 0) throw new Error(`set-up doesn't end by itself: ${whole.printed}`);
  const expected = made(checkout);
  for (let index = 0; index < count; index++) {
    clone();
    const moments = [random(), random(), random()].map((part) => ({ ms: 1000 + part * most }));
    const ended = await killedAt(moments, setUp);
    const works = spawnSync(process.execPath, ['-e', "require('thaw').models"], { cwd: checkout, env });
    if (ended.code !== 0 || works.status !== 0)
      problems.push(`set-up ${index}: ${ended.printed.slice(-500)}${works.stderr}`);
    if (String(made(checkout)) !== String(expected)) problems.push(`set-up ${index} leaves: ${made(checkout)}`);
    if (readdirSync(temporary).length > 0)
      problems.push(`set-up ${index} leaves in ${temporary}: ${readdirSync(temporary)}`);
  }
  return problems;
}

async function main(): Promise<number> {
  const [ofTraining = 40, ofSetup = 4, seed = 1] = process.argv.slice(2).map(Number);
  const scratch = mkdtempSync(path.join(tmpdir(), 'thaw-kills-'));
  const random = randomGenerator(seed);
  try {
    const problems = [
      ...(await trainings(ofTraining, random, scratch)),
      ...(ofSetup > 0 ? await setUps(ofSetup, random, scratch) : []),
    ];
    for (const problem of problems) console.log(`WRONG ${problem}`);
    const counted = [...kills].map(([phase, count]) => `${count} in ${phase}`).join(', ');
    const sum = [...kills.values()].reduce((all, each) => all + each, 0);
    console.log(`${sum} kills (${counted}): ${problems.length > 0 ? 'wrong' : 'the same digits, nothing left behind'}`);
    return problems.length > 0 ? 1 : 0;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

void main().then((code) => process.exit(code));
