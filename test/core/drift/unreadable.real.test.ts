import assert from 'node:assert/strict';
import type { Connection, Snapshot } from '../../../src/core/drift/snapshot';
import { makeApplication, type BenchApplication } from '../../bench/application';
import type { BenchCluster, User } from '../../bench/cluster';
import { sharedCluster, sharedFlux } from '../../bench/hooks';
import { startProxy, type FaultProxy } from '../../bench/proxy';
import { eventually } from '../cluster/open';
import { applicationsIn, objectsIn, openEngine, verdictsIn, type OpenEngine } from './open-engine';

const FILES = {
  'kept.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: kept, namespace: NAMESPACE}\ndata: {a: "1"}\n',
  'lost.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: lost, namespace: NAMESPACE}\ndata: {a: "1"}\n',
};

const BOTH = ['ConfigMap/kept in-sync', 'ConfigMap/lost missing'];
const judged = (snapshot: Snapshot): boolean => verdictsIn(snapshot).join() === BOTH.join();
const settled = (snapshot: Snapshot): boolean => snapshot.connection.kind === 'connected' && objectsIn(snapshot).length > 0 && objectsIn(snapshot).every(({ verdict }) => verdict.verdict !== 'unknown');
const troublesOf = ({ connection }: Snapshot): Extract<Connection, { kind: 'connected' }>['troubles'] => (connection.kind === 'connected' ? connection.troubles : []);

describe('what cannot be read is neither missing nor in sync', function () {
  this.timeout(60_000);
  let cluster: BenchCluster;
  let application: BenchApplication;
  let proxy: FaultProxy;
  let open: OpenEngine | undefined;

  const start = async (user: User, server?: string): Promise<OpenEngine> => (open = await openEngine({ cluster, repository: application.repository, user, ...(server !== undefined && { server }) }));

  before(async function () {
    this.timeout(180_000);
    cluster = await sharedCluster();
    application = await makeApplication(cluster, await sharedFlux(), FILES);
    await cluster.kubectl(['delete', 'configmap/lost', '-n', application.namespace]);
    proxy = await startProxy(cluster);
  });

  afterEach(async () => {
    proxy.clear();
    await open?.close();
    open = undefined;
  });

  after(async () => {
    await proxy.stop();
    application.dispose();
  });

  it('with all rights one object is in sync and one missing: there is something to be wrong about', async () => {
    const { until } = await start('viewer');
    const snapshot = await until('both are judged', judged);
    assert.deepEqual(applicationsIn(snapshot).map(({ application: unit, doubt }) => [unit?.ref.name, doubt]), [['app', undefined]]);
    assert.deepEqual(troublesOf(snapshot), []);
  });

  it('9: a watch that is refused with 410 is read anew, and nothing that is shown goes empty or missing meanwhile', async () => {
    const isOurs = ({ path }: { readonly path: string }): boolean => path.includes(`/${application.namespace}/configmaps`);
    const lists = (): number => proxy.seen.filter(request => isOurs(request) && !request.watch).length;
    const before = lists();
    const gone = JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'Expired', message: 'too old resource version: 1 (2)', code: 410 });
    // The first watch ends with the first thing it says, the next one is refused.
    proxy.add({ when: request => isOurs(request) && request.watch, times: 1, fault: { kind: 'cut', bytes: 1 } });
    proxy.add({ when: request => isOurs(request) && request.watch, times: 1, fault: { kind: 'answer', status: 410, body: gone } });
    // Slow enough for views to be drawn in between.
    proxy.add({ when: request => isOurs(request) && !request.watch && lists() > before + 1, times: 1, fault: { kind: 'delay', ms: 3_000 } });
    const { engine, until } = await start('viewer', proxy.url);
    await until('both are judged', judged);
    const shown = new Set<string>();
    engine.onSnapshot(snapshot => shown.add(verdictsIn(snapshot).join()));
    // A watch that lived for a moment is opened again before anybody is worried.
    await new Promise(done => setTimeout(done, 1_500));
    await cluster.kubectl(['create', 'configmap', 'noise', '-n', application.namespace]);
    await eventually('it is read anew', () => lists() === before + 2, 20_000);
    const draw = (): Promise<unknown> => engine.refresh();
    await draw();
    await eventually('the new watch is open', () => proxy.seen.filter(request => isOurs(request) && request.watch).length >= 3, 20_000);
    await draw();
    assert.deepEqual([...shown], [BOTH.join()]);
  });

  for (const [user, unreadable] of [['no-flux', "Flux's Kustomizations and Flux's GitRepositories"], ['no-sources', "Flux's GitRepositories"]] as const) {
    it(`${user}: the folder has no known controller, its objects are undecided, and it is said once`, async () => {
      const { until } = await start(user);
      const snapshot = await until('the refusal has come', now => settled(now) && troublesOf(now).length > 0);
      assert.deepEqual(verdictsIn(snapshot), ['ConfigMap/kept undecided', 'ConfigMap/lost undecided']);
      const [folder, ...others] = applicationsIn(snapshot);
      assert.ok(folder && others.length === 0);
      assert.equal(folder.application, undefined);
      assert.ok(folder.doubt?.startsWith(`could not tell which controller applies this folder: ${unreadable} may not be read: `), folder.doubt);
      assert.deepEqual(folder.evidence, [folder.doubt]);
      assert.ok(folder.objects.every(({ verdict }) => verdict.reason === folder.doubt));
      assert.deepEqual(troublesOf(snapshot).map(({ kind, text }) => [kind, text]), [['denied', `no permission to read ${unreadable}: which controller applies a folder could not be told`]]);
    });
  }

  it('with rights elsewhere only: Flux and the kind are each said once, and the objects are unknown', async () => {
    const { until } = await start('two-namespaces');
    const snapshot = await until('the refusal has come', now => troublesOf(now).length === 2);
    assert.deepEqual(troublesOf(snapshot).map(({ kind, text }) => [kind, text]), [
      ['denied', "no permission to read Flux's Kustomizations and Flux's GitRepositories: which controller applies a folder could not be told"],
      ['denied', 'no permission to read ConfigMap'],
    ]);
    assert.ok(objectsIn(snapshot).every(({ verdict }) => verdict.verdict === 'unknown' && verdict.reason.startsWith('forbidden: ')));
  });

  it('while Flux is being read nothing is said about its folders', async () => {
    proxy.add({ when: ({ path }) => path.includes('/kustomizations?'), fault: { kind: 'hang', body: '' } });
    const { until, engine } = await start('viewer', proxy.url);
    const seen = new Set<string>();
    engine.onSnapshot(now => verdictsIn(now).forEach(verdict => seen.add(verdict)));
    const doubt = "could not tell which controller applies this folder: Flux's Kustomizations are being read";
    await until('all else was read', now => settled(now) && applicationsIn(now)[0]?.doubt === doubt);
    assert.deepEqual([...seen].filter(verdict => /in-sync|missing/.test(verdict)), [], 'not at any moment');
    proxy.clear();
    proxy.resetAll();
    await until('Flux was read', now => applicationsIn(now).some(({ application: unit }) => unit !== undefined) && judged(now));
  });

  it('an application of which Flux tells nothing new is undecided, though its objects can be read', async () => {
    const { until } = await start('viewer', proxy.url);
    await until('both are judged', judged);
    const broken = { kind: 'answer', status: 500, body: '{"kind":"Status","apiVersion":"v1","status":"Failure","message":"etcd is unwell","code":500}' } as const;
    proxy.add({ when: ({ path }) => path.includes('/kustomizations?'), fault: broken });
    proxy.resetAll();
    const snapshot = await until('the reading of Flux is out of date', now => /^what was read of Flux's Kustomizations is out of date: .*etcd is unwell/.test(applicationsIn(now)[0]?.doubt ?? '') && settled(now));
    assert.deepEqual(verdictsIn(snapshot), ['ConfigMap/kept undecided', 'ConfigMap/lost undecided']);
    assert.deepEqual(troublesOf(snapshot).map(({ kind }) => kind), ['failing']);
    proxy.clear();
    await until('Flux answers again', now => troublesOf(now).length === 0 && judged(now), 40_000);
  });

  it('a cut connection: everything unknown and since when, one trouble; back again, it is gone', async () => {
    const { until } = await start('viewer', proxy.url);
    await until('both are judged', judged);
    const before = Date.now();
    await proxy.cut();
    const snapshot = await until('the loss is noticed', now => troublesOf(now).length > 0 && objectsIn(now).every(({ verdict }) => verdict.verdict === 'unknown'));
    const [trouble, ...others] = troublesOf(snapshot);
    assert.deepEqual([trouble?.kind, others], ['lost', []]);
    assert.match(trouble?.text ?? '', /^the connection is lost: 127\.0\.0\.1:\d+ (refuses connections|closed the connection)$/);
    assert.ok(trouble?.since !== undefined && trouble.since <= Date.now() && trouble.since > before - 60_000, 'since the server was last heard');
    for (const { verdict } of objectsIn(snapshot)) assert.ok(verdict.since !== undefined && verdict.since <= Date.now(), JSON.stringify(verdict));
    await proxy.mend();
    await until('it is back', now => troublesOf(now).length === 0 && judged(now), 40_000);
  });
});
