import assert from 'node:assert/strict';
import type { Cluster, Want } from '../../../src/core/cluster/api';
import { READABLE_NAMESPACES, type BenchCluster, type User } from '../../bench/cluster';
import { sharedCluster } from '../../bench/hooks';
import { startProxy, type FaultProxy } from '../../bench/proxy';
import { configMap, openSession } from './open';

const CONFIG_MAPS = { apiVersion: 'v1', kind: 'ConfigMap' };
const isList = ({ path }: { readonly path: string }): boolean => path.includes('/configmaps');

describe('reading once', function () {
  this.timeout(60_000);
  let bench: BenchCluster;
  let namespace: string;
  let proxy: FaultProxy;

  before(async () => {
    bench = await sharedCluster();
    namespace = await bench.namespace();
    await bench.apply(configMap(namespace, 'one'), 'test');
    for (const readable of READABLE_NAMESPACES) await bench.apply(configMap(readable, 'one'), 'test');
  });
  beforeEach(async () => {
    proxy = await startProxy(bench);
  });
  afterEach(() => proxy.stop());

  async function once(wants: readonly Want[], act: (cluster: Cluster, begun: number) => void | Promise<void>, user: User = 'admin'): Promise<void> {
    const { cluster } = await openSession(bench, { server: proxy.url, user, more: { once: true } });
    try {
      cluster.store.want(wants);
      await act(cluster, await cluster.store.settled());
    } finally {
      cluster.dispose();
    }
  }
  const statusOf = (cluster: Cluster, where = namespace): string => cluster.store.status('v1', 'ConfigMap', where).kind;

  it('lists each kind, as it is in the store and not in a cache, and opens no watch', () =>
    once([{ ...CONFIG_MAPS, namespaces: [namespace] }], (cluster, begun) => {
      assert.equal(begun, 1);
      assert.equal(cluster.store.read({ ...CONFIG_MAPS, namespace, name: 'one' }).kind, 'present');
      assert.equal(cluster.store.read({ ...CONFIG_MAPS, namespace, name: 'two' }).kind, 'absent');
      assert.deepEqual(proxy.seen.filter(isList).map(({ path, watch }) => [path, watch]), [[`/api/v1/namespaces/${namespace}/configmaps`, false]]);
      const { list, get, dryRun, other, bytes } = cluster.traffic;
      assert.deepEqual({ list, get, dryRun, other }, { list: 1, get: 0, dryRun: 0, other: proxy.seen.length - 1 });
      assert.ok(bytes > 1000, String(bytes));
    }));

  it('is settled only when single namespaces have been tried in place of a refused whole', () =>
    once(
      [{ ...CONFIG_MAPS, namespaces: undefined, fallback: READABLE_NAMESPACES }],
      (cluster, begun) => {
        assert.ok(begun > READABLE_NAMESPACES.length);
        for (const readable of READABLE_NAMESPACES) assert.equal(statusOf(cluster, readable), 'ready');
        assert.equal(statusOf(cluster), 'denied');
      },
      'two-namespaces',
    ));

  it('what is refused is settled at once, with the reason', () =>
    once([{ apiVersion: 'v1', kind: 'Secret', namespaces: [namespace] }], cluster => {
      const status = cluster.store.status('v1', 'Secret', namespace);
      assert.ok(status.kind === 'denied' && status.reason.includes('forbidden'), JSON.stringify(status));
    }, 'no-secrets'));

  it('an answer that breaks off is asked for again', async () => {
    proxy.add({ when: isList, fault: { kind: 'cut', bytes: 20 }, times: 1 });
    await once([{ ...CONFIG_MAPS, namespaces: [namespace] }], cluster => assert.equal(statusOf(cluster), 'ready'));
    assert.equal(proxy.seen.filter(isList).length, 2);
  });

  it('a server that goes on failing is given up after a few attempts, and nothing counts as read', async () => {
    proxy.add({ when: isList, fault: { kind: 'answer', status: 503, body: '' } });
    await once([{ ...CONFIG_MAPS, namespaces: [namespace] }], cluster => {
      assert.equal(statusOf(cluster), 'stale');
      assert.equal(cluster.store.read({ ...CONFIG_MAPS, namespace, name: 'one' }).kind, 'unknown');
    });
    assert.equal(proxy.seen.filter(isList).length, 4);
  });
});
