// Opens model files one after another, in the compiled Thaw whose folder is the argument, and reports on each.
const { opener } = require('../support/open_model.cjs');
const { memory } = require('../support/process_costs.cjs');

const { open, report } = opener(/** @type {string} */ (process.argv[2]));

process.once('message', async (/** @type {[good: string, ...paths: string[]]} */ [good, ...paths]) => {
  // What takes a while the first time.
  (await open(good)).dispose();
  const idle = memory('self', 'VmRSS');
  for (const path of paths) {
    process.send?.(await report(path, idle, () => ({})));
  }
  process.disconnect();
});
