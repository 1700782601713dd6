import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { root } from '../support/root';

/** What in the text of a test, or of what it imports from tests/, shows that it needs more than Node and tfjs. */
const signs: Record<string, RegExp> = {
  keras: /from '.*\/keras'/,
  kernel: /from '.*support\/python'|\.venv\/bin/,
  browser: /from '.*support\/chromium'/,
  checkout: /from '.*\/checkout'|\{ setup \}|import \{[^}]*\bstartProgram\b/,
  // Where the cache and the assets' folder are empty ones, there are none of them.
  assets: /^(?![\s\S]*\btemporaryHome\()[\s\S]*(\b(catsVsDogs|imagenetWeights)\(|weights: 'imagenet')/,
};

/** The files of tests/ that a file consists of: itself and all that it imports from there. */
function sources(file: string, found = new Set<string>()): Set<string> {
  if (found.has(file)) return found;
  found.add(file);
  const text = readFileSync(path.join(root, file), 'utf8');
  for (const [, imported] of text.matchAll(/ from '(\.[^']*)'/g)) {
    const source = path.join(path.dirname(file), `${imported}.ts`);
    if (source.startsWith('tests') && existsSync(path.join(root, source))) sources(source, found);
  }
  return found;
}

function needed(file: string): string[] {
  const texts = [...sources(file)].map((source) => readFileSync(path.join(root, source), 'utf8'));
  return Object.keys(signs).filter((kind) => texts.some((text) => signs[kind]!.test(text)));
}

test("a test's path says whether it needs more than Node and tfjs, and what", async () => {
  const { kindOf, kinds, testFiles } = await import('../../scripts/gate/chosen_tests.mjs');
  assert.deepEqual(Object.keys(signs), Object.keys(kinds));
  const others = testFiles().filter((file) => path.join(root, file) !== __filename);
  const wrong = others.flatMap((file) => {
    const [kind, needs] = [kindOf(file), needed(file)];
    if (kind ? needs.includes(kind) : needs.length === 0) return [];
    const expected = needs.map((each) => file.replace(/(\.\w+)?\.test\.ts$/, `.${each}.test.ts`));
    return `${file}: expected ${expected.join(' or ') || 'no word for a kind, since it needs nothing'}`;
  });
  assert.deepEqual(wrong, []);
});
