import assert from 'node:assert/strict';
import type { Cluster, LiveState, Want } from '../../../src/core/cluster/api';
import type { BenchCluster } from '../../bench/cluster';
import { sharedCluster } from '../../bench/hooks';
import { startProxy, type FaultProxy } from '../../bench/proxy';
import { configMap, eventually, openSession, ready, statusBecomes } from './open';

const RBAC = 'rbac.authorization.k8s.io';
const LARGE = 'x'.repeat(200_000);

describe('where one object alone is wanted no other is read', function () {
  this.timeout(60_000);
  let bench: BenchCluster;
  let namespace: string;
  let proxy: FaultProxy;
  let sessions: Cluster[];

  before(async () => {
    bench = await sharedCluster();
  });
  beforeEach(async () => {
    namespace = await bench.namespace('alone');
    proxy = await startProxy(bench);
    sessions = [];
    await bench.apply(configMap(namespace, 'one', { a: '1' }), 'm');
    await bench.apply(configMap(namespace, 'other', { a: LARGE }), 'm');
  });
  afterEach(async () => {
    sessions.forEach(session => session.dispose());
    await proxy.stop();
  });

  async function open(user?: 'nobody'): Promise<Cluster> {
    const { cluster } = await openSession(bench, { server: proxy.url, ...(user && { user }) });
    sessions.push(cluster);
    return cluster;
  }
  const all = (): Want => ({ apiVersion: 'v1', kind: 'ConfigMap', namespaces: [namespace] });
  const only = (name: string): Want => ({ ...all(), alone: new Map([[namespace, name]]) });
  const read = ({ store }: Cluster, name: string): LiveState => store.read({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name });
  const readings = (): string[] => proxy.seen.filter(({ path }) => path.includes('/configmaps')).map(({ path, watch }) => `${watch ? 'watch' : 'list'}${path.includes('fieldSelector') ? ' of one' : ''}`);

  it('it is kept current as any other; of the others nothing is known, which is not that they are absent', async () => {
    const cluster = await open();
    await ready(cluster.store, [only('one')]);
    assert.ok(read(cluster, 'one').kind === 'present');
    const other = read(cluster, 'other');
    assert.ok(other.kind === 'unknown' && other.status.kind === 'loading');
    await eventually('it is watched', () => readings().includes('watch of one'));
    assert.deepEqual(readings(), ['list of one', 'watch of one']);
    assert.ok(cluster.traffic.bytes < LARGE.length, `${cluster.traffic.bytes} bytes`);
    const path = `/api/v1/namespaces/${namespace}/configmaps`;
    await bench.request('DELETE', `${path}/one`);
    await eventually('it is gone', () => read(cluster, 'one').kind === 'absent');
    await bench.apply(configMap(namespace, 'one', { a: '2' }), 'm');
    await eventually('it is there again', () => {
      const now = read(cluster, 'one');
      return now.kind === 'present' && JSON.stringify(now.object['data']) === '{"a":"2"}';
    });
    assert.equal(cluster.traffic.list, 1);
  });

  it('once another one is wanted, too, all are read, and go on being read', async () => {
    const cluster = await open();
    await ready(cluster.store, [only('one')]);
    await ready(cluster.store, [only('one'), only('other')]);
    for (const name of ['one', 'other']) assert.equal(read(cluster, name).kind, 'present');
    assert.equal(read(cluster, 'none').kind, 'absent');
    await eventually('all are watched', () => readings().includes('watch'));
    const before = readings().length;
    // A name that is being typed.
    for (const name of ['o', 'on', 'one']) await ready(cluster.store, [only(name)]);
    assert.equal(readings().length, before);
    assert.equal(read(cluster, 'other').kind, 'present');
  });

  it('of a kind without namespaces likewise, whatever its name', async () => {
    const name = `odd,name=of\\${namespace}`;
    await bench.request('POST', `/apis/${RBAC}/v1/clusterroles`, { apiVersion: `${RBAC}/v1`, kind: 'ClusterRole', metadata: { name }, rules: [] });
    const cluster = await open();
    await ready(cluster.store, [{ apiVersion: `${RBAC}/v1`, kind: 'ClusterRole', namespaces: undefined, alone: new Map([['', name]]) }]);
    const role = (one: string): LiveState => cluster.store.read({ apiVersion: `${RBAC}/v1`, kind: 'ClusterRole', namespace: undefined, name: one });
    assert.deepEqual([role(name).kind, role('admin').kind], ['present', 'unknown']);
    assert.equal(cluster.store.list(`${RBAC}/v1`, 'ClusterRole').length, 1);
    await bench.request('DELETE', `/apis/${RBAC}/v1/clusterroles/${encodeURIComponent(name)}`);
  });

  it('who may read that one only, reads it', async () => {
    const at = `/apis/${RBAC}/v1/namespaces/${namespace}`;
    await bench.request('POST', `${at}/roles`, { apiVersion: `${RBAC}/v1`, kind: 'Role', metadata: { name: 'one' }, rules: [{ apiGroups: [''], resources: ['configmaps'], resourceNames: ['one'], verbs: ['get', 'list', 'watch'] }] });
    await bench.request('POST', `${at}/rolebindings`, { apiVersion: `${RBAC}/v1`, kind: 'RoleBinding', metadata: { name: 'one' }, roleRef: { apiGroup: RBAC, kind: 'Role', name: 'one' }, subjects: [{ kind: 'User', name: 'nobody', apiGroup: RBAC }] });
    const narrow = await open('nobody');
    await ready(narrow.store, [only('one')]);
    assert.equal(read(narrow, 'one').kind, 'present');
    const wide = await open('nobody');
    wide.store.want([all()]);
    await statusBecomes(wide.store, ['v1', 'ConfigMap', namespace], 'denied');
  });

  it('a server that cannot select gives all of them', async () => {
    const refusal = JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'BadRequest', message: 'field label not supported: metadata.name', code: 400 });
    proxy.add({ when: ({ path }) => path.includes('fieldSelector'), fault: { kind: 'answer', status: 400, headers: { 'content-type': 'application/json' }, body: refusal } });
    const cluster = await open();
    await ready(cluster.store, [only('one')]);
    assert.equal(read(cluster, 'one').kind, 'present');
    assert.equal(read(cluster, 'other').kind, 'unknown');
    await eventually('it is watched', () => readings().includes('watch'));
    assert.deepEqual(readings(), ['list of one', 'list', 'watch']);
  });
});
