/** The server of `npm run web`: the files of one folder, for the browsers of this computer. */
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { pipeline } from 'node:stream';

/** @type {Record<string, string>} */
const types = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css',
  '.js': 'text/javascript',
  '.json': 'application/json',
};

/**
 * The file that an address names, below the folder itself: no link leads out of it, nor does `..`.
 * @param {string} folder
 * @param {string} url
 * @returns {string | undefined} undefined where there is none
 */
function fileOf(folder, url) {
  try {
    const name = decodeURIComponent(url.replace(/[?#].*/, ''));
    const file = fs.realpathSync(path.join(folder, name === '/' ? 'index.html' : name));
    const isInside = file.startsWith(fs.realpathSync(folder) + path.sep);
    return isInside && fs.statSync(file).isFile() ? file : undefined;
  } catch {
    return undefined; // not there, or no path at all
  }
}

/**
 * Serves a folder to this computer, at its own addresses only: a page of elsewhere whose name was made to lead here can't read it.
 * @param {string} folder
 * @param {number} port 0 for any that is free
 * @returns {Promise<http.Server>} once it listens; rejects where the port can't be had
 */
export function serve(folder, port) {
  const server = http.createServer((request, response) => {
    const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
    const own = ['localhost', '127.0.0.1', '[::1]'].flatMap((name) => [
      `${name}:${port}`,
      ...(port === 80 ? [name] : []),
    ]);
    /**
     * @param {number} status
     * @param {string} text
     */
    const refuse = (status, text) => response.writeHead(status, { 'content-type': 'text/plain' }).end(`${text}\n`);
    if (!own.includes(request.headers.host?.toLowerCase() ?? ''))
      return refuse(421, `This page is at http://localhost:${port}/ only: open it by that address.`);
    if (!['GET', 'HEAD'].includes(request.method ?? '')) return refuse(405, 'This page can only be read.');
    const file = fileOf(folder, request.url ?? '');
    if (!file) return refuse(404, 'There is no such file here.');
    response.writeHead(200, {
      'content-type': types[path.extname(file)] ?? 'application/octet-stream',
      'content-length': fs.statSync(file).size,
      'content-security-policy': "frame-ancestors 'none'", // which the page can't say itself
      'x-content-type-options': 'nosniff',
    });
    if (request.method === 'HEAD') return response.end();
    pipeline(fs.createReadStream(file), response, () => {}); // a browser may go away at any time
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', () => resolve(server));
  });
}
