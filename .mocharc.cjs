module.exports = { require: ['tsx', './test/bench/hooks.ts'], extension: ['ts'], timeout: 60_000, reporter: './test/reporter.cjs', forbidOnly: true };
