import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { python, root, SetupError } from '../setup/steps.mjs';

/**
 * Starts the process in which tests run their scripts beside Python Keras, so that it is imported once, and tells them by
 * THAW_KERAS_SERVER where it listens. It ends with this process, however that ends, since its input ends then.
 * @param {string} folder a new one of this run
 */
export async function startKerasServer(folder) {
  if (process.platform !== 'linux') return; // fork is safe here alone: elsewhere each script imports Keras itself
  const socket = path.join(folder, 'keras');
  const program = path.join('tests', 'support', 'keras_server.py');
  const server = spawn(python, [program, socket], { cwd: root, stdio: ['pipe', 'pipe', 'inherit'] });
  const [line] = await Promise.race([once(server.stdout, 'data'), once(server, 'exit').then(() => [])]);
  if (!line) throw new SetupError('The server that Python Keras is imported in did not start; see above.');
  process.env.THAW_KERAS_SERVER = socket;
  server.unref();
  for (const stream of [server.stdin, server.stdout]) /** @type {import('node:net').Socket} */ (stream).unref();
}
