import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..');
export const windows = process.platform === 'win32';

/**
 * The Python of a virtual environment.
 * @param {string} environment
 */
export const pythonOf = (environment) => path.join(environment, windows ? 'Scripts/python.exe' : 'bin/python');

/** The Python of the checkout's own. */
export const python = pythonOf(path.join(root, '.venv'));

/** What is told when a tool is missing: Debian's package and macOS's. */
export const advice = {
  compiler: 'Install it: Debian: apt-get install g++ make · macOS: xcode-select --install',
  python: 'Install it: Debian: apt-get install python3 python3-venv · macOS: brew install python@3.13',
  headers: "Install Node's headers: Debian: apt-get install libnode-dev · macOS: brew install node",
};

/** An error whose message is all that a person needs: it is printed without a stack. */
export class SetupError extends Error {}

/** @param {string} text */
export const say = (text) => process.stderr.write(`${text}\n`);

/**
 * What a file holds; nothing where there is none.
 * @param {string} file
 */
export function read(file) {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(/** @type {NodeJS.ErrnoException} */ (error).code ?? '')) return '';
    throw error;
  }
}

/**
 * What an error says.
 * @param {unknown} error
 */
export const reason = (error) => (error instanceof Error ? error.message : String(error));

/** @param {string[]} parts */
export const digest = (...parts) => createHash('sha256').update(parts.join('\n')).digest('hex');

let running = 0;

/** Whether a command runs. */
export const isRunning = () => running > 0;

/** Ends this process as interrupted. */
export function stopInterrupted() {
  say('\nInterrupted. Nothing is broken: the same command goes on from here.');
  process.exit(130);
}

/**
 * Runs a command to its end. Ctrl-C is passed on to it; when it has stopped, so do we, with 130.
 * @param {string} command
 * @param {string[]} args
 * @param {import('node:child_process').SpawnOptions} [options]
 * @returns {Promise<number>} its exit code
 */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: 'inherit', ...options });
    let interrupted = false;
    /** @param {NodeJS.Signals} signal */
    const stop = (signal) => {
      interrupted = true;
      child.kill(signal);
      // npm takes a quarter of a minute to clean up after itself, which the next run does anyway.
      setTimeout(() => child.kill('SIGKILL'), 5000).unref();
    };
    const ended = () => {
      running--;
      process.off('SIGINT', stop).off('SIGTERM', stop).off('SIGHUP', stop);
    };
    running++;
    process.on('SIGINT', stop).on('SIGTERM', stop).on('SIGHUP', stop);
    child.on('error', (error) => {
      ended();
      reject(new SetupError(`\`${command}\` could not be started: ${reason(error)}`));
    });
    child.on('close', (code, signal) => {
      if (child.pid === undefined) return; // it never ran
      ended();
      // Ctrl-C reaches the child too, perhaps before us.
      if (interrupted || signal === 'SIGINT') stopInterrupted();
      resolve(code ?? 1);
    });
  });
}

/**
 * Does a step unless its stamp says that it is done.
 * @param {string} what told while it runs
 * @param {string} stamp the file written when it is done
 * @param {string} key what the step depends on
 * @param {() => Promise<void>} step
 */
export async function once(what, stamp, key, step) {
  if (read(stamp) === key) return;
  say(`• ${what}`);
  const start = Date.now();
  fs.rmSync(stamp, { force: true });
  await step();
  fs.writeFileSync(stamp, key);
  say(`  done in ${((Date.now() - start) / 1000).toFixed(0)} s`);
}

/**
 * @param {string} command
 * @param {string} hint
 */
export function needs(command, hint) {
  if (spawnSync(command, ['--version'], { stdio: 'ignore' }).status !== 0)
    throw new SetupError(`\`${command}\` was not found. ${hint}`);
}

/**
 * Runs a command's main function: errors meant for people are printed without a stack.
 * @param {() => Promise<number>} main returns the exit code
 */
export async function command(main) {
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
  try {
    process.exitCode = await main();
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    say(`\n${error.message}`);
    process.exitCode = 1;
  }
}
