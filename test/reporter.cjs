// Mocha's own spec output, the files that took longest, and the counts in one line of a file, so that the runner can add up what really ran.
const { appendFileSync } = require('node:fs');
const { relative } = require('node:path');
const { reporters } = require('mocha');

/** A file below so many milliseconds is not worth a line. */
const LONG_MS = 5_000;

module.exports = class Counting extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const spent = new Map();
    let began = 0;
    const isTop = suite => suite.parent?.root === true;
    runner.on('suite', suite => {
      if (isTop(suite)) began = Date.now();
    });
    runner.on('suite end', suite => {
      if (isTop(suite)) spent.set(suite.file, (spent.get(suite.file) ?? 0) + Date.now() - began);
    });
    runner.once('end', () => {
      const file = process.env.PLUMBLINE_COUNTS;
      if (file) appendFileSync(file, `${JSON.stringify({ passed: this.stats.passes, failed: this.stats.failures, skipped: this.stats.pending })}\n`);
      const long = [...spent].filter(([, ms]) => ms >= LONG_MS).sort(([, a], [, b]) => b - a);
      for (const [name, ms] of long) console.log(`  ${(ms / 1000).toFixed(1).padStart(6)} s  ${relative(process.cwd(), name ?? '')}`);
    });
  }
};
