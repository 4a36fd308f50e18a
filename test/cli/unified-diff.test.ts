import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unifiedDiff } from '../../src/cli/unified-diff';

const NAMES = { before: 'a', after: 'b' };

/** What `git apply` makes of the diff: the text it was made for, if it is right. */
function applied(before: string, diff: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'plumbline-diff-'));
  try {
    writeFileSync(join(folder, 'b'), before);
    execFileSync('git', ['apply', '--whitespace=nowarn', '-p0', '--unidiff-zero', '-'], { cwd: folder, input: diff.map(line => `${line}\n`).join('').replace('--- a', '--- b') });
    return execFileSync('cat', ['b'], { cwd: folder, encoding: 'utf8' });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const lines = (from: number, to: number): string => Array.from({ length: to - from + 1 }, (_, i) => `${from + i}\n`).join('');

describe('unified diffs', () => {
  it('equal texts have none, whatever ends their lines', () => {
    assert.deepEqual(unifiedDiff('a\nb\n', 'a\nb\n', NAMES), []);
    assert.deepEqual(unifiedDiff('a\r\nb\r\n', 'a\nb\n', NAMES), []);
  });

  it('show three lines around a change', () => {
    assert.deepEqual(unifiedDiff(lines(1, 9), lines(1, 9).replace('5', 'five'), NAMES), ['--- a', '+++ b', '@@ -2,7 +2,7 @@', ' 2', ' 3', ' 4', '-5', '+five', ' 6', ' 7', ' 8']);
  });

  const cases: [string, string, string][] = [
    ['a line in the middle', lines(1, 9), lines(1, 9).replace('5', 'five')],
    ['far apart: two hunks', lines(1, 40), lines(1, 40).replace('\n5\n', '\nfive\n').replace('\n30\n', '\nthirty\n')],
    ['close together: one hunk', lines(1, 20), lines(1, 20).replace('\n5\n', '\nfive\n').replace('\n11\n', '\neleven\n')],
    ['something at the very beginning', lines(1, 9), `0\n${lines(1, 9)}`],
    ['the end gone', lines(1, 9), lines(1, 4)],
    ['a last line without an end', lines(1, 3), '1\n2\n3'],
    ['both without an end', '1\n2', '1\n3'],
    ['from one line', 'a\n', 'a\nb\n'],
    ['duplicates', 'x\nx\ny\nx\n', 'x\ny\nx\nx\n'],
  ];
  for (const [name, before, after] of cases) it(`can be applied: ${name}`, () => assert.equal(applied(before, unifiedDiff(before, after, NAMES)), after));
});
