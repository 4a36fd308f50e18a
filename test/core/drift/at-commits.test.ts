import assert from 'node:assert/strict';
import { AtCommits } from '../../../src/core/drift/at-commits';
import type { ManifestsAt } from '../../../src/core/drift/revisions';

describe('what was read of a commit', () => {
  const rows: readonly (readonly [name: string, answer: ManifestsAt, sameGit: number, laterGit: number])[] = [
    ['is not read again where it is known', { kind: 'known', manifests: [] }, 1, 1],
    ['nor where nothing will ever be known of it', { kind: 'unknown', reason: 'kustomize does not build it', lasting: true }, 1, 1],
    ['a commit that is not in the clone is looked for once each time Git is read', { kind: 'unknown', reason: 'fetch it' }, 1, 2],
  ];
  for (const [name, answer, same, later] of rows) {
    it(name, async () => {
      const kept = new AtCommits(10);
      let reads = 0;
      const get = (gitReads: number): Promise<ManifestsAt> => kept.get('key', gitReads, () => (reads++, Promise.resolve(answer)));
      assert.equal(await get(1), answer);
      await get(1);
      assert.equal(reads, same);
      await get(2);
      await get(2);
      assert.equal(reads, later);
    });
  }

  it('one that could not be read is read again by the next', async () => {
    const kept = new AtCommits(10);
    await assert.rejects(kept.get('key', 1, () => Promise.reject(new Error('git is busy'))), /busy/);
    assert.equal((await kept.get('key', 1, () => Promise.resolve({ kind: 'known', manifests: [] }))).kind, 'known');
  });
});
