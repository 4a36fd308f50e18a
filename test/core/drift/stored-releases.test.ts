import assert from 'node:assert/strict';
import { ClusterError } from '../../../src/core/cluster/errors';
import { StoredReleases } from '../../../src/core/drift/stored-releases';

describe("Helm's records of releases", () => {
  it('one that stays unreadable is asked for again, and is no news: whoever waits for all news comes to an end', async () => {
    let [now, asked, told] = [0, 0, 0];
    const releases = new StoredReleases(
      { get: () => (asked++, Promise.reject(new ClusterError('offline', 'connection refused'))) },
      { now: () => now, after: () => ({ dispose: () => undefined }) },
      () => told++,
    );
    const rounds: number[] = [];
    // Each round takes longer than what could not be read is left alone.
    for (let round = 0; round < 4; round++) {
      releases.of('shop', { name: 'web', revision: 1, storedIn: 'Secret' });
      rounds.push(await releases.settled());
      now += 6_000;
    }
    assert.deepEqual([rounds, asked, told], [[1, 1, 1, 1], 4, 1]);
  });
});
