import assert from 'node:assert/strict';
import { ClusterError } from '../../../src/core/cluster/errors';
import type { ContextEntry, Kubeconfig } from '../../../src/core/cluster/kubeconfig';
import { steadily } from '../../../src/core/cluster/steady-kubeconfig';
import { failureOf } from './open';

const config = (...names: readonly string[]): Kubeconfig => ({
  contexts: new Map(names.map((name): [string, ContextEntry] => [name, { name, cluster: 'c', user: 'u', namespace: undefined }])),
  clusters: new Map(),
  users: new Map(),
  current: names[0],
});
const TORN = new ClusterError('invalid', 'torn');
const [GOOD, OTHER, EMPTY] = [config('a'), config('b'), config()];

describe('a kubeconfig that others write at this moment (fault 24)', () => {
  /** What the files give, when, in milliseconds; what is read then. */
  const rows: readonly (readonly [string, readonly (readonly [at: number, gives: Kubeconfig | ClusterError, expected: Kubeconfig | ClusterError])[]])[] = [
    ['torn for a moment: what it said before', [[0, GOOD, GOOD], [100, TORN, GOOD], [200, OTHER, OTHER]]],
    ['torn for two seconds: invalid', [[0, GOOD, GOOD], [100, TORN, GOOD], [2_099, TORN, GOOD], [2_100, TORN, TORN]]],
    ['empty or gone for a moment, then for good', [[0, GOOD, GOOD], [100, EMPTY, GOOD], [1_000, EMPTY, GOOD], [2_200, EMPTY, EMPTY]]],
    ['empty, then torn: one disturbance', [[0, GOOD, GOOD], [100, EMPTY, GOOD], [1_500, TORN, GOOD], [2_100, TORN, TORN]]],
    ['torn again after it was whole: two seconds anew', [[0, GOOD, GOOD], [100, TORN, GOOD], [1_000, GOOD, GOOD], [3_000, TORN, GOOD]]],
    ['torn from the beginning: there is nothing else to go by', [[0, TORN, TORN]]],
    ['without contexts from the beginning', [[0, EMPTY, EMPTY]]],
  ];
  for (const [name, steps] of rows) {
    it(name, async () => {
      let now = 0;
      let gives: Kubeconfig | ClusterError = EMPTY;
      const read = steadily(() => (gives instanceof ClusterError ? Promise.reject(gives) : Promise.resolve(gives)), { now: () => now, after: () => assert.fail('it waits for nothing') });
      for (const [at, given, expected] of steps) {
        [now, gives] = [at, given];
        if (expected instanceof ClusterError) assert.equal(await failureOf(read(['f'])), expected, `at ${at}`);
        else assert.equal(await read(['f']), expected, `at ${at}`);
      }
    });
  }

  it('other files are not what these said before', async () => {
    let torn = false;
    const read = steadily(() => (torn ? Promise.reject(TORN) : Promise.resolve(GOOD)), { now: () => 0, after: () => assert.fail('it waits for nothing') });
    await read(['f']);
    torn = true;
    await failureOf(read(['g']));
  });
});
