/**
 * @file The disk as TypeScript sees it. Node loads a package once, so its types are read once, too: whatever happens to
 * installed packages, `dist` or `package.json` later, while a cell runs or between two, changes nothing. What tslab
 * compiles itself, code beside the notebook, may be edited, and is looked at before each cell. Nothing is watched:
 * watchers call at any time, and npm's or tsc's half-written files are no news. What is being written is waited for.
 */
const fs = require('node:fs');

const QUIET = 1000; // ms after which nobody writes to a file any more
const PATIENCE = 10_000; // ms, where one is written to all the time

const folder = `${process.cwd()}/`; // the notebook's

/** Whether it is code beside the notebook, which tslab compiles itself. @param {string} file */
function isEdited(file) {
  return /\.[jt]sx?$/.test(file) && !/\.d\.ts$|\/node_modules\//.test(file) && file.startsWith(folder);
}

/** @param {string} file @returns {string | undefined} another text whenever the file is another */
function stampOf(file) {
  const stats = fs.statSync(file, { throwIfNoEntry: false });
  return stats && `${stats.ino} ${stats.mtimeMs} ${stats.size}`;
}

/**
 * Waits until nobody writes to a file. tsc empties one and then fills it: read between the two, a module has nothing in it.
 * @param {string} file
 */
function waitUntilWhole(file) {
  for (let waited = 0; waited < PATIENCE; ) {
    const age = Date.now() - (fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0);
    if (age < 0 || age > QUIET) return;
    const rest = QUIET - age + 1;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, rest);
    waited += rest;
  }
}

/** Lets modules and JSON be loaded when they are whole. */
function loadWhole() {
  const { extensions } = require; // the same for all modules
  for (const extension of ['.js', '.json']) {
    const load = extensions[extension];
    extensions[extension] = (module, file) => {
      waitUntilWhole(file);
      return load?.(module, file);
    };
  }
}

/**
 * A function of the path that keeps its first answer, unless that was "not there" or "nothing".
 * @template {(path: string, ...rest: never[]) => unknown} Ask
 * @param {Ask} ask @param {(path: string) => boolean} mayChange @returns {Ask}
 */
function keeping(ask, mayChange) {
  /** @type {Map<string, unknown>} */
  const answers = new Map();
  return /** @type {Ask} */ (
    (path, ...rest) => {
      if (answers.has(path)) return answers.get(path);
      const answer = ask(path, ...rest);
      const found = Array.isArray(answer) ? answer.length > 0 : answer;
      if (found && !mayChange(path)) answers.set(path, answer);
      return answer;
    }
  );
}

/**
 * Makes TypeScript see the disk that way.
 *
 * @param {typeof import('@tslab/typescript-for-tslab')} ts
 * @returns `noticeEdits` tells TypeScript which code beside the notebook is another than before; `searchAnew` makes it
 *   search again for the modules that it has not found.
 */
function settleDisk(ts) {
  const { sys } = ts;
  const { readFile } = sys;
  loadWhole();
  /** @type {Set<{ file: string, stamp: string | undefined, changed: import('@tslab/typescript-for-tslab').FileWatcherCallback }>} */
  const edited = new Set();
  /** @type {Set<() => void>} */
  const searches = new Set();

  sys.watchFile = (file, changed) => {
    const entry = { file, stamp: stampOf(file), changed };
    if (isEdited(file)) edited.add(entry);
    return { close: () => edited.delete(entry) };
  };
  sys.watchDirectory = (directory, changed) => {
    const search = () => changed(directory);
    searches.add(search);
    return { close: () => searches.delete(search) };
  };
  sys.fileExists = keeping(sys.fileExists, isEdited);
  sys.readFile = keeping((file, encoding) => {
    waitUntilWhole(file);
    return readFile(file, encoding);
  }, isEdited);
  sys.directoryExists = keeping(sys.directoryExists, () => false);
  sys.getDirectories = keeping(sys.getDirectories, () => false);
  if (sys.realpath) sys.realpath = keeping(sys.realpath, isEdited);

  return {
    noticeEdits() {
      for (const entry of edited) {
        const stamp = stampOf(entry.file);
        if (stamp === entry.stamp) continue;
        const { Created, Changed, Deleted } = ts.FileWatcherEventKind;
        const kind = !stamp ? Deleted : entry.stamp ? Changed : Created;
        entry.stamp = stamp;
        entry.changed(entry.file, kind);
      }
    },
    searchAnew() {
      for (const search of searches) search();
    },
  };
}

module.exports = { settleDisk };
