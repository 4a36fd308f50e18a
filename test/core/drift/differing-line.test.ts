import assert from 'node:assert/strict';
import { atDifferingLine } from '../../../src/core/drift/differing-line';
import type { FieldVerdict, ShownValue } from '../../../src/core/drift/verdict';

const text = (value: string): ShownValue => ({ kind: 'value', value });
const fieldOf = (git: ShownValue | undefined, live: ShownValue | undefined): FieldVerdict => ({ path: [], verdict: 'drift', detail: 'changed', git, live, base: undefined, stage: undefined, owners: [], certain: true, reason: '', afterResume: 'overwritten', at: { start: 0, end: 0 } });

describe('The line of a text that is shown', () => {
  const cases: [what: string, git: string, live: string, shown: [git: string | undefined, live: string | undefined]][] = [
    ['the first that differs', 'a\nb\nc\n', 'a\nx\nc\n', ['b', 'x']],
    ['without its indentation', 'a\n  b: 1\n', 'a\n  b: 2\n', ['b: 1', 'b: 2']],
    ['with it, where it is the difference', 'a\n  b\n', 'a\n    b\n', ['  b', '    b']],
    ['one that only Git has', 'a\nb\nc\n', 'a\nc\n', ['b', undefined]],
    ['one that only the cluster has', 'a\nc\n', 'a\nb\nc\n', [undefined, 'b']],
    ['a changed one below an added one', 'a\nb\nc\nd\n', 'new\na\nb\nx\nd\n', ['c', 'x']],
    ['one line against several', 'a', 'a\nb\n', [undefined, 'b']],
    ['the whole text where only its end differs', 'a\nb\n', 'a\nb', ['a\nb\n', 'a\nb']],
    ['the whole of one line', 'a', 'b', ['a', 'b']],
  ];
  for (const [what, git, live, shown] of cases) {
    it(`is ${what}`, () => {
      const field = atDifferingLine(fieldOf(text(git), text(live)));
      assert.deepEqual([field.git, field.live], shown.map(value => value && text(value)));
    });
  }

  it('is nothing of a Secret, and nothing where one side is absent', () => {
    for (const field of [fieldOf({ kind: 'secret', bytes: 3 }, { kind: 'secret', bytes: 4 }), fieldOf(text('a\nb'), undefined)]) assert.equal(atDifferingLine(field), field);
  });
});
