import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

const temp = mkdtempSync(join(tmpdir(), 'thaw-web-'));
const site = join(temp, 'site');
let server: http.Server;
let port: number;

before(async () => {
  mkdirSync(join(site, 'model'), { recursive: true });
  mkdirSync(join(temp, 'site-secret'));
  for (const file of [
    'secret.txt',
    'site-secret/key',
    'site/index.html',
    'site/cat_or_dog.js',
    'site/model/model.json',
  ])
    writeFileSync(join(temp, file), file);
  symlinkSync(join(temp, 'secret.txt'), join(site, 'link.txt'));
  symlinkSync(temp, join(site, 'up'));
  symlinkSync('index.html', join(site, 'start.html'));
  const { serve } = await import('../../scripts/web_server.mjs');
  server = await serve(site, 0);
  ({ port } = server.address() as AddressInfo);
});

after(() => {
  server?.close();
  rmSync(temp, { recursive: true });
});

/** What the server answers to just this path, which no client has tidied up, and these headers. */
async function ask(path: string, headers: Record<string, string> = {}, method = 'GET') {
  return new Promise<{ status: number; text: string; headers: http.IncomingHttpHeaders }>((resolve, reject) => {
    const request = http.request({ host: '127.0.0.1', port, path, headers, method }, async (response) => {
      let text = '';
      for await (const chunk of response) text += chunk;
      resolve({ status: response.statusCode!, text, headers: response.headers });
    });
    request.on('error', reject).end();
  });
}

test('the server gives the files of its folder, and forbids to frame them', async () => {
  for (const [path, text, type] of [
    ['/', 'site/index.html', 'text/html; charset=utf-8'],
    ['/index.html?x=1', 'site/index.html', 'text/html; charset=utf-8'],
    ['/start.html', 'site/index.html', 'text/html; charset=utf-8'],
    ['/cat_or_dog.js', 'site/cat_or_dog.js', 'text/javascript'],
    ['/model/model.json', 'site/model/model.json', 'application/json'],
  ] as const) {
    const answer = await ask(path);
    assert.deepEqual([answer.status, answer.text, answer.headers['content-type']], [200, text, type]);
    assert.equal(answer.headers['content-security-policy'], "frame-ancestors 'none'");
  }
  const { status, text, headers } = await ask('/', {}, 'HEAD');
  assert.deepEqual([status, text, headers['content-length']], [200, '', '15']);
  assert.equal((await ask('/', {}, 'POST')).status, 405);
});

test('the server answers for its own addresses only, whatever name leads to it', async () => {
  for (const host of [`localhost:${port}`, `127.0.0.1:${port}`, `[::1]:${port}`, `LocalHost:${port}`])
    assert.equal((await ask('/', { host })).status, 200, host);
  for (const host of [
    'evil.example',
    `evil.example:${port}`,
    'localhost',
    `localhost:${port}.evil.example`,
    '127.0.0.1',
  ]) {
    const { status, text } = await ask('/model/model.json', { host });
    assert.equal(status, 421, host);
    assert.equal(text, `This page is at http://localhost:${port}/ only: open it by that address.\n`);
  }
});

test('no path and no link leads out of the folder', async () => {
  for (const path of [
    '/../secret.txt',
    '/%2e%2e/secret.txt',
    '/..%2fsecret.txt',
    '/model/%2e%2e%2f%2e%2e%2fsecret.txt',
    '/..%5csecret.txt',
    '/../site-secret/key',
    '/..%2fsite-secret/key',
    `/${encodeURIComponent(join(temp, 'secret.txt'))}`,
    '//secret.txt',
    'http://127.0.0.1/..%2fsecret.txt',
    '/link.txt',
    '/up/secret.txt',
    '/model',
    '/index.html%00',
    '/%',
    '/lost.html',
  ]) {
    const { status, text } = await ask(path);
    assert.deepEqual([status, text], [404, 'There is no such file here.\n'], path);
  }
  assert.equal((await ask('/')).status, 200);
});

test('a port that is taken is told', async () => {
  const { serve } = await import('../../scripts/web_server.mjs');
  await assert.rejects(serve(site, port), { code: 'EADDRINUSE' });
});
