/**
 * @file Opens thousands of models that are damaged or hostile, and says what came of them: a ModelFileError that names the
 * file, or a model that gives what Python Keras (of a `model.json`, tfjs alone) gives for the same file; how long the
 * slowest took, how much memory, and what was left behind. On Linux, in a checkout that is set up:
 * `node --require ./scripts/typescript.cjs tests/attacks/models.ts [FILES] [SEED]`; ends with 1 where anything is wrong.
 */
import { type ChildProcess, fork, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { linkSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { serializeModel } from '../../src/saving/keras_json/serialize_model';
import type { KerasObject } from '../../src/saving/keras_json/types';
import { writeLegacyH5 } from '../../src/saving/legacy_h5';
import { type RandomGenerator, randomGenerator } from '../../src/utils/random';
import { python } from '../support/python';
import { rawZip } from '../support/raw_zip';
import { mutateAnywhere, mutateHdf5, mutateZip } from './byte_mutations';
import { type GoodModels, goodModels } from './good_models';
import { mutateJson } from './json_mutations';
import type { Outcome } from './opened_model.cjs';

const SECONDS = 5;
const MEGABYTES = 500;
/** After so long a file counts as one that never ends. */
const PATIENCE_MS = 60_000;

/** Makes a file, and tells which of those in the folder is to be opened. */
type Maker = (folder: string, good: GoodModels, random: RandomGenerator) => string | Promise<string>;

const pick = <T>(items: readonly T[], random: RandomGenerator): T => items[Math.floor(random() * items.length)]!;

function write(folder: string, name: string, content: Uint8Array | string): string {
  writeFileSync(path.join(folder, name), content);
  return name;
}

const archive = (config: string, weights: Uint8Array) =>
  rawZip([
    { name: 'config.json', bytes: Buffer.from(config) },
    { name: 'model.weights.h5', bytes: weights },
  ]);

/** What a `model.json` may name in the place of its file of weights; what is made for it is beside it or above. */
const SHARDS: readonly ((folder: string, shard: string) => string[])[] = [
  () => ['../outside.bin'],
  () => ['a/../../outside.bin'],
  (folder) => [path.join(folder, '..', 'outside.bin')],
  () => ['..\\outside.bin'],
  (_, shard) => [shard, shard],
  (_, shard) => [`./${shard}`],
  (_, shard) => [shard, '../../../../../../../../dev/zero'],
  (folder, shard) => {
    symlinkSync('../outside.bin', path.join(folder, 'link.bin'));
    return ['link.bin', shard];
  },
  (folder) => {
    symlinkSync('/dev/zero', path.join(folder, 'zero.bin'));
    return ['zero.bin'];
  },
  (folder, shard) => {
    spawnSync('mkfifo', [path.join(folder, 'fifo.bin')]);
    return [shard, 'fifo.bin'];
  },
  (folder, shard) => {
    linkSync(path.join(folder, shard), path.join(folder, 'same.bin'));
    return [shard, 'same.bin'];
  },
  (folder, shard) => {
    symlinkSync('..', path.join(folder, 'up'));
    return [`up/outside.bin`, shard];
  },
];

/** Kinds of files, each as often as its number says. */
const MAKERS: readonly [often: number, kind: string, make: Maker][] = [
  [
    8,
    'config of .keras',
    (folder, { archives }, random) => {
      const { config, weights } = pick(archives, random);
      return write(folder, 'model.keras', archive(mutateJson(config, random), weights));
    },
  ],
  [
    8,
    'model.json',
    (folder, { json }, random) => {
      const { text, shard, bytes } = pick(json, random);
      write(folder, shard, bytes);
      return write(folder, 'model.json', mutateJson(text, random));
    },
  ],
  [
    2,
    'config of .h5',
    async (folder, { legacy }, random) => {
      const { model } = pick(legacy, random);
      const text = JSON.stringify(serializeModel(model));
      let config: unknown;
      // What is no JSON any more can't be written so.
      while (typeof config !== 'object' || config === null) {
        try {
          config = JSON.parse(mutateJson(text, random));
        } catch {}
      }
      const file = path.join(folder, 'model.h5');
      await writeLegacyH5(model, config as KerasObject, file);
      return 'model.h5';
    },
  ],
  [
    4,
    'bytes of .weights.h5',
    (folder, { archives }, random) => {
      const mutate = pick([mutateAnywhere, mutateHdf5], random);
      return write(folder, 'model.weights.h5', mutate(archives[0]!.weights, random));
    },
  ],
  [
    3,
    'bytes of .h5',
    (folder, { legacy }, random) => {
      const mutate = pick([mutateAnywhere, mutateHdf5], random);
      return write(folder, 'model.h5', mutate(pick(legacy, random).bytes, random));
    },
  ],
  [
    3,
    'weights of .keras',
    (folder, { archives }, random) => {
      const { config, weights } = pick(archives, random);
      return write(folder, 'model.keras', archive(config, mutateHdf5(weights, random)));
    },
  ],
  [
    3,
    'headers of .keras',
    (folder, { archives }, random) => write(folder, 'model.keras', mutateZip(pick(archives, random).bytes, random)),
  ],
  [
    1,
    'bytes of .keras',
    (folder, { archives }, random) =>
      write(folder, 'model.keras', mutateAnywhere(pick(archives, random).bytes, random)),
  ],
  [
    1,
    'files beside model.json',
    (folder, { json }, random) => {
      const { text, shard, bytes } = pick(json, random);
      write(folder, shard, bytes);
      const named = JSON.parse(text) as { weightsManifest: { paths: string[] }[] };
      named.weightsManifest[0]!.paths = pick(SHARDS, random)(folder, shard);
      return write(folder, 'model.json', JSON.stringify(named));
    },
  ],
];

/** What opening a file came to, where it came to an end. */
interface Opened {
  file: string;
  kind: string;
  outcome?: Outcome;
  /** How the process ended that opened it, or that it never did. */
  lost?: string;
}

/** Opens files one after another, in a process that is replaced where one breaks it. */
class Opener {
  private child: ChildProcess | undefined;

  constructor(
    private readonly temporary: string,
    private readonly good: string,
  ) {}

  async open(file: string): Promise<Pick<Opened, 'outcome' | 'lost'>> {
    if (!this.child) {
      const env = { ...process.env, TF_CPP_MIN_LOG_LEVEL: '3', TMPDIR: this.temporary };
      const options = { env, execArgv: [], stdio: ['ignore', 'ignore', 'ignore', 'ipc'] as const };
      this.child = fork(path.join(__dirname, 'opened_model.cjs'), [], { ...options, stdio: [...options.stdio] });
      // What takes a while the first time.
      await this.ask(this.child, this.good);
    }
    const answer = await this.ask(this.child, file);
    if (answer.lost !== undefined) this.end();
    return answer;
  }

  private async ask(child: ChildProcess, file: string): Promise<Pick<Opened, 'outcome' | 'lost'>> {
    const stop = new AbortController();
    const { signal } = stop;
    const timer = setTimeout(() => stop.abort(), PATIENCE_MS);
    const message = once(child, 'message', { signal }).then(([outcome]) => ({ outcome: outcome as Outcome }));
    const exit = once(child, 'exit', { signal }).then(([code, by]) => ({ lost: `ended by ${by ?? `code ${code}`}` }));
    child.send(file);
    try {
      return await Promise.race([message, exit]);
    } catch {
      return { lost: `no end in ${PATIENCE_MS / 1000} s` };
    } finally {
      clearTimeout(timer);
      stop.abort();
      await Promise.allSettled([message, exit]);
    }
  }

  end(): void {
    this.child?.kill('SIGKILL');
    this.child = undefined;
  }
}

/** What is wrong with what came of a file, whatever it was. */
function faults({ file, outcome, lost }: Opened): string[] {
  if (!outcome) return [lost ?? 'no answer'];
  const { error, leaked, seconds, megabytes, polluted, stray } = outcome;
  return [
    error && error.name !== 'ModelFileError' && `${error.name}: ${error.message}`,
    error?.name === 'ModelFileError' && error.path !== file && `the error names '${error.path}'`,
    leaked !== 0 && `${leaked} tensors are left`,
    seconds > SECONDS && `${seconds.toFixed(1)} s of a processor's time`,
    megabytes > MEGABYTES && `${Math.round(megabytes)} MB`,
    polluted && "Object's prototype has got a property",
    stray && `an error that nobody awaited: ${stray}`,
  ].filter((fault) => typeof fault === 'string');
}

/** What another program says of the models that were opened; where it finds no end of one, it goes on behind that. */
async function verdicts(
  program: string,
  script: string,
  listed: { file: string }[],
  folder: string,
): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const list = path.join(folder, 'loaded.json');
  while (found.size < listed.length) {
    const rest = listed.slice(found.size);
    writeFileSync(list, JSON.stringify(rest));
    const child = spawn(program, [path.join(__dirname, script), list], { stdio: ['ignore', 'pipe', 'ignore'] });
    const giveUp = () => setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
    let timer = giveUp();
    for await (const line of createInterface(child.stdout)) {
      clearTimeout(timer);
      timer = giveUp();
      const { file, verdict } = JSON.parse(line) as { file: string; verdict: string };
      found.set(file, verdict);
    }
    clearTimeout(timer);
    const next = listed[found.size];
    if (next) found.set(next.file, `${path.basename(program)} finds no end, or breaks`);
  }
  return found;
}

async function main(): Promise<number> {
  const [count = 2400, seed = 7] = process.argv.slice(2).map(Number);
  const root = mkdtempSync(path.join(tmpdir(), 'thaw-attacks-'));
  const temporary = path.join(root, 'tmp');
  mkdirSync(temporary);
  writeFileSync(path.join(root, 'outside.bin'), Buffer.alloc(104, 1));
  const good = await goodModels(path.join(root, 'good'));
  const random = randomGenerator(seed);
  const kinds = MAKERS.flatMap(([often, ...rest]) => Array<typeof rest>(often).fill(rest));
  const opener = new Opener(temporary, path.join(root, 'good', 'small.keras'));
  const opened: Opened[] = [];
  for (let index = 0; index < count; index++) {
    const [kind, make] = kinds[index % kinds.length]!;
    const folder = path.join(root, String(index));
    mkdirSync(folder);
    const file = path.join(folder, await make(folder, good, random));
    opened.push({ file, kind, ...(await opener.open(file)) });
    if (process.stderr.isTTY) process.stderr.write(`\r${index + 1} of ${count}`);
  }
  const children = Math.max(...opened.map(({ outcome }) => outcome?.children ?? 0));
  opener.end();

  const loaded = opened.filter(({ outcome }) => outcome && !outcome.error);
  const listed = loaded.map(({ file, outcome }) => ({ file, outputs: outcome!.outputs, weights: outcome!.weights }));
  const ofTfjs = ({ file }: { file: string }) => file.endsWith('.json');
  const verdictOf = new Map([
    ...(await verdicts(
      python,
      'models_keras.py',
      listed.filter((each) => !ofTfjs(each)),
      root,
    )),
    ...(await verdicts(process.execPath, 'models_tfjs.cjs', listed.filter(ofTfjs), root)),
  ]);

  for (const kind of new Set(kinds.map(([kind]) => kind))) {
    const ofKind = opened.filter((each) => each.kind === kind);
    const right = ofKind.filter(({ file }) => verdictOf.get(file) === 'same').length;
    const errors = ofKind.filter(({ outcome }) => outcome?.error).length;
    const rest = ofKind.length - right - errors;
    console.log(`${kind.padEnd(24)} ${ofKind.length} files: ${errors} errors, ${right} right models, ${rest} others`);
  }
  const others = loaded.filter(({ file }) => verdictOf.get(file) !== 'same');
  for (const { file } of others) console.log(`loaded, and beside it: ${verdictOf.get(file)}  ${file}`);
  const wrong = opened.flatMap((each) => faults(each).map((fault) => `${fault}  ${each.file}`));
  for (const line of wrong) console.log(`WRONG ${line}`);
  const outcomes = opened.flatMap(({ outcome, file }) => (outcome ? [{ ...outcome, file }] : []));
  const most = (key: 'seconds' | 'megabytes') => outcomes.reduce((a, b) => (b[key] > a[key] ? b : a));
  console.log(`slowest: ${most('seconds').seconds.toFixed(2)} s (${most('seconds').file})`);
  console.log(`most memory: ${Math.round(most('megabytes').megabytes)} MB (${most('megabytes').file})`);
  console.log(
    `processes beside it: ${children} at most; left in the folder for temporary files: ${readdirSync(temporary).length}`,
  );
  const isWrong = wrong.length > 0 || others.some(({ file }) => verdictOf.get(file) === 'different');
  console.log(`${count} files, seed ${seed}: ${isWrong ? `wrong, see ${root}` : 'nothing wrong'}`);
  if (!isWrong && others.length === 0) rmSync(root, { recursive: true });
  return isWrong ? 1 : 0;
}

void main().then((code) => process.exit(code));
