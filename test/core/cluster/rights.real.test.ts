import assert from 'node:assert/strict';
import type { Json } from '../../../src/core/base/json';
import type { Want } from '../../../src/core/cluster/api';
import { READABLE_NAMESPACES, type BenchCluster } from '../../bench/cluster';
import { sharedCluster } from '../../bench/hooks';
import { configMap, eventually, openSession, ready, statusBecomes } from './open';

const [FIRST, SECOND] = READABLE_NAMESPACES;
const CONFIG_MAPS: Want = { apiVersion: 'v1', kind: 'ConfigMap', namespaces: undefined };
const SECRETS: Want = { apiVersion: 'v1', kind: 'Secret', namespaces: undefined };

describe('rights, on a real API server', function () {
  this.timeout(60_000);
  let bench: BenchCluster;

  before(async () => {
    bench = await sharedCluster();
  });

  it('falls back to the wanted namespaces where everywhere is forbidden (fault 29)', async () => {
    await bench.apply(configMap(FIRST, 'seen'), 'm');
    const { cluster } = await openSession(bench, { user: 'two-namespaces' });
    const { store } = cluster;
    store.want([{ ...CONFIG_MAPS, fallback: [FIRST] }, { apiVersion: 'v1', kind: 'Service', namespaces: [SECOND, 'default'] }]);
    await statusBecomes(store, ['v1', 'ConfigMap', FIRST], 'ready');
    await statusBecomes(store, ['v1', 'ConfigMap', SECOND], 'ready');
    const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace: FIRST, name: 'seen' };
    assert.equal(store.read(ref).kind, 'present');
    assert.equal(store.read({ ...ref, name: 'none' }).kind, 'absent');
    assert.ok(store.list('v1', 'ConfigMap').length > 0);
    await statusBecomes(store, ['v1', 'ConfigMap', 'default'], 'denied');
    const denied = store.read({ ...ref, namespace: 'default' });
    assert.ok(denied.kind === 'unknown' && denied.status.kind === 'denied', 'forbidden is never absent');
    assert.equal(store.status('v1', 'ConfigMap', undefined).kind, 'denied');
    await statusBecomes(store, ['v1', 'Service', 'default'], 'denied');
    assert.equal(store.status('v1', 'Service', SECOND).kind, 'ready');
    assert.deepEqual([cluster.pin.uid, cluster.pin.identity.length], [undefined, 32], 'kube-system may not be read: known by server and CA');
    await cluster.verifyPin();
    cluster.dispose();
  });

  it('has no access to Secrets alone, and everything else works (fault 30)', async () => {
    const { cluster } = await openSession(bench, { user: 'no-secrets' });
    cluster.store.want([CONFIG_MAPS, SECRETS]);
    await statusBecomes(cluster.store, ['v1', 'ConfigMap', undefined], 'ready');
    const status = await statusBecomes(cluster.store, ['v1', 'Secret', 'default'], 'denied');
    assert.match(status.kind === 'denied' ? status.reason : '', /secrets is forbidden: User "no-secrets" cannot list resource "secrets"/);
    const read = cluster.store.read({ apiVersion: 'v1', kind: 'Secret', namespace: 'default', name: 'none' });
    assert.ok(read.kind === 'unknown' && read.status.kind === 'denied');
    cluster.dispose();
  });

  it('acts as the impersonated user, with groups, uid and extra values (threat 26)', async () => {
    const user: Json = { name: 'admin', user: { token: bench.token('admin'), as: 'viewer', 'as-uid': '17', 'as-groups': ['one', 'two'], 'as-user-extra': { 'example.org/Reason': ['a', 'b'] } } };
    const { writeFile, mkdtemp, rm } = await import('node:fs/promises');
    const folder = await mkdtemp(`${bench.folder}/impersonate-`);
    const file = `${folder}/config`;
    const config = { clusters: [{ name: 'c', cluster: { server: bench.server, 'certificate-authority-data': Buffer.from(bench.ca).toString('base64') } }], users: [user], contexts: [{ name: 'x', context: { cluster: 'c', user: 'admin' } }], 'current-context': 'x' };
    await writeFile(file, JSON.stringify(config));
    const { cluster } = await openSession(bench, { more: { kubeconfig: [file] } });
    const { body } = await bench.request('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' });
    assert.ok(body, 'the server reviews subjects');
    assert.equal(await cluster.allowed('patch', { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name: 'a' }), false, 'a viewer may not, though the login is an admin\'s');
    assert.equal(await cluster.allowed('list', { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name: 'a' }), true);
    cluster.dispose();
    await rm(folder, { recursive: true });
  });

  it('meets a kind that is installed later, changed, and removed again (fault 28)', async () => {
    const { cluster } = await openSession(bench);
    const { store } = cluster;
    const want: Want = { apiVersion: 'late.example.org/v1', kind: 'Late', namespaces: undefined };
    store.want([want]);
    assert.equal(store.status(want.apiVersion, want.kind, undefined).kind, 'notInstalled');
    const ref = { apiVersion: want.apiVersion, kind: want.kind, namespace: 'default', name: 'a' };
    assert.equal(store.read(ref).kind, 'unknown', 'not installed is never absent');
    await bench.apply(crd(), 'm');
    await eventually('the CRD is served', async () => (await bench.request('GET', '/apis/late.example.org/v1/lates')).status === 200);
    let discovered = 0;
    cluster.onDiscovery(() => discovered++);
    store.want([want]);
    await statusBecomes(store, [want.apiVersion, want.kind, undefined], 'ready', 15_000);
    assert.equal(discovered, 1);
    await bench.apply({ apiVersion: want.apiVersion, kind: 'Late', metadata: { name: 'a', namespace: 'default' }, spec: { n: 1 } }, 'm');
    await eventually('the object is there', () => store.read(ref).kind === 'present');
    await bench.request('DELETE', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/lates.late.example.org');
    await statusBecomes(store, [want.apiVersion, want.kind, undefined], 'notInstalled', 30_000);
    assert.equal(cluster.resource(want.apiVersion, want.kind), undefined);
    cluster.dispose();
  });

  it('stops the watches of kinds that nobody wants any more, and leaves the others alone', async () => {
    const { startProxy } = await import('../../bench/proxy');
    const proxy = await startProxy(bench);
    const { cluster } = await openSession(bench, { server: proxy.url });
    const services: Want = { apiVersion: 'v1', kind: 'Service', namespaces: undefined };
    await ready(cluster.store, [CONFIG_MAPS, services]);
    const watches = (): number => proxy.seen.filter(({ watch }) => watch).length;
    await eventually('both are watched', () => watches() === 2 && proxy.watching === 2);
    cluster.store.want([services]);
    await eventually('one watch is closed', () => proxy.watching === 1);
    assert.equal(watches(), 2, 'the watch that stays was not opened anew');
    assert.equal(cluster.store.read({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name: 'a' }).kind, 'unknown');
    cluster.dispose();
    await proxy.stop();
  });
});

const crd = (): Json => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'lates.late.example.org' },
  spec: {
    group: 'late.example.org',
    scope: 'Namespaced',
    names: { plural: 'lates', singular: 'late', kind: 'Late', listKind: 'LateList' },
    versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } } } } }],
  },
});
