// Says of each `model.json` in a list that Thaw has opened whether tfjs alone gives the same for ones. Its argument: the list.
// A line a file: tfjs may find no end of one.
const { readFileSync } = require('node:fs');
const util = require('node:util');
process.env.TF_CPP_MIN_LOG_LEVEL = '3';
Object.assign(util, { isNullOrUndefined: (/** @type {unknown} */ value) => value === null || value === undefined });
const tf = require('@tensorflow/tfjs-node');

/** @param {{ file: string, outputs?: number[] }} model */
async function verdict({ file, outputs }) {
  try {
    const model = await tf.loadLayersModel(`file://${file}`);
    const ones = model.inputs.map(({ shape, dtype }) =>
      tf.ones(
        shape.map((size) => size ?? 1),
        dtype,
      ),
    );
    const theirs = [model.predict(ones.length === 1 ? /** @type {never} */ (ones[0]) : ones)].flat();
    const numbers = theirs.flatMap((output) => [...output.dataSync().slice(0, 100)]);
    const same =
      outputs?.length === numbers.length &&
      numbers.every(
        (number, index) => Math.abs(number - /** @type {number} */ (outputs[index])) <= 1e-5 + 1e-3 * Math.abs(number),
      );
    return same ? 'same' : 'different';
  } catch (error) {
    return `tfjs alone refuses: ${String(error).split('\n')[0]?.slice(0, 150)}`;
  }
}

(async () => {
  /** @type {{ file: string, outputs?: number[] }[]} */
  const listed = JSON.parse(readFileSync(/** @type {string} */ (process.argv[2]), 'utf8'));
  for (const model of listed) console.log(JSON.stringify({ file: model.file, verdict: await verdict(model) }));
})();
