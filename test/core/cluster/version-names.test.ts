import * as assert from 'node:assert/strict';
import { uidAt, versionAt, VersionNames } from '../../../src/core/cluster/version-names';

describe('version names', () => {
  const rows: readonly (readonly [what: string, uid: string | undefined, version: string | undefined])[] = [
    ['as servers give them', '0b5a3f6e-3f6c-4c11-9a53-d4a2c1f0c0de', '4711'],
    ['none', undefined, undefined],
    ['a uid only', 'u', undefined],
    ['a version only', undefined, '1'],
    ['empty texts, which are not none', '', ''],
    ['more bytes than characters', 'ü-\u{1f600}', 'ö\n'],
    ['longer than a page', 'x'.repeat(5000), 'y'.repeat(5000)],
  ];
  for (const [what, uid, version] of rows) {
    it(`gives back what was added: ${what}`, () => {
      const names = new VersionNames();
      const at = names.add(uid, version);
      assert.deepEqual([uidAt(names.page, at), versionAt(names.page, at)], [uid, version]);
    });
  }

  it('keeps each of very many, whatever comes after it', () => {
    const names = new VersionNames();
    const kept = Array.from({ length: 2000 }, (_, i) => {
      const at = names.add(i % 7 === 0 ? undefined : `uid-${i}`, `${i}`);
      return { page: names.page, at };
    });
    for (const [i, { page, at }] of kept.entries()) assert.deepEqual([uidAt(page, at), versionAt(page, at)], [i % 7 === 0 ? undefined : `uid-${i}`, `${i}`]);
    assert.ok(new Set(kept.map(({ page }) => page)).size > 1, 'they need several pages');
  });
});
