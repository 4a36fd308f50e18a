import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FAULTS } from './fault-rows';

/** Row → names of the tests that cover it. */
function covered(): Map<number, string[]> {
  const rows = new Map<number, string[]>();
  const files = readdirSync(__dirname, { recursive: true, encoding: 'utf8' }).filter(file => /\.(test|host)\.ts$/.test(file) && !file.startsWith('fault-rows'));
  for (const file of files) {
    for (const [, name = ''] of readFileSync(join(__dirname, file), 'utf8').matchAll(/\bit\(\s*['`](.*?)['`],/g)) {
      const before = /^(\d+(?:, \d+)*): /.exec(name)?.[1];
      const inside = [...name.matchAll(/\(faults? (\d+(?:, \d+)*)\)/g)].map(match => match[1]);
      for (const list of [before, ...inside]) for (const row of list?.split(', ') ?? []) rows.set(Number(row), [...(rows.get(Number(row)) ?? []), `${file}: ${name}`]);
    }
  }
  return rows;
}

describe('the list of faults', () => {
  const tests = covered();

  it('is numbered without a gap', () => assert.deepEqual(FAULTS.map(([row]) => row), FAULTS.map((_, at) => at + 1)));
  it('is named by no test under a number that it does not have', () => assert.deepEqual([...tests.keys()].filter(row => !FAULTS.some(([known]) => known === row)), []));
  for (const [row, fault, expected] of FAULTS) it(`row ${row} has a test: ${fault}: ${expected}`, () => assert.ok((tests.get(row) ?? []).length > 0));
});
