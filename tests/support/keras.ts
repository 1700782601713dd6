import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { python } from './python';

const client = path.join(__dirname, 'keras_client.py');

/**
 * The program and its arguments that run a script beside Python Keras: in the server that `npm test` has started, where
 * Keras is imported already; else, as when a test file is run alone, by itself.
 */
export function kerasCommand(script: string, ...args: string[]): [program: string, args: string[]] {
  return process.env.THAW_KERAS_SERVER ? [python, ['-S', client, script, ...args]] : [python, [script, ...args]];
}

/**
 * Runs a script beside Python Keras.
 *
 * @returns what it prints
 * @throws Error with what it complained of, when it fails.
 */
export function runKeras(script: string, ...args: string[]): string {
  return execFileSync(...kerasCommand(script, ...args), { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** The 32-bit numbers that a file holds, as NumPy's `tofile` writes them. */
export const readFloats = (path: string) => new Float32Array(new Uint8Array(readFileSync(path)).buffer);
