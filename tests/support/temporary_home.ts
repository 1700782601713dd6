import fs, { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, type TestContext } from 'node:test';

const folder = mkdtempSync(join(tmpdir(), 'thaw-home-'));
after(() => rmSync(folder, { recursive: true, force: true }));
let homes = 0;

/** Points THAW_HOME at a fresh empty folder and THAW_ASSETS at another, and returns both. Removed after the tests. */
export function temporaryHome(): { home: string; assets: string } {
  const home = join(folder, `home-${++homes}`);
  const assets = join(folder, `assets-${homes}`);
  mkdirSync(home);
  mkdirSync(assets);
  process.env.THAW_HOME = home;
  process.env.THAW_ASSETS = assets;
  delete process.env.THAW_REQUIRE_PHOTOGRAPHS; // set where the gate must run on photographs
  return { home, assets };
}

/** As on a machine without a folder of assets: none named, and none beside the checkout until the test ends. */
export function withoutAssets(t: TestContext): void {
  delete process.env.THAW_ASSETS;
  const { existsSync } = fs;
  const beside = join(__dirname, '..', '..', '..', 'shared', 'assets');
  t.mock.method(fs, 'existsSync', (path: fs.PathLike) => path !== beside && existsSync(path));
}
