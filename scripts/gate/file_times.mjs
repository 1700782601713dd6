import path from 'node:path';

/**
 * A reporter of node's test runner that tells how long each file took, a line each, seconds and path; and last how many tests
 * passed, failed, were cancelled or skipped, such as `pass 12`.
 * @param {AsyncIterable<import('node:test/reporters').TestEvent>} events
 */
export default async function* fileTimes(events) {
  // A file is a test too, named by its path, in full or as it was given.
  for await (const { type, data } of events) {
    if (type === 'test:complete' && data.file && path.resolve(data.name) === data.file)
      yield `${(data.details.duration_ms / 1000).toFixed(1)} ${data.file}\n`;
    if (type === 'test:diagnostic' && /^(pass|fail|cancelled|skipped) \d+$/.test(data.message))
      yield `${data.message}\n`;
  }
}
