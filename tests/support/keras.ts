import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const python = join(__dirname, '../../.venv/bin/python');

/**
 * Runs a script beside Python Keras.
 *
 * @returns what it prints
 * @throws Error with what it complained of, when it fails.
 */
export function runKeras(script: string, ...args: string[]): string {
  return execFileSync(python, [script, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** The 32-bit numbers that a file holds, as NumPy's `tofile` writes them. */
export const readFloats = (path: string) => new Float32Array(new Uint8Array(readFileSync(path)).buffer);
