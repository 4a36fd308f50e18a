import assert from 'node:assert/strict';
import type { Json } from '../../../src/core/base/json';
import { settled } from '../../../src/core/drift/settled';

describe('what a template gives that renders otherwise each time', () => {
  const table: readonly (readonly [name: string, first: Json, second: Json | undefined, applied: Json | undefined, expected: Json | undefined])[] = [
    ['where both agree, that', { a: 1 }, { a: 1 }, { a: 2 }, { a: 1 }],
    ['where they do not, what was applied', { a: 1, token: 'x' }, { a: 1, token: 'y' }, { a: 2, token: 'z' }, { a: 1, token: 'z' }],
    ['inside of lists', [{ v: 'x' }], [{ v: 'y' }], [{ v: 'z' }], [{ v: 'z' }]],
    ['nothing was applied', { token: 'x' }, { token: 'y' }, undefined, undefined],
    ['nothing was applied there', { token: 'x' }, { token: 'y' }, { other: 'z' }, undefined],
    ['something else was applied there', { token: 'x' }, { token: 'y' }, { token: 3 }, undefined],
    ['with another shape each time', { a: 'x' }, { b: 'x' }, { a: 'x' }, undefined],
    ['lists of another length', ['x'], ['y', 'y'], ['z'], undefined],
    ['not rendered again', { a: 'x' }, undefined, { a: 'z' }, undefined],
  ];
  for (const [name, first, second, applied, expected] of table) it(name, () => assert.deepEqual(settled(first, second, applied), expected));
});
