import assert from 'node:assert/strict';
import { globMatches } from '../../../src/core/gitops/glob';

describe('globs as Argo CD reads them', () => {
  const rows: readonly (readonly [pattern: string, text: string, matches: boolean])[] = [
    ['*', 'apps', true],
    ['*', '', true],
    ['apps', 'apps', true],
    ['apps', 'app', false],
    ['', '', true],
    ['', 'apps', false],
    ['*.yaml', 'deep/in/a.yaml', true],
    ['**/*.yaml', 'a.yaml', false],
    ['{a,b}.yaml', 'b.yaml', true],
    ['{a,b}.yaml', 'c.yaml', false],
    ['{a,{b,c}d}', 'cd', true],
    ['{*.json,secret-*}', 'secret-x', true],
    ['?x', 'ax', true],
    ['?x', 'x', false],
    ['[ab]x', 'bx', true],
    ['[!ab]x', 'bx', false],
    ['[a-c]x', 'bx', true],
    ['[a-c]x', 'dx', false],
    ['\\*', '*', true],
    ['\\*', 'a', false],
    ['{a,b', 'a', false],
    ['[a', 'a', false],
    ['a}', 'a}', true],
    [`${'*a'.repeat(40)}b`, 'a'.repeat(5000), false],
    ['{a,b}'.repeat(12), 'a'.repeat(12), false],
  ];
  for (const [pattern, text, matches] of rows) it(`${pattern.slice(0, 30)} ${matches ? 'matches' : 'does not match'} ${text.slice(0, 20)}`, () => assert.equal(globMatches(pattern, text), matches));
});
