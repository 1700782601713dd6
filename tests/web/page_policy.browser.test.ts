import assert from 'node:assert/strict';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { launchChromium, skipWithoutChromium } from '../support/chromium';
import { root } from '../support/root';

const skip = skipWithoutChromium("the page's policy was not tried");
let browser: Browser | undefined;
let server: Server | undefined;

before(async () => {
  if (skip) return;
  const { serve } = await import('../../scripts/web_server.mjs');
  server = await serve(path.join(root, 'web'), 0);
  browser = await launchChromium();
});

after(async () => {
  await browser?.close();
  server?.close();
});

test('the browser lets the page send nothing: no form, no other base, no script of its own text', {
  skip,
}, async () => {
  const page = await browser!.newPage();
  const strangers: string[] = [];
  const own = `http://127.0.0.1:${(server!.address() as AddressInfo).port}/`;
  page.context().on('request', (request) => {
    if (!request.url().startsWith(own) && !request.url().startsWith('data:')) strangers.push(request.url());
  });
  await page.goto(own);
  const violated = await page.evaluate(`(async () => {
    const violated = [];
    document.addEventListener('securitypolicyviolation', ({ effectiveDirective }) => violated.push(effectiveDirective));
    const add = (name, settings) => document.body.appendChild(Object.assign(document.createElement(name), settings));
    add('form', { action: 'http://127.0.0.1:9/', target: '_blank', innerHTML: '<input name="picture" value="1">' }).submit();
    add('form', { action: 'http://127.0.0.1:9/' }).submit();
    add('base', { href: 'http://127.0.0.1:9/' });
    add('script', { textContent: 'sent = 1' });
    add('object', { data: 'http://127.0.0.1:9/' });
    await fetch('http://127.0.0.1:9/').catch(() => {});
    for (let i = 0; i < 300 && violated.length < 6; i++) await new Promise((resolve) => setTimeout(resolve, 100));
    return violated.sort();
  })()`);
  assert.deepEqual(violated, [
    'base-uri',
    'connect-src',
    'form-action',
    'form-action',
    'object-src',
    'script-src-elem',
  ]);
  assert.deepEqual(strangers, []);
  assert.equal(page.url(), own);
  assert.equal(browser!.contexts().flatMap((context) => context.pages()).length, 1);
});
