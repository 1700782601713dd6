import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after } from 'node:test';
import { root } from '../support/root';

/** A folder that is removed after the tests. */
export const temp = fs.mkdtempSync(path.join(os.tmpdir(), 'thaw-setup-'));
after(() => fs.rmSync(temp, { recursive: true, force: true }));

/** A checkout as it is right after cloning, with an empty node_modules/@tensorflow/tfjs-node. */
export function freshCheckout(name: string): string {
  const checkout = path.join(temp, name);
  fs.mkdirSync(path.join(checkout, 'node_modules', '@tensorflow', 'tfjs-node'), { recursive: true });
  fs.mkdirSync(path.join(checkout, 'docs', 'api'), { recursive: true });
  const locks = ['package-lock.json', 'requirements.txt', 'requirements-gpu.txt'];
  for (const file of ['package.json', 'docs/api/package.json', '.npmrc', ...locks])
    fs.copyFileSync(path.join(root, file), path.join(checkout, file));
  fs.cpSync(path.join(root, 'scripts'), path.join(checkout, 'scripts'), { recursive: true });
  return checkout;
}

/** Writes a file, and the folders that it lies in. */
export function write(file: string, text: string, mode = 0o644): void {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, text, { mode });
}

/** Gives a checkout what the build of the binding begins with: its tool is a program of the test's own. */
export function withBuildTool(checkout: string, program: string): void {
  const modules = path.join(checkout, 'node_modules');
  write(path.join(modules, '@mapbox', 'node-pre-gyp', 'bin', 'node-pre-gyp'), program);
  for (const file of ['package.json', 'binding.gyp', 'binding/tfjs_binding.cc'])
    write(path.join(modules, '@tensorflow', 'tfjs-node', file), '{}');
  write(path.join(checkout, '.venv', 'bin', 'python'), '#!/bin/sh\necho wheel\n', 0o755);
}

/** A folder that holds these programs only, to be the whole path. */
export function pathWith(...programs: string[]): string {
  const folder = fs.mkdtempSync(path.join(temp, 'bin-'));
  for (const program of programs) fs.symlinkSync('/bin/true', path.join(folder, program));
  return folder;
}

/** Starts a program that imports from a checkout's set-up, with this Node or another; errors for people are printed so. */
export function startProgram(checkout: string, program: string, env = process.env, node = process.execPath) {
  const [, imports, rest] = program.match(/^((?:\s*import .*\n)*)([\s\S]*)$/)!;
  const whole = `${imports}import { command } from './scripts/setup/steps.mjs';
    await command(async () => { ${rest}; return 0; });`;
  return spawn(node, ['--input-type=module', '-e', whole], { cwd: checkout, env });
}

/** Runs one step of a checkout's set-up by itself, with this Node or another. */
export function step(checkout: string, module: string, name: string, env: NodeJS.ProcessEnv, node = process.execPath) {
  const program = `import { ${name} } from './scripts/setup/${module}.mjs';\nawait ${name}()`;
  return finished(startProgram(checkout, program, env, node));
}

/** How a process ended, and all that it printed. */
export async function finished(child: ChildProcess): Promise<{ code: number | null; text: string }> {
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (text += chunk));
  const [code] = await once(child, 'close');
  return { code, text };
}
