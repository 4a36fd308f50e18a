import assert from 'node:assert/strict';
import { at, listAt, textAt, type Json } from '../../../src/core/base/json';
import type { Cluster, Sighting } from '../../../src/core/cluster/api';
import type { BenchCluster } from '../../bench/cluster';
import { sharedCluster } from '../../bench/hooks';
import { startProxy } from '../../bench/proxy';
import { configMap, eventually, failureOf, openSession, ready } from './open';

describe('a session on a real API server', function () {
  this.timeout(120_000);
  let bench: BenchCluster;
  let cluster: Cluster;
  let namespace: string;

  before(async () => {
    bench = await sharedCluster();
    ({ cluster } = await openSession(bench));
  });
  beforeEach(async () => {
    namespace = await bench.namespace();
  });
  after(() => cluster.dispose());

  it('is pinned to context, server, CA, user and the UID of kube-system', async () => {
    const { body } = await bench.request('GET', '/api/v1/namespaces/kube-system');
    const { pin } = cluster;
    assert.equal(pin.uid, textAt(body, 'metadata', 'uid'));
    assert.deepEqual([pin.context, pin.server, pin.user, pin.identity], ['bench', bench.server, 'admin', pin.uid]);
    assert.match(pin.caHash ?? '', /^[0-9a-f]{64}$/);
    assert.equal(cluster.version, 'v1.37.2');
    assert.equal(cluster.namespace, 'default');
    await cluster.verifyPin();
  });

  it('knows from discovery what is served, and how', () => {
    assert.deepEqual(cluster.resource('apps/v1', 'Deployment')?.plural, 'deployments');
    assert.equal(cluster.resource('v1', 'Namespace')?.namespaced, false);
    assert.equal(cluster.resource('apps/v1', 'Nothing'), undefined);
    assert.equal(cluster.resources('autoscaling')?.[0]?.version, 'v2');
  });

  it('reads an object as the server has it, integers above 2^53 included, and 404 as absent', async () => {
    const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'a', image: 'a:1' }] } };
    const body = { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'big', namespace }, spec: { activeDeadlineSeconds: 9007199254740993n, template } };
    const created = await cluster.patch({ ref: refOf(body), type: 'apply', body, fieldManager: 'm' });
    assert.deepEqual(await cluster.get(refOf(body)), created.object);
    assert.equal(at(created.object, 'spec', 'activeDeadlineSeconds'), 9007199254740993n);
    assert.equal(await cluster.get({ ...refOf(body), name: 'none' }), undefined);
  });

  it('says that a kind is not served in place of calling its objects absent', async () => {
    const failure = await failureOf(cluster.get({ apiVersion: 'x.example/v1', kind: 'Thing', namespace, name: 'a' }));
    assert.deepEqual([failure.kind, failure.message], ['notFound', 'the cluster does not serve Thing of x.example/v1']);
  });

  it('applies under the given manager, tells conflicts, and forces only when told', async () => {
    const body = configMap(namespace, 'apply', { key: '1' });
    const request = { ref: refOf(body), type: 'apply', body, fieldManager: 'first' } as const;
    const { object } = await cluster.patch(request);
    assert.equal(textAt(object, 'metadata', 'managedFields', 0, 'manager'), 'first');
    const other = { ...request, body: configMap(namespace, 'apply', { key: '2' }), fieldManager: 'second' };
    const failure = await failureOf(cluster.patch(other));
    assert.equal(failure.kind, 'conflict');
    assert.match(failure.message, /conflict with "first".*\.data\.key/s);
    const dry = await cluster.patch({ ...other, force: true, dryRun: true });
    assert.equal(textAt(dry.object, 'data', 'key'), '2');
    assert.equal(textAt((await cluster.get(request.ref)) ?? null, 'data', 'key'), '1');
    await cluster.patch({ ...other, force: true });
    assert.equal(textAt((await cluster.get(request.ref)) ?? null, 'data', 'key'), '2');
  });

  it('gives the text of warnings, and merges and patches by operations', async () => {
    const body: Json = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'warned', namespace }, spec: { ports: [{ port: 80 }], unknownField: 1 } };
    const ref = { apiVersion: 'v1', kind: 'Service', namespace, name: 'warned' };
    const failure = await cluster.patch({ ref, type: 'apply', body, fieldManager: 'm', dryRun: true }).catch((error: unknown) => error);
    assert.match(failure instanceof Error ? failure.message : '', /field not declared in schema/);
    const good = configMap(namespace, 'patched', { a: '1' });
    await cluster.patch({ ref: refOf(good), type: 'apply', body: good, fieldManager: 'm' });
    const merged = await cluster.patch({ ref: refOf(good), type: 'merge', body: { data: { b: '2' }, unknownField: 1 }, fieldManager: 'm', dryRun: true });
    assert.deepEqual(merged.warnings, ['unknown field "unknownField"']);
    const operated = await cluster.patch({ ref: refOf(good), type: 'json', body: [{ op: 'replace', path: '/data/a', value: '3' }], fieldManager: 'm' });
    assert.deepEqual(at(operated.object, 'data'), { a: '3' });
  });

  it('keeps the store equal to the server through random changes', async () => {
    await ready(cluster.store, [{ apiVersion: 'v1', kind: 'ConfigMap', namespaces: [namespace] }]);
    const random = seeded(7);
    for (let step = 0; step < 150; step++) {
      const name = `c${Math.floor(random() * 12)}`;
      const path = `/api/v1/namespaces/${namespace}/configmaps`;
      const what = random();
      if (what < 0.35) await bench.request('POST', path, configMap(namespace, name, { step: String(step) }));
      else if (what < 0.65) await bench.request('PATCH', `${path}/${name}`, { data: { step: String(step) } }, { type: 'application/merge-patch+json' });
      else if (what < 0.75) await bench.request('PATCH', `${path}/${name}`, { metadata: { labels: { step: String(step) } } }, { type: 'application/merge-patch+json' });
      else if (what < 0.9) await bench.request('DELETE', `${path}/${name}`);
      else {
        await bench.request('DELETE', `${path}/${name}`);
        await bench.request('POST', path, configMap(namespace, name, { again: String(step) }));
      }
    }
    await sameAsServer(namespace);
  });

  it('tells a change by kubectl scale by itself, with its manager and time', async () => {
    const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', namespace }, spec: { replicas: 2, selector: { matchLabels: { app: 'web' } }, template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image: 'web:1' }] } } } };
    const ref = refOf(deployment);
    await cluster.patch({ ref, type: 'apply', body: deployment, fieldManager: 'kustomize-controller' });
    await ready(cluster.store, [{ apiVersion: 'apps/v1', kind: 'Deployment', namespaces: [namespace] }]);
    let told: number | undefined;
    const listener = cluster.store.onChange(ids => {
      const live = cluster.store.read(ref);
      if ((ids === 'all' || ids.has(`apps/Deployment/${namespace}/web`)) && live.kind === 'present' && at(live.object, 'spec', 'replicas') === 5) told ??= Date.now();
    });
    await bench.kubectl(['scale', '--replicas=5', '-n', namespace, 'deployment/web']);
    const done = Date.now();
    await eventually('the change is told', () => told !== undefined);
    listener.dispose();
    console.log(`      kubectl scale ended → change told: ${(told ?? 0) - done} ms`);
    const live = cluster.store.read(ref);
    assert.ok(live.kind === 'present');
    assert.equal(live.seen.at(-1)?.manager, 'kubectl');
    assert.ok(Math.abs((live.seen.at(-1)?.at ?? 0) - done) < 2_000);
    // Its entry stays as it is: it has no time, and the same field. The applier's is as young, so who it was may not be told.
    await bench.kubectl(['scale', '--replicas=6', '-n', namespace, 'deployment/web']);
    const again = (): readonly Sighting[] => {
      const now = cluster.store.read(ref);
      return now.kind === 'present' && at(now.object, 'spec', 'replicas') === 6 ? now.seen : [];
    };
    await eventually('the next change is told', () => again().length > 0);
    assert.equal(again().length, live.seen.length + 1);
  });

  it('makes one reviewed decision per verb, kind and namespace', async () => {
    const proxy = await startProxy(bench);
    const { cluster: viewer } = await openSession(bench, { user: 'viewer', server: proxy.url });
    const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'a' };
    assert.deepEqual([await viewer.allowed('patch', ref), await viewer.allowed('list', ref), await cluster.allowed('patch', ref)], [false, true, true]);
    assert.equal(await viewer.allowed('get', { ...ref, kind: 'Nothing' }), false);
    const reviews = (): number => proxy.seen.filter(({ path }) => path.endsWith('/selfsubjectaccessreviews')).length;
    assert.equal(reviews(), 2);
    await Promise.all(Array.from({ length: 20 }, (_, n) => viewer.allowed('patch', { ...ref, name: `n${n}` })));
    assert.equal(reviews(), 2, 'known');
    await Promise.all(['one', 'two'].map(other => viewer.allowed('patch', { ...ref, namespace: other })));
    assert.equal(reviews(), 4, 'each namespace has its own');
    const leaving = new AbortController();
    const [first, second] = [failureOf(viewer.allowed('create', ref, leaving.signal)), viewer.allowed('create', ref)];
    leaving.abort();
    assert.equal((await first).kind, 'aborted');
    assert.equal(await second, false, 'who goes away ends nothing of the others');
    assert.equal(reviews(), 5);
    const failure = await failureOf(viewer.patch({ ref, type: 'apply', body: configMap(namespace, 'a'), fieldManager: 'm' }));
    assert.equal(failure.kind, 'denied');
    viewer.dispose();
    await proxy.stop();
  });

  it('reads the schema of a group-version, once', async () => {
    const first = await cluster.openapi('apps/v1');
    assert.ok(first && at(first, 'components', 'schemas', 'io.k8s.api.apps.v1.Deployment'));
    assert.equal(await cluster.openapi('apps/v1'), first);
    assert.equal(await cluster.openapi('x.example/v1'), undefined);
  });

  it('opens at most 8 connections for 1,000 reads, and none stays after dispose', async () => {
    const proxy = await startProxy(bench);
    const { cluster: counted } = await openSession(bench, { server: proxy.url });
    const ref = { apiVersion: 'v1', kind: 'Namespace', namespace: undefined, name: 'default' };
    await Promise.all(Array.from({ length: 1_000 }, () => counted.get(ref)));
    assert.ok(proxy.connections <= 8, `${proxy.connections} connections`);
    await ready(counted.store, [{ apiVersion: 'v1', kind: 'ConfigMap', namespaces: undefined }]);
    await eventually('the watch is open', () => proxy.seen.some(({ watch }) => watch));
    counted.dispose();
    await eventually('every connection is closed', () => proxy.open === 0);
    await proxy.stop();
  });

  it('has no timer left after dispose', async () => {
    const timers = new Set<object>();
    const clock = {
      now: () => Date.now(),
      after: (ms: number, run: () => void) => {
        const timer = setTimeout(() => {
          timers.delete(timer);
          run();
        }, ms);
        timers.add(timer);
        return {
          dispose: () => {
            clearTimeout(timer);
            timers.delete(timer);
          },
        };
      },
    };
    const { cluster: timed } = await openSession(bench, { clock });
    await ready(timed.store, [{ apiVersion: 'v1', kind: 'ConfigMap', namespaces: undefined }]);
    timed.store.want([{ apiVersion: 'x.example/v1', kind: 'Missing', namespaces: undefined }]);
    await eventually('timers run', () => timers.size > 0);
    timed.dispose();
    await eventually('no timer is left', () => timers.size === 0);
  });

  /** I1: what the store holds is what the server holds, to the last field. */
  async function sameAsServer(of: string): Promise<void> {
    const { body } = await bench.request('GET', `/api/v1/namespaces/${of}/configmaps`);
    const server = listAt(body, 'items').map(item => [textAt(item, 'metadata', 'name'), item] as const);
    await eventually('the store has the server\'s objects', () => {
      const held = cluster.store.list('v1', 'ConfigMap').map(({ object }) => object).filter(object => textAt(object, 'metadata', 'namespace') === of);
      return held.length === server.length && held.every(object => server.some(([name, item]) => name === textAt(object, 'metadata', 'name') && textAt(item, 'metadata', 'resourceVersion') === textAt(object, 'metadata', 'resourceVersion')));
    });
    for (const [name, item] of server) {
      const live = cluster.store.read({ apiVersion: 'v1', kind: 'ConfigMap', namespace: of, name: name ?? '' });
      assert.ok(live.kind === 'present');
      assert.deepEqual({ ...live.object }, { apiVersion: 'v1', kind: 'ConfigMap', ...(item as object) });
    }
  }
});

function refOf(object: { apiVersion: string; kind: string; metadata: { name: string; namespace: string } }): { apiVersion: string; kind: string; namespace: string; name: string } {
  return { apiVersion: object.apiVersion, kind: object.kind, namespace: object.metadata.namespace, name: object.metadata.name };
}

/** The same numbers every time (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
