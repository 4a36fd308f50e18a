import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { CASES } from './all';

/** The rows of `reference/drift.md` section 3. */
const ROWS = [
  1, 2, 4, 5, 7, 8, 10, 11, 13, 14, 16, 17, 19, 20, 22, 23, 25, 26, 28, 29, 31, 32, 34, 35, 37, 38, 40, 41, 43, 44, 46, 47, 49, 50, 52, 53, 55,
  56, 58, 59, 61, 62, 64, 65, 67, 68, 70, 71, 73, 74, 76, 77, 79, 80, 82, 83, 85, 86, 88, 89,
  91, 92, 94, 95, 97, 98, 100, 101, 103, 104, 106, 107, 109, 110, 112, 113, 115, 116, 118, 119, 121, 122, 124, 125, 127, 128,
  130, 131, 133, 134, 136, 137, 139, 140, 142, 143, 145, 146, 148, 149, 151, 152, 154, 155, 157, 158, 160, 161, 163, 164, 166, 167, 169, 170,
] as const;

interface Elsewhere {
  /** Why it is no case of one manifest. */
  readonly why: string;
  /** The file of the test, below `test/`, and the beginning of its name. */
  readonly file: string;
  readonly test: string;
}

/** Rows that are judged by a test of their own, and why. */
const ELSEWHERE: Readonly<Record<number, Elsewhere>> = {
  29: { why: 'it is no manifest: nothing can be applied', file: 'core/manifests/refused.real.test.ts', test: 'a number that JSON cannot hold' },
  131: { why: 'there is no one object to compare with', file: 'core/manifests/refused.real.test.ts', test: 'a name that the server makes up' },
  136: { why: 'names with a hash come from rendering, not from one manifest', file: 'core/drift/orphans.real.test.ts', test: 'a ConfigMap generated from other content' },
  137: { why: 'names with a prefix come from rendering, not from one manifest', file: 'core/render/flux.real.test.ts', test: 'an object is placed at the document or the generator' },
  148: { why: 'the rules are those of an Argo CD Application', file: 'core/gitops/argo.real.test.ts', test: 'honours ignoreDifferences' },
  152: { why: 'what a template makes anew each time comes from rendering a chart', file: 'core/gitops/argo-helm.real.test.ts', test: 'is rendered as Argo CD does it: in sync, but for what comes out otherwise each time' },
};

describe('the cases', () => {
  const numberOf = (row: string): number => Number(/^\d+/.exec(row)?.[0] ?? NaN);

  it('have a name each', () => assert.equal(new Set(CASES.map(({ row }) => row.toLowerCase())).size, CASES.length));

  for (const row of ROWS) {
    it(`row ${row} is judged`, () => {
      const here = CASES.some(one => numberOf(one.row) === row);
      assert.notEqual(here, Object.hasOwn(ELSEWHERE, row), here ? 'it is said to be judged elsewhere, and is here' : 'no case, and no reason');
      const elsewhere = ELSEWHERE[row];
      if (elsewhere) assert.match(readFileSync(`test/${elsewhere.file}`, 'utf8'), new RegExp(`it\\([\`'"]${elsewhere.test}`), elsewhere.why);
    });
  }
});
