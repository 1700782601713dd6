import { existsSync } from 'node:fs';
import path from 'node:path';
import { type Browser, chromium } from 'playwright-core';

const candidates = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const executablePath = (process.env.PATH ?? '')
  .split(path.delimiter)
  .flatMap((folder) => candidates.map((name) => path.join(folder, name)))
  .find((file) => existsSync(file));

/**
 * Why a test has to be skipped, told loudly where there is no Chromium on the PATH; else false.
 *
 * @param what what is not done then, such as 'the page was not opened in a browser'
 */
export function skipWithoutChromium(what: string): string | false {
  if (executablePath) return false;
  const why = `SKIPPED: no Chromium was found, so ${what}. To have this test: Debian: apt-get install chromium · macOS: brew install --cask google-chrome, on the PATH as google-chrome`;
  process.stderr.write(`\n${'!'.repeat(100)}\n${why}\n${'!'.repeat(100)}\n\n`);
  return why;
}

/**
 * The Chromium on the PATH, without a window. It computes WebGL on the processor, so that all machines do the same.
 *
 * @param more further switches
 */
export function launchChromium(...more: string[]): Promise<Browser> {
  const quiet = ['--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-quic'];
  const args = ['--no-sandbox', '--no-first-run', '--disable-gpu', ...quiet, ...more];
  return chromium.launch({ executablePath, args });
}
