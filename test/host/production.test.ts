import assert from 'node:assert/strict';
import { matchesAny } from '../../src/host/production';

describe('Names of production', () => {
  const cases: [string, string, string[], boolean][] = [
    ['the usual pattern finds the word anywhere', 'eu-prod-1', ['*prod*'], true],
    ['upper and lower case are the same', 'PRODUCTION', ['*prod*'], true],
    ['a name without the word is not production', 'staging', ['*prod*'], false],
    ['without a star the whole name counts', 'prod', ['prod'], true],
    ['without a star a part is not enough', 'prod-1', ['prod'], false],
    ['beginning and end must not overlap', 'aba', ['ab*ba'], false],
    ['pieces are found in order', 'x-live-eu', ['*eu*live*'], false],
    ['a star alone is everything', 'anything', ['*'], true],
    ['no pattern, no production', 'prod', [], false],
    ['one of several is enough', 'live-eu', ['*prod*', 'live-*'], true],
    ['signs of regular expressions are plain text', 'a.b', ['a?b', '[a]*'], false],
  ];
  for (const [name, text, patterns, expected] of cases) {
    it(name, () => assert.equal(matchesAny(text, patterns), expected));
  }

  it('a pattern of many stars comes to an end', () => {
    assert.equal(matchesAny('a'.repeat(10_000), [`${'*a'.repeat(2000)}*b`]), false);
  });
});
