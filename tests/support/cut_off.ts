import { afterEach } from 'node:test';

const environment = { ...process.env };
const { fetch } = globalThis;
afterEach(() => {
  process.env = { ...environment };
  globalThis.fetch = fetch;
});

/** No server answers, and pip finds nothing but what lies in `folder`, until the test ends. Then the environment is as before. */
export function cutOff(folder: string): void {
  globalThis.fetch = () => Promise.reject(new Error('no network'));
  Object.assign(process.env, { PIP_NO_INDEX: '1', PIP_FIND_LINKS: folder });
}
