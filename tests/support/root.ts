import path from 'node:path';

/** The root of the checkout. */
export const root = path.resolve(__dirname, '..', '..');

/** What Node is to be started with for programs in TypeScript. */
export const typescript = ['--require', path.join(root, 'scripts', 'typescript.cjs')];
