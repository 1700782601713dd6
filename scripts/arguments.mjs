/** What a person types behind a command. */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { reason, SetupError } from './setup/steps.mjs';

/**
 * `parseArgs`, whose errors are put in words for people, with the usage.
 * @template {import('node:util').ParseArgsConfig} T
 * @param {string} usage
 * @param {T} config
 */
export function parse(usage, config) {
  try {
    return parseArgs(config);
  } catch (error) {
    throw new SetupError(`${reason(error)}\nUsage: ${usage}`);
  }
}

/**
 * The path that a person means: npm runs its scripts in the checkout's folder, wherever it was called.
 * @param {string} typed
 */
export const typedPath = (typed) => path.resolve(process.env.INIT_CWD ?? '', typed);
