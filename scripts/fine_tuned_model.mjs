/** The model that `npm start` leaves in results/, for the commands that use it. */
import fs from 'node:fs';
import path from 'node:path';
import { root, SetupError } from './setup/steps.mjs';

export const file = path.join(root, 'results', 'fine_tuning.keras');

/** Throws what a person is told where the model isn't there yet. */
export function checkTrained() {
  if (!fs.existsSync(file))
    throw new SetupError(`There is no model yet. Expected: ${file}. Run \`npm start\` first, which trains it.`);
}

/**
 * Loads it.
 * @param {typeof import('../src/index.js')['models']} models
 */
export const loadFineTuned = (models) =>
  models.loadModel(file).catch((/** @type {Error} */ error) => {
    throw new SetupError(`${error.message} If it is damaged, remove it and run \`npm start\`, which trains it anew.`);
  });
