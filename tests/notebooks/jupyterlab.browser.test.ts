import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import type { Browser, Locator, Page } from 'playwright-core';
import { launchChromium, skipWithoutChromium } from '../support/chromium';
import { python } from '../support/python';
import { root } from '../support/root';

/** The notebooks in real JupyterLab in real Chromium, with the project's kernel. */
const screenshots = path.join(root, 'results', 'screenshots');

const skip = skipWithoutChromium('the notebooks were not opened in a browser');

// A copy below the checkout: cells find `thaw` by looking upwards, and JupyterLab saves what it opens.
const folder = path.join(root, 'results', `jupyterlab-${process.pid}`);
let server: ChildProcess;
let browser: Browser;
let address: string;

before(async () => {
  if (skip) return;
  fs.mkdirSync(screenshots, { recursive: true });
  fs.cpSync(path.join(root, 'notebooks'), path.join(folder, 'notebooks'), { recursive: true });
  const settings = path.join(folder, 'settings', '@jupyterlab', 'notebook-extension');
  fs.mkdirSync(settings, { recursive: true });
  // All cells are drawn, not only those in sight.
  fs.writeFileSync(path.join(settings, 'tracker.jupyterlab-settings'), '{ "windowingMode": "none" }');
  const environment = {
    JUPYTER_CONFIG_DIR: path.join(folder, 'config'),
    JUPYTER_DATA_DIR: path.join(folder, 'data'),
    JUPYTER_RUNTIME_DIR: path.join(folder, 'runtime'),
    JUPYTERLAB_SETTINGS_DIR: path.join(folder, 'settings'),
    JUPYTERLAB_WORKSPACES_DIR: path.join(folder, 'workspaces'),
  };
  const options = ['--no-browser', '--allow-root', '--ip=127.0.0.1', '--port=0', '--IdentityProvider.token='];
  const notebooks = path.join(folder, 'notebooks');
  server = spawn(
    python,
    [
      '-m',
      'jupyterlab',
      ...options,
      `--ServerApp.root_dir=${notebooks}`,
      '--LabApp.news_url=',
      '--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate',
    ],
    { env: { ...process.env, ...environment }, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let log = '';
  address = await new Promise((resolve, reject) => {
    server.stderr?.on('data', (chunk) => {
      log += chunk;
      const found = /http:\/\/127\.0\.0\.1:\d+\/lab/.exec(log);
      if (found) resolve(found[0]);
    });
    server.once('exit', () => reject(new Error(`JupyterLab did not start:\n${log}`)));
  });
  browser = await launchChromium();
});

after(async () => {
  if (skip) return;
  await browser?.close();
  server.kill('SIGTERM');
  if (server.exitCode === null) await once(server, 'exit');
  fs.rmSync(folder, { recursive: true, force: true });
});

/** A notebook of a figure and a summary, without outputs. */
function writeShown(): void {
  const code = (id: string, source: string) => ({
    ...{ cell_type: 'code', id, metadata: {}, outputs: [], execution_count: null },
    source,
  });
  const { metadata } = JSON.parse(fs.readFileSync(path.join(root, 'notebooks', '01_cats_and_dogs.ipynb'), 'utf8'));
  const cells = [
    code('imports', "import * as tf from '@tensorflow/tfjs-node';\nimport { plots } from 'thaw';"),
    code('figure', "await plots.show(plots.historyFigure({ acc: [0.5, 1] }, { metric: 'acc' }));"),
    code('summary', 'tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [2] })] }).summary();'),
  ];
  const notebook = { cells, metadata, nbformat: 4, nbformat_minor: 5 };
  fs.writeFileSync(path.join(folder, 'notebooks', 'shown.ipynb'), JSON.stringify(notebook));
}

interface KeptOutput {
  data?: Record<string, unknown>;
}

/** How many outputs of a notebook are Plotly figures. */
function keptFigures(name: string): number {
  const notebook = JSON.parse(fs.readFileSync(path.join(root, 'notebooks', name), 'utf8'));
  const outputs: KeptOutput[] = notebook.cells.flatMap((cell: { outputs?: KeptOutput[] }) => cell.outputs ?? []);
  return outputs.filter((output) => output.data?.['application/vnd.plotly.v1+json']).length;
}

/** Opens a notebook and waits for its kernel; console errors are collected. */
async function open(name: string): Promise<{ page: Page; errors: string[] }> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 1600 } });
  const errors: string[] = [];
  page.on(
    'console',
    (message) => message.type() === 'error' && errors.push(`${message.text()} ${message.location().url}`),
  );
  page.on('pageerror', (error) => errors.push(String(error)));
  await page.goto(`${address}/tree/${name}?reset`);
  await page.getByText('TypeScript | Idle').waitFor({ timeout: 120_000 });
  return { page, errors };
}

/** Every figure is drawn, and so large that it can be read. */
async function checkFigures(page: Page, name: string): Promise<void> {
  const expected = keptFigures(name);
  assert.ok(expected > 0, `${name} keeps figures`);
  const figures = page.locator('.jp-RenderedPlotly');
  assert.equal(await figures.count(), expected);
  for (let i = 0; i < expected; i++) {
    const figure = figures.nth(i);
    // JupyterLab shows the PNG until the mouse comes; then Plotly draws.
    const picture = figure.locator('img.plot-img');
    const kept = await picture.boundingBox();
    assert.ok(kept && kept.width <= 850, `the picture of figure ${i + 1} is whole: ${JSON.stringify(kept)}`);
    await picture.dispatchEvent('mouseenter');
    await figure.locator('.main-svg').first().waitFor({ timeout: 60_000 });
    const box = await figure.boundingBox();
    assert.equal(box?.height, kept.height, `the page does not jump at figure ${i + 1}`);
    assert.ok(box && box.width > 300 && box.height > 200, `figure ${i + 1} has a size: ${JSON.stringify(box)}`);
    await figure.screenshot({ path: path.join(screenshots, `${path.basename(name, '.ipynb')}_figure_${i + 1}.png`) });
  }
}

/** Runs the first three code cells, one after another, and gives all of them. */
async function runThreeCells(page: Page): Promise<Locator> {
  const cells = page.locator('.jp-CodeCell');
  for (let i = 0; i < 3; i++) {
    await cells.nth(i).locator('.jp-InputArea-editor').click();
    await page.keyboard.press('Shift+Enter');
    await cells
      .nth(i)
      .getByText(`[${i + 1}]:`, { exact: true })
      .waitFor({ timeout: 120_000 });
  }
  return cells;
}

for (const name of fs.readdirSync(path.join(root, 'notebooks')).filter((file) => file.endsWith('.ipynb')))
  test(`${name} opens in JupyterLab, draws its figures and reports no error`, { skip }, async () => {
    const { page, errors } = await open(name);
    await checkFigures(page, name);
    assert.deepEqual(errors, []);
    await page.close();
  });

test('a figure that is run in JupyterLab is drawn by Plotly at once, and summary() is a table', { skip }, async () => {
  writeShown();
  const { page, errors } = await open('shown.ipynb');
  const cells = await runThreeCells(page);
  const figure = page.locator('.jp-RenderedPlotly');
  await figure.locator('.main-svg').first().waitFor({ timeout: 60_000 });
  assert.equal(await figure.locator('img.plot-img').isVisible(), false);
  assert.match(await cells.nth(2).locator('.jp-RenderedHTML table').innerText(), /dense \(Dense\)\s+\(None, 1\)\s+3/);
  assert.deepEqual(errors, []);
  await page.close();
});

test('the first three code cells of 02_feature_extraction run in JupyterLab', { skip }, async () => {
  const { page, errors } = await open('02_feature_extraction.ipynb');
  await page.getByRole('menuitem', { name: 'Edit' }).click();
  await page.getByText('Clear Outputs of All Cells').click();
  const cells = await runThreeCells(page);
  assert.equal(await page.locator('.jp-OutputArea-output[data-mime-type="application/vnd.jupyter.error"]').count(), 0);
  assert.match(await cells.nth(2).locator('.jp-OutputArea').innerText(), /photographs|drawings/);
  assert.deepEqual(errors, []);
  await page.screenshot({ path: path.join(screenshots, '02_feature_extraction_run.png') });
  await page.close();
});
