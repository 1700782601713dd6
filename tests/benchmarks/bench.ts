/**
 * `npm run bench`: Thaw beside Python Keras, in turn on one machine in one run: the same TensorFlow, pictures and weights. Prints
 * a table and writes it to results/, with a figure. `--quick`: less of most, and nothing of three groups. Names of groups: only
 * these.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { staticPng } from '../../dist/plots/static_png';
import { nodeBackend } from '../../dist/tf';
import type { Extent, Row } from './compare';
import { benchmarkFigure } from './figure';
import { chapter } from './groups/chapter';
import { checkpoint } from './groups/checkpoint';
import { extraction } from './groups/extraction';
import { forward } from './groups/forward';
import { growth } from './groups/growth';
import { machine } from './groups/machine';
import { memory } from './groups/memory';
import { reading } from './groups/reading';
import { startUp } from './groups/start_up';
import { training } from './groups/training';
import { table } from './report';
import { root, Side } from './side';

const groups: Record<string, (keras: Side, extent: Extent, folder: string) => AsyncGenerator<Row>> = {
  machine,
  reading,
  forward,
  extraction,
  training,
  'start-up': startUp,
  checkpoint,
  memory,
  growth,
  chapter,
};

const { values, positionals } = parseArgs({
  options: { quick: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const extent: Extent = { quick: values.quick, repeats: values.quick ? 2 : 3 };
const results = path.join(root, 'results');
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'thaw-bench-'));
process.once('exit', () => fs.rmSync(folder, { recursive: true }));
process.once('SIGINT', () => process.exit(130));

async function main(): Promise<void> {
  const unknown = positionals.find((name) => !(name in groups));
  if (unknown) throw new Error(`Expected some of ${Object.keys(groups).join(', ')}. Received: '${unknown}'.`);
  const keras = Side.keras();
  process.once('exit', () => keras.kill());
  const { TF_Version } = nodeBackend().binding;
  const versions = await keras.ask<{ keras: string; tensorflow: string }>('versions');
  const [processor] = os.cpus();
  const machineText = `${os.availableParallelism()} cores of ${processor?.model.trim()}`;
  console.log(`Thaw on TensorFlow ${TF_Version}, Keras ${versions.keras} on ${versions.tensorflow}, ${machineText}`);
  const rows: Row[] = [];
  const all = Object.keys(groups).filter(
    (name) => !(values.quick && ['extraction', 'memory', 'growth'].includes(name)),
  );
  for (const name of positionals.length > 0 ? positionals : all) {
    const inside = path.join(folder, name);
    fs.mkdirSync(inside);
    for await (const row of groups[name]!(keras, extent, inside)) {
      rows.push(row);
      console.log(table([row]).split('\n').at(-1));
    }
  }
  await keras.close();
  const title = `Thaw beside Keras ${versions.keras}, ${machineText}`;
  const figure = benchmarkFigure(rows, title);
  fs.mkdirSync(results, { recursive: true });
  const report = { ...versions, machine: machineText, date: new Date().toISOString(), quick: values.quick, rows };
  fs.writeFileSync(path.join(results, 'bench.json'), `${JSON.stringify(report, null, 2)}\n`);
  fs.writeFileSync(path.join(results, 'bench.plotly.json'), JSON.stringify(figure));
  fs.writeFileSync(path.join(results, 'bench.png'), (await staticPng(figure, { scale: 2 })).png);
  console.log(`\n${table(rows)}\n\nresults/bench.json, results/bench.plotly.json and results/bench.png hold this.`);
}

main().then(
  () => process.exit(0),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
