// Trains for ever, one line on stdout when it has begun, saving after every epoch where a path is given.
import { modelCheckpoint } from '../../src/callbacks/model_checkpoint';
import '../../src/tfjs/interruptible_fit';
import * as tf from '../../src/tf';

const [path] = process.argv.slice(2);

async function train(): Promise<void> {
  const model = tf.sequential({ layers: [tf.layers.dense({ units: 200, inputShape: [2000], useBias: true })] });
  model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
  const begun = new tf.CustomCallback({ onEpochEnd: (epoch) => void (epoch === 1 && console.log('training')) });
  const callbacks = path ? [modelCheckpoint({ filepath: path }), begun] : [begun];
  const before = process.listenerCount('SIGINT');
  const history = await model.fit(tf.zeros([64, 2000]), tf.zeros([64, 200]), { epochs: 1e6, verbose: 0, callbacks });
  console.log(JSON.stringify({ epochs: history.epoch.length, listeners: process.listenerCount('SIGINT') - before }));
}

void train();
