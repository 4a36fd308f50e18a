// Mocha's own spec output, and the counts in one line of a file, so that the runner can add up what really ran.
const { appendFileSync } = require('node:fs');
const { reporters } = require('mocha');

module.exports = class Counting extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    runner.once('end', () => {
      const file = process.env.PLUMBLINE_COUNTS;
      if (file) appendFileSync(file, `${JSON.stringify({ passed: this.stats.passes, failed: this.stats.failures, skipped: this.stats.pending })}\n`);
    });
  }
};
