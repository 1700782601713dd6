/**
 * @file tslab's compiler of cells, made to bear changes on disk and to tell where each line comes from that it makes.
 */
const fs = require('node:fs');
const { SourceMap } = require('node:module');
const path = require('node:path');
/** @typedef {typeof import('@tslab/typescript-for-tslab')} TypeScript */
/** @type {TypeScript} */
const ts = require('@tslab/typescript-for-tslab');
const { settleDisk } = require('./disk.cjs');
const { addCompiled } = require('./places.cjs');

const CANNOT_FIND_MODULE = 2307; // TypeScript's number for it
const TSLABS_LINES = 1; // that tslab writes above a cell
const MAP_COMMENT = /\n?\/\/# sourceMappingURL=(?:data:application\/json;base64,)?(\S+)\s*$/;

/** The maps that lead back, step by step, from the code that was compiled last. @type {Map<string, SourceMap[]>} */
const maps = new Map();

/** Separates code from the map in its last line. @param {string} text */
function splitMap(text) {
  const [comment = '', encoded = ''] = MAP_COMMENT.exec(text) ?? [];
  return { code: text.slice(0, text.length - comment.length), map: Buffer.from(encoded, 'base64').toString() };
}

/**
 * tslab holds one timer of TypeScript's, which it runs when it compiles the next cell, and throws where it is asked for a
 * second. TypeScript has several: they share that one.
 * @param {{ setTimeout?(callback: () => void, ms: number): unknown, clearTimeout?(timer: unknown): void }} host
 */
function shareTimer(host) {
  const hold = host.setTimeout;
  /** @type {Set<unknown>} */
  const due = new Set();
  let held = false;
  host.setTimeout = (callback, ms) => {
    due.add(callback);
    if (held) return callback;
    held = true;
    hold?.(() => {
      // One may ask for another.
      for (const timer of due) {
        due.delete(timer);
        if (typeof timer === 'function') timer();
      }
      held = false;
    }, ms);
    return callback;
  };
  host.clearTimeout = (timer) => due.delete(timer);
}

// TypeScript's exports can't be changed: tslab, which loads them next, gets an object that inherits the others.
Object.assign(require.cache[require.resolve('@tslab/typescript-for-tslab')] ?? {}, {
  exports: Object.create(ts, {
    __esModule: { value: true },
    createWatchCompilerHost: {
      /** @param {string[]} files @param {import('@tslab/typescript-for-tslab').CompilerOptions} options @param {import('@tslab/typescript-for-tslab').System} system @param {[]} rest */
      value(files, options, system, ...rest) {
        const host = ts.createWatchCompilerHost(
          files,
          { ...options, inlineSourceMap: true, inlineSources: true },
          system,
          ...rest,
        );
        shareTimer(host);
        return host;
      },
    },
    transpileModule: {
      /** @param {string} input @param {import('@tslab/typescript-for-tslab').TranspileOptions} options */
      value(input, options) {
        const { code, map } = splitMap(input);
        const compilerOptions = { ...options.compilerOptions, sourceMap: true };
        const output = ts.transpileModule(code, { ...options, compilerOptions });
        const outputText = splitMap(output.outputText).code;
        maps.set(outputText, [new SourceMap(JSON.parse(output.sourceMapText ?? '')), new SourceMap(JSON.parse(map))]);
        return { outputText };
      },
    },
  }),
});
const { createConverter } = require('tslab/dist/converter');

/**
 * The way back from code that was compiled last.
 * @param {string} code @param {import('./places.cjs').Source} source @param {number} [linesAbove] that tslab wrote above it
 * @returns {import('./places.cjs').Back}
 */
function wayBack(code, source, linesAbove = TSLABS_LINES) {
  const steps = maps.get(code) ?? [];
  const lines = code.split('\n').length;
  return (line, column) => {
    if (line > lines) return undefined; // tslab's call of the cell, below it
    let [row, character] = [line - 1, column - 1];
    for (const step of steps) {
      const entry = step.findEntry(row, character);
      if (!('originalLine' in entry)) return undefined;
      [row, character] = [entry.originalLine, entry.originalColumn];
    }
    return row < linesAbove ? undefined : { source, line: row + 1 - linesAbove, column: character + 1 };
  };
}

/** Notes where code comes from that a cell imports, a file beside the notebook or a cell that tslab takes for a module.
 * @param {import('tslab/dist/converter').SideOutput} output */
function addImported({ path: file, data }) {
  const { sources = [], sourcesContent = [] } = maps.get(data)?.at(-1)?.payload ?? {};
  const name = path.basename(sources[0] ?? file);
  const linesAbove = fs.existsSync(path.join(path.dirname(file), name)) ? 0 : TSLABS_LINES;
  const text = (sourcesContent[0] ?? '').split('\n').slice(linesAbove).join('\n');
  addCompiled(file, wayBack(data, { name, text }, linesAbove));
}

/**
 * tslab's converter. It takes every cell for one that awaits: tslab goes by an error that TypeScript gives for `await`, but
 * not for `for await`, nor below a `@ts-ignore`.
 *
 * @param {(output: string, source: string) => void} compiled is told what a cell was compiled to
 * @param {(errors: import('tslab/dist/converter').Diagnostic[], source: string) => void} refused is told why it was not
 * @returns {import('tslab/dist/converter').Converter}
 */
function createCompiler(compiled, refused) {
  const { noticeEdits, searchAnew } = settleDisk(ts);
  const converter = createConverter({ isJS: false, isBrowser: false });
  return {
    ...converter,
    convert(declarations, source) {
      maps.clear();
      noticeEdits();
      let result = converter.convert(declarations, source);
      if (result.diagnostics.some(({ code }) => code === CANNOT_FIND_MODULE)) {
        searchAnew();
        result = converter.convert(declarations, source);
      }
      result.sideOutputs?.forEach(addImported);
      if (result.output) compiled(result.output, source);
      refused(result.diagnostics, source);
      return { ...result, hasToplevelAwait: true };
    },
    addModule(name, source, meta) {
      const errors = converter.addModule(name, source, meta);
      refused(errors, source);
      return errors;
    },
  };
}

module.exports = { createCompiler, wayBack };
