/** `npm run check`: types, lint and format, in seconds. */
import { check, runSteps } from './gate/steps.mjs';
import { alone } from './setup/alone.mjs';
import { command } from './setup/steps.mjs';
import { npmPackages } from './setup.mjs';

await command(async () => {
  await alone(npmPackages);
  return runSteps(check);
});
