import assert from 'node:assert/strict';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { at, type Json } from '../../../src/core/base/json';
import type { Cluster, Want } from '../../../src/core/cluster/api';
import { READABLE_NAMESPACES, type BenchCluster } from '../../bench/cluster';
import { sharedCluster } from '../../bench/hooks';
import { startProxy } from '../../bench/proxy';
import { fastClock } from './clocks';
import { configMap, eventually, openSession, ready, statusBecomes } from './open';

const RBAC = 'rbac.authorization.k8s.io';

describe('kinds and rights that come and go (numbers: the list of faults)', function () {
  this.timeout(60_000);
  let bench: BenchCluster;
  let namespace: string;
  let sessions: Cluster[];

  before(async () => {
    bench = await sharedCluster();
  });
  beforeEach(async () => {
    namespace = await bench.namespace('kind');
    sessions = [];
  });
  afterEach(() => sessions.forEach(session => session.dispose()));

  async function open(options: Parameters<typeof openSession>[1]): Promise<Cluster> {
    const { cluster } = await openSession(bench, options);
    sessions.push(cluster);
    return cluster;
  }

  it('7: an object of 1.4 MB and a kind with a schema of 1 MB are read as they are; the schema only when somebody asks for it', async () => {
    const properties = Object.fromEntries(Array.from({ length: 4_000 }, (_, n) => [`field${n}`, { type: 'string', description: 'd'.repeat(220) }]));
    await bench.request('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', crd('bulkies', 'Bulky', { v1: { served: true, storage: true } }, { type: 'object', properties }));
    const objects = `/apis/bulkies.example.org/v1/namespaces/${namespace}/bulkies`;
    await eventually('the kind is served', async () => (await bench.request('GET', objects)).status === 200, 30_000);
    await eventually('the kind has a schema', async () => JSON.stringify((await bench.request('GET', '/openapi/v3')).body).includes('bulkies'), 30_000);
    // What etcd takes at most is 1.5 MB.
    const text = 'é'.repeat(700_000);
    const { status } = await bench.request('POST', objects, { apiVersion: 'bulkies.example.org/v1', kind: 'Bulky', metadata: { name: 'big' }, spec: { field0: text } });
    assert.equal(status, 201);
    const proxy = await startProxy(bench);
    const cluster = await open({ server: proxy.url });
    await ready(cluster.store, [{ apiVersion: 'bulkies.example.org/v1', kind: 'Bulky', namespaces: [namespace] }]);
    const field = (): Json | undefined => {
      const live = cluster.store.read({ apiVersion: 'bulkies.example.org/v1', kind: 'Bulky', namespace, name: 'big' });
      return live.kind === 'present' ? at(live.object, 'spec', 'field0') : undefined;
    };
    assert.equal(field(), text);
    const changed = `ü${text.slice(1)}`;
    await bench.request('PATCH', `${objects}/big`, { spec: { field0: changed } }, { type: 'application/merge-patch+json' });
    await eventually('a change of it comes whole', () => field() === changed);
    const schemas = (): string[] => proxy.seen.map(({ path }) => path).filter(path => path.startsWith('/openapi/'));
    assert.deepEqual(schemas(), ['/openapi/v3']);
    const document = await cluster.openapi('bulkies.example.org/v1');
    assert.ok(at(document, 'components', 'schemas', 'org.example.bulkies.v1.Bulky', 'properties', 'spec', 'properties', 'field3999'));
    assert.deepEqual(schemas().map(path => path.split('?')[0]), ['/openapi/v3', '/openapi/v3/apis/bulkies.example.org/v1']);
    cluster.dispose();
    await proxy.stop();
    await bench.request('DELETE', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/bulkies.bulkies.example.org');
  });

  it('27: a group whose own server does not answer is unknown alone, and is met again once it does', async () => {
    const server = await extensionServer(bench.folder);
    const cluster = await open({ clock: fastClock(20) });
    const want: Want = { apiVersion: 'far.example.org/v1', kind: 'Thing', namespaces: undefined };
    const maps: Want = { apiVersion: 'v1', kind: 'ConfigMap', namespaces: [namespace] };
    await bench.request('POST', '/api/v1/namespaces/default/services', { apiVersion: 'v1', kind: 'Service', metadata: { name: 'far' }, spec: { type: 'ExternalName', externalName: 'localhost' } });
    const service = { apiVersion: 'apiregistration.k8s.io/v1', kind: 'APIService', metadata: { name: 'v1.far.example.org' }, spec: { group: 'far.example.org', version: 'v1', groupPriorityMinimum: 100, versionPriority: 10, insecureSkipTLSVerify: true, service: { name: 'far', namespace: 'default', port: server.port } } };
    try {
      await bench.request('POST', '/apis/apiregistration.k8s.io/v1/apiservices', service);
      await eventually('the API server has looked for it', async () => JSON.stringify((await bench.request('GET', '/apis/apiregistration.k8s.io/v1/apiservices/v1.far.example.org')).body).includes('"status":"False"'));
      cluster.store.want([want, maps]);
      await statusBecomes(cluster.store, ['v1', 'ConfigMap', namespace], 'ready');
      await eventually('the group is said not to answer', () => cluster.store.status(want.apiVersion, want.kind, undefined).kind === 'offline', 30_000);
      assert.equal(cluster.store.read({ apiVersion: want.apiVersion, kind: want.kind, namespace: 'default', name: 'a' }).kind, 'unknown');
      server.up = true;
      await bench.request('PATCH', '/apis/apiregistration.k8s.io/v1/apiservices/v1.far.example.org', { metadata: { labels: { look: 'again' } } }, { type: 'application/merge-patch+json' });
      await eventually('it is served', async () => (await bench.request('GET', '/apis/far.example.org/v1/things')).status === 200, 40_000);
      await statusBecomes(cluster.store, [want.apiVersion, want.kind, undefined], 'ready', 30_000);
      assert.equal(cluster.store.read({ apiVersion: want.apiVersion, kind: want.kind, namespace: 'default', name: 'a' }).kind, 'present');
    } finally {
      cluster.dispose();
      await bench.request('DELETE', '/apis/apiregistration.k8s.io/v1/apiservices/v1.far.example.org');
      await server.stop();
    }
  });

  it('28: another storage version changes nothing; a version that is no longer served is not installed', async () => {
    const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
    await bench.request('POST', path, crd('moves', 'Move', { v1beta1: { served: true, storage: true } }));
    const served = async (version: string): Promise<boolean> => (await bench.request('GET', `/apis/moves.example.org/${version}/moves`)).status === 200;
    await eventually('it is served', () => served('v1beta1'));
    await bench.request('POST', `/apis/moves.example.org/v1beta1/namespaces/${namespace}/moves`, { apiVersion: 'moves.example.org/v1beta1', kind: 'Move', metadata: { name: 'a' }, spec: { n: 1 } });
    const cluster = await open({});
    const want = (version: string): Want => ({ apiVersion: `moves.example.org/${version}`, kind: 'Move', namespaces: [namespace] });
    const read = (version: string): string => cluster.store.read({ apiVersion: `moves.example.org/${version}`, kind: 'Move', namespace, name: 'a' }).kind;
    await ready(cluster.store, [want('v1beta1')]);
    const states = new Set<string>();
    cluster.store.onChange(() => states.add(read('v1beta1')));
    await bench.request('PATCH', `${path}/moves.moves.example.org`, { spec: { versions: versions({ v1beta1: { served: true, storage: false }, v1: { served: true, storage: true } }) } }, { type: 'application/merge-patch+json' });
    await eventually('the new version is served', () => served('v1'));
    await bench.request('PATCH', `/apis/moves.example.org/v1/namespaces/${namespace}/moves/a`, { spec: { n: 2 } }, { type: 'application/merge-patch+json' });
    await eventually('the change is seen by the old version', () => {
      const live = cluster.store.read({ apiVersion: 'moves.example.org/v1beta1', kind: 'Move', namespace, name: 'a' });
      return live.kind === 'present' && at(live.object, 'spec', 'n') === 2;
    });
    await bench.request('PATCH', `${path}/moves.moves.example.org`, { spec: { versions: versions({ v1beta1: { served: false, storage: false }, v1: { served: true, storage: true } }) } }, { type: 'application/merge-patch+json' });
    await statusBecomes(cluster.store, ['moves.example.org/v1beta1', 'Move', namespace], 'notInstalled', 30_000);
    assert.ok(!states.has('absent'));
    await ready(cluster.store, [want('v1')]);
    assert.equal(read('v1'), 'present');
    await bench.request('DELETE', `${path}/moves.moves.example.org`);
  });

  it('29: forbidden everywhere, allowed in three namespaces: those are read one by one, the fourth is no access; what rules say, which may be incomplete, is not asked', async () => {
    const third = await bench.namespace('third');
    for (const where of [...READABLE_NAMESPACES, third, namespace]) await bench.apply(configMap(where, 'there'), 'm');
    await bench.request('POST', `/apis/${RBAC}/v1/namespaces/${third}/rolebindings`, { apiVersion: `${RBAC}/v1`, kind: 'RoleBinding', metadata: { name: 'third' }, roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: 'bench-viewer' }, subjects: [{ kind: 'User', name: 'two-namespaces', apiGroup: RBAC }] });
    const proxy = await startProxy(bench);
    const cluster = await open({ user: 'two-namespaces', server: proxy.url });
    const states: string[] = [];
    const read = (where: string): string => cluster.store.read({ apiVersion: 'v1', kind: 'ConfigMap', namespace: where, name: 'there' }).kind;
    cluster.store.onChange(() => states.push(read(namespace)));
    cluster.store.want([{ apiVersion: 'v1', kind: 'ConfigMap', namespaces: undefined, fallback: [...READABLE_NAMESPACES, third, namespace] }]);
    for (const where of [...READABLE_NAMESPACES, third]) {
      await statusBecomes(cluster.store, ['v1', 'ConfigMap', where], 'ready');
      assert.equal(read(where), 'present', where);
      assert.equal(cluster.store.read({ apiVersion: 'v1', kind: 'ConfigMap', namespace: where, name: 'none' }).kind, 'absent', where);
    }
    for (const where of [namespace, 'default']) await statusBecomes(cluster.store, ['v1', 'ConfigMap', where], 'denied');
    assert.equal(read(namespace), 'unknown');
    assert.ok(!states.includes('absent'));
    const lists = proxy.seen.filter(({ path, watch }) => path.includes('/configmaps') && !watch).map(({ path }) => path.split('?')[0]);
    assert.deepEqual([...lists].sort(), ['/api/v1/configmaps', ...[...READABLE_NAMESPACES, third, namespace, 'default'].map(where => `/api/v1/namespaces/${where}/configmaps`)].sort(), 'each was asked for once, the context\'s own among them');
    assert.ok(!proxy.seen.some(({ path }) => path.includes('selfsubjectrulesreviews')));
    cluster.dispose();
    await proxy.stop();
  });

  it('29: rights that are given are used, and those that are taken away are no access, never "missing"', async () => {
    const proxy = await startProxy(bench);
    const cluster = await open({ user: 'two-namespaces', server: proxy.url, clock: fastClock(30) });
    const of = ['v1', 'ConfigMap', namespace] as const;
    const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'a' };
    await bench.request('POST', `/api/v1/namespaces/${namespace}/configmaps`, configMap(namespace, 'a'));
    cluster.store.want([{ apiVersion: 'v1', kind: 'ConfigMap', namespaces: [namespace] }]);
    await statusBecomes(cluster.store, of, 'denied');
    const states = new Set<string>();
    cluster.store.onChange(() => states.add(cluster.store.read(ref).kind));
    const bindings = `/apis/${RBAC}/v1/namespaces/${namespace}/rolebindings`;
    await bench.request('POST', bindings, { apiVersion: `${RBAC}/v1`, kind: 'RoleBinding', metadata: { name: 'late' }, roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: 'bench-viewer' }, subjects: [{ kind: 'User', name: 'two-namespaces', apiGroup: RBAC }] });
    await statusBecomes(cluster.store, of, 'ready', 20_000);
    assert.equal(cluster.store.read(ref).kind, 'present');
    await bench.request('DELETE', `${bindings}/late`);
    proxy.resetAll();
    await statusBecomes(cluster.store, of, 'denied', 20_000);
    assert.equal(cluster.store.read(ref).kind, 'unknown');
    assert.ok(!states.has('absent'));
    cluster.dispose();
    await proxy.stop();
  });
});

interface VersionState {
  readonly served: boolean;
  readonly storage: boolean;
}

const versions = (states: Readonly<Record<string, VersionState>>, spec: Json = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }): Json =>
  Object.entries(states).map(([name, state]) => ({ name, ...state, schema: { openAPIV3Schema: { type: 'object', properties: { spec } } } }));

const crd = (plural: string, kind: string, states: Readonly<Record<string, VersionState>>, spec?: Json): Json => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `${plural}.${plural}.example.org` },
  spec: { group: `${plural}.example.org`, scope: 'Namespaced', names: { plural, singular: kind.toLowerCase(), kind, listKind: `${kind}List` }, versions: versions(states, spec) },
});

/** What an aggregated API server is to the real one: discovery and one list. Answers 503 until `up`. */
async function extensionServer(folder: string): Promise<{ readonly port: number; up: boolean; stop(): Promise<void> }> {
  const [cert, key] = await Promise.all(['crt', 'key'].map(end => readFile(join(folder, 'certs', `apiserver.${end}`))));
  const thing = { apiVersion: 'far.example.org/v1', kind: 'Thing', metadata: { name: 'a', namespace: 'default', uid: '1', resourceVersion: '7' } };
  const answers: Readonly<Record<string, object>> = {
    '/apis/far.example.org/v1': { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: 'far.example.org/v1', resources: [{ name: 'things', singularName: 'thing', namespaced: true, kind: 'Thing', verbs: ['get', 'list', 'watch'] }] },
    '/apis/far.example.org/v1/things': { kind: 'ThingList', apiVersion: 'far.example.org/v1', metadata: { resourceVersion: '7' }, items: [thing] },
  };
  const state = { up: false };
  const server = createServer({ cert, key }, (request, answer) => {
    const path = (request.url ?? '').split('?')[0] ?? '';
    const body = answers[path];
    const watch = request.url?.includes('watch=') === true;
    answer.writeHead(state.up ? (body ? 200 : 404) : 503, { 'content-type': 'application/json' });
    if (watch && state.up) answer.flushHeaders();
    else answer.end(JSON.stringify(state.up ? (body ?? {}) : {}));
  });
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done));
  return Object.assign(state, {
    port: (server.address() as AddressInfo).port,
    stop: () => {
      server.closeAllConnections();
      return new Promise<void>(done => void server.close(() => done()));
    },
  });
}
