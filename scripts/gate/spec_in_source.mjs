import { createRequire } from 'node:module';
import { Readable } from 'node:stream';
import { spec } from 'node:test/reporters';

const require = createRequire(import.meta.url);
require('../typescript.cjs'); // which has the source maps
const { mapSourcePosition } = require('source-map-support');

/**
 * A test that failed is listed where it stands in the source, not in what was compiled of it: the runner sees that alone.
 * @param {AsyncIterable<import('node:test/reporters').TestEvent>} events
 */
async function* inSource(events) {
  for await (const event of events) {
    if (event.type !== 'test:fail' || !event.data.file || !event.data.line) {
      yield event;
      continue;
    }
    const { file: source, line, column = 1 } = event.data;
    const found = mapSourcePosition({ source, line, column: column - 1 });
    yield { ...event, data: { ...event.data, line: found.line, column: found.column + 1 } };
  }
}

/**
 * Node's reporter `spec`, but that the places of tests are those in TypeScript.
 * @param {AsyncIterable<import('node:test/reporters').TestEvent>} events
 */
export default async function* specInSource(events) {
  yield* Readable.from(inSource(events)).pipe(new spec());
}
