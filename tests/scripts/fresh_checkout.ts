import type { ChildProcess } from 'node:child_process';
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
  for (const file of ['package.json', 'package-lock.json', '.npmrc', 'requirements.txt', 'requirements-gpu.txt'])
    fs.copyFileSync(path.join(root, file), path.join(checkout, file));
  fs.cpSync(path.join(root, 'scripts'), path.join(checkout, 'scripts'), { recursive: true });
  return checkout;
}

/** How a process ended, and all that it printed. */
export async function finished(child: ChildProcess): Promise<{ code: number | null; text: string }> {
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (text += chunk));
  const [code] = await once(child, 'close');
  return { code, text };
}
