/** Fills a feature bank with four variants and trains on it: node --import tsx fill_bank.ts FOLDER WEIGHTS */
import { join } from 'node:path';
import { applications, models, utils } from '../../src';
import { build, pictures, SIZE } from './bank_model';

async function main(): Promise<void> {
  const [folder, weights] = process.argv.slice(2) as [string, string];
  utils.setRandomSeed(1);
  const convBase = await applications.vgg16({ weights, includeTop: false, inputShape: [...SIZE, 3] });
  const train = await pictures(join(folder, 'train'), true);
  const history = await models
    .featureBank({ variants: 4 })
    .fit(build(convBase, { dropout: 0.5 }), train, { epochs: 3 });
  console.log('losses', ...history.history.loss!);
}

void main();
