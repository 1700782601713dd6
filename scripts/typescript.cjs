/**
 * Compiles TypeScript as it is loaded: `node --require ./scripts/typescript.cjs FILE.ts`. tsx, which would do the same, also
 * parses all of tfjs in each process, which then takes twice as long to start; tests start two hundred.
 */
const fs = require('node:fs');
const { transformSync } = require('@swc/core');
const sourceMapSupport = require('source-map-support');

/** @type {Map<string, string>} */
const maps = new Map();
sourceMapSupport.install({
  environment: 'node',
  handleUncaughtExceptions: false,
  retrieveSourceMap(url) {
    const map = maps.get(url);
    return map === undefined ? null : { url, map };
  },
});

require.extensions['.ts'] = (module, filename) => {
  const { code, map } = transformSync(fs.readFileSync(filename, 'utf8'), {
    filename,
    swcrc: false,
    sourceMaps: true,
    jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, // as tsconfig.json has it
    module: { type: 'commonjs', ignoreDynamic: true },
  });
  maps.set(filename, map ?? '');
  /** @type {NodeJS.Module & { _compile(code: string, filename: string): void }} */ (module)._compile(code, filename);
};
