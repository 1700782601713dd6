import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { applications, datasets } from 'thaw';
import { alternate, type Extent, type Row, seconds } from '../compare';
import { python, root, Side } from '../side';

/** What the chapter's first cell imports in Keras. */
const KERAS_CELL = 'import keras\nimport numpy as np\nfrom keras import layers';

/** The first cell of notebook 02. */
function thawCell(): string {
  const notebook = JSON.parse(fs.readFileSync(path.join(root, 'notebooks', '02_feature_extraction.ipynb'), 'utf8'));
  return notebook.cells.find(({ cell_type }: { cell_type: string }) => cell_type === 'code').source.join('');
}

/** From the start of a process to the first prediction of VGG16, and from that of a kernel to its first cell's end. */
export async function* startUp(_: Side, { repeats }: Extent): AsyncGenerator<Row> {
  const group = 'start-up';
  const { validation } = await datasets.catsVsDogs();
  const [name] = fs.readdirSync(path.join(validation, 'cat')).sort();
  const args = {
    picture: path.join(validation, 'cat', name!),
    weights: await applications.imagenetWeights('vgg16_notop'),
  };
  const first = async (start: () => Side) => {
    const side = start();
    const time = await seconds(() => side.ask('first_prediction', args));
    await side.close();
    return time;
  };
  const predicted = await alternate(
    repeats,
    () => first(Side.thaw),
    () => first(Side.keras),
  );
  yield { group, name: 'import to first prediction', unit: 's', ...predicted };

  const cell = thawCell();
  const kernel = async (spec: string, code: string): Promise<[ready: number, done: number]> => {
    const script = path.join(__dirname, '..', 'kernel_start.py');
    const options = {
      cwd: path.join(root, 'notebooks'),
      stdio: ['ignore', 'pipe', 'ignore'] as ['ignore', 'pipe', 'ignore'],
    };
    return JSON.parse(execFileSync(python, [script, spec, code], options).toString());
  };
  const starts = await alternate(
    repeats,
    () => kernel('tslab', cell),
    () => kernel('python3', KERAS_CELL),
  );
  const of = (index: number) => ({
    thaw: starts.thaw.map((times) => times[index]!),
    keras: starts.keras.map((times) => times[index]!),
  });
  yield { group, name: 'kernel, until it answers', unit: 's', ...of(0) };
  yield { group, name: 'kernel, until its first cell (imports) is done', unit: 's', ...of(1) };
}
