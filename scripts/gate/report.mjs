import path from 'node:path';
import { read, root } from '../setup/steps.mjs';

/**
 * The ten test files and notebooks that took longest, a line each.
 * @param {string} fileTimes what the reporter file_times.mjs wrote
 * @param {string} junit what pytest wrote by --junitxml
 * @returns {string} '' where nothing ran
 */
export function slowest(fileTimes, junit) {
  /** @type {Map<string, number>} */
  const seconds = new Map();
  for (const [, time, file] of read(fileTimes).matchAll(/^([\d.]+) (.+)$/gm))
    seconds.set(path.relative(root, String(file)), Number(time));
  for (const [, name, time] of read(junit).matchAll(/<testcase classname="([^"]+)" name="[^"]*" time="([\d.]+)"/g)) {
    const notebook = String(name).replace('notebooks.', 'notebooks/'); // in pytest's words a module
    seconds.set(notebook, (seconds.get(notebook) ?? 0) + Number(time));
  }
  const worst = [...seconds].sort(([, a], [, b]) => b - a).slice(0, 10);
  return worst.map(([file, time]) => `${time.toFixed(1).padStart(8)} s  ${file}\n`).join('');
}

/**
 * How many tests and cells of notebooks passed, failed and were skipped, in one line.
 * @param {string} fileTimes what the reporter file_times.mjs wrote
 * @param {string} junit what pytest wrote by --junitxml
 */
export function closingLine(fileTimes, junit) {
  /** @param {string} text @param {RegExp} pattern */
  const sum = (text, pattern) => [...text.matchAll(pattern)].reduce((total, [, count]) => total + Number(count), 0);
  const [unit, suite] = [read(fileTimes), read(junit)];
  const cells = sum(suite, /<testsuite [^>]*?tests="(\d+)"/g);
  const broken = sum(suite, /<testsuite [^>]*?failures="(\d+)"/g) + sum(suite, /<testsuite [^>]*?errors="(\d+)"/g);
  const left = sum(suite, /<testsuite [^>]*?skipped="(\d+)"/g);
  const passed = sum(unit, /^pass (\d+)$/gm) + cells - broken - left;
  const failed = sum(unit, /^(?:fail|cancelled) (\d+)$/gm) + broken;
  return `gate: ${passed} passed, ${failed} failed, ${sum(unit, /^skipped (\d+)$/gm) + left} skipped\n`;
}
