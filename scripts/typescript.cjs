/**
 * Compiles TypeScript as it is loaded: `node --require ./scripts/typescript.cjs FILE.ts`. tsx, which would do the same, also
 * parses all of tfjs in each process, which then takes twice as long to start; tests start two hundred.
 */
const { createHash } = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const sourceMapSupport = require('source-map-support');

/**
 * A folder in which the processes of one run of the tests keep what they have compiled, each file by its contents: most load
 * the same hundred files.
 */
const kept = process.env.THAW_COMPILED;

/** @typedef {{ code: string, map: string }} Compiled */

/**
 * @param {string} filename
 * @returns {Compiled}
 */
function compile(filename) {
  const source = fs.readFileSync(filename, 'utf8');
  const file = kept && path.join(kept, createHash('sha1').update(`${filename}\n${source}`).digest('hex'));
  if (file && fs.existsSync(file)) return JSON.parse(fs.readFileSync(file, 'utf8'));
  // Loaded only where something is to be compiled.
  const { code, map = '' } = require('@swc/core').transformSync(source, {
    filename,
    swcrc: false,
    sourceMaps: true,
    jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, // as tsconfig.json has it
    module: { type: 'commonjs', ignoreDynamic: true },
  });
  const compiled = { code, map };
  if (file) {
    // Whole, whoever else writes the same.
    fs.writeFileSync(`${file}.${process.pid}`, JSON.stringify(compiled));
    fs.renameSync(`${file}.${process.pid}`, file);
  }
  return compiled;
}

/** @type {Map<string, string>} */
const maps = new Map();
sourceMapSupport.install({
  environment: 'node',
  handleUncaughtExceptions: false,
  retrieveSourceMap(url) {
    // The runner of the tests asks for files that other processes have loaded.
    const map = maps.get(url) ?? (/^\/.*\.ts$/.test(url) ? compile(url).map : undefined);
    return map === undefined ? null : { url, map };
  },
});

require.extensions['.ts'] = (module, filename) => {
  const { code, map } = compile(filename);
  maps.set(filename, map);
  /** @type {NodeJS.Module & { _compile(code: string, filename: string): void }} */ (module)._compile(code, filename);
};
