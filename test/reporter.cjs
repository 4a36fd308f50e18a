// Mocha's own spec output, the files that took longest, and per file what became of its tests, in one line each of a file, so that the runner can add up what really ran.
const { appendFileSync } = require('node:fs');
const { relative } = require('node:path');
const { reporters } = require('mocha');

/** A file below so many milliseconds is not worth a line. */
const LONG_MS = 5_000;

module.exports = class Counting extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const files = new Map();
    const of = ({ file }) => {
      const name = relative(process.cwd(), file ?? '');
      if (!files.has(name)) files.set(name, { file: name, passed: 0, failed: 0, skipped: 0, ms: 0, failures: [] });
      return files.get(name);
    };
    let began = 0;
    const isTop = suite => suite.parent?.root === true;
    runner.on('suite', suite => {
      if (isTop(suite)) began = Date.now();
    });
    runner.on('suite end', suite => {
      if (isTop(suite)) of(suite).ms += Date.now() - began;
    });
    runner.on('pass', test => (of(test).passed += 1));
    runner.on('pending', test => (of(test).skipped += 1));
    runner.on('fail', (test, error) => {
      of(test).failed += 1;
      of(test).failures.push({ title: test.fullTitle(), error: error?.stack ?? String(error) });
    });
    runner.once('end', () => {
      const counts = process.env.PLUMBLINE_COUNTS;
      if (counts) for (const part of files.values()) appendFileSync(counts, `${JSON.stringify(part)}\n`);
      const long = [...files.values()].filter(({ ms }) => ms >= LONG_MS).sort((a, b) => b.ms - a.ms);
      for (const { file, ms } of long) console.log(`  ${(ms / 1000).toFixed(1).padStart(6)} s  ${file}`);
    });
  }
};
