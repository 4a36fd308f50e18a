module.exports = { require: ['tsx'], extension: ['ts'], timeout: 10000, reporter: './test/reporter.cjs', forbidOnly: true };
