import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

/** Runs `npm run web` in a checkout until its server listens or it ends. */
export async function runWeb(checkout: string, env: NodeJS.ProcessEnv, ...args: string[]) {
  // A process group of its own, all of which gets the Ctrl-C, as in a terminal.
  const child = spawn(process.execPath, [path.join(checkout, 'scripts', 'web.mjs'), ...args], {
    cwd: checkout,
    env,
    detached: true,
  });
  const closed = once(child, 'close');
  let log = '';
  const address = await new Promise<string>((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        log += chunk;
        const found = /http:\/\/127\.0\.0\.1:\d+\//.exec(log);
        if (found) resolve(found[0]);
      });
    }
    closed.then(() => resolve(''));
  });
  const interrupt = async () => {
    if (child.exitCode === null) process.kill(-child.pid!, 'SIGINT');
    await closed;
    return child.exitCode;
  };
  return { address, log: () => log, code: () => child.exitCode, interrupt };
}
