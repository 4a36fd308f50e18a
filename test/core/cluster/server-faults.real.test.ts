import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { at, textAt } from '../../../src/core/base/json';
import type { Cluster, KindStatus, Want } from '../../../src/core/cluster/api';
import { breakableCluster, sharedCluster, type BreakableCluster } from '../../bench/hooks';
import { startProxy, type Seen } from '../../bench/proxy';
import { fastClock } from './clocks';
import { configMap, configText, eventually, failureOf, openSession, ready, statusBecomes } from './open';

const isList = ({ path, watch, method }: Seen): boolean => method === 'GET' && !watch && path.includes('/configmaps');
const reasonOf = (status: KindStatus): string => ('reason' in status ? status.reason : '');

describe('a server that stops, freezes or becomes another one, for real (numbers: the list of faults)', function () {
  this.timeout(120_000);
  let bench: BreakableCluster;
  let folder: string;
  let namespace: string;
  let want: Want;
  let sessions: Cluster[];

  before(async () => {
    bench = await breakableCluster();
    folder = await mkdtemp(join(tmpdir(), 'plumbline-server-'));
  });
  beforeEach(async () => {
    namespace = await bench.namespace('server');
    want = { apiVersion: 'v1', kind: 'ConfigMap', namespaces: [namespace] };
    sessions = [];
  });
  afterEach(() => sessions.forEach(session => session.dispose()));
  after(() => rm(folder, { recursive: true }));

  const of = (): [string, string, string] => ['v1', 'ConfigMap', namespace];
  const add = (name: string): Promise<unknown> => bench.request('POST', `/api/v1/namespaces/${namespace}/configmaps`, configMap(namespace, name));
  const read = ({ store }: Cluster, name: string): ReturnType<Cluster['store']['read']> => store.read({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name });
  async function open(options: Parameters<typeof openSession>[1]): Promise<Cluster> {
    const { cluster } = await openSession(bench, options);
    sessions.push(cluster);
    return cluster;
  }
  async function follows(cluster: Cluster, name: string): Promise<void> {
    await add(name);
    await eventually(`${name} is seen`, () => read(cluster, name).kind === 'present', 30_000);
  }

  it('10: a server that was restarted and compacted says 410 for our version, and everything is read anew; 17: others see it go and come back', async () => {
    const proxy = await startProxy(bench);
    const [behind, direct] = [await open({ server: proxy.url }), await open({})];
    await add('before');
    await Promise.all([behind, direct].map(cluster => ready(cluster.store, [want])));
    await eventually('it is watched', () => proxy.watching === 1);
    const states = new Set<string>();
    behind.store.onChange(() => states.add(read(behind, 'before').kind));
    proxy.add({ when: () => true, fault: { kind: 'cut', bytes: 0 } });
    proxy.resetAll();
    // Past the version we have: what the restarted server remembers begins only after it.
    await add('unseen');
    await bench.stopServer();
    try {
      // What is asked while the server still goes down is cut off, later it is refused.
      const gone = await statusBecomes(direct.store, of(), 'offline', 20_000);
      assert.match(reasonOf(gone), /127\.0\.0\.1:\d+ (?:refuses connections|closed the connection)/);
    } finally {
      await bench.startServer();
    }
    await add('meanwhile');
    await bench.request('DELETE', `/api/v1/namespaces/${namespace}/configmaps/before`);
    await add('before');
    await bench.compact();
    // A real server says it in an event, and never as the status of a watch (row 9): that comes from what stands in between.
    const told = await bench.request('GET', `/api/v1/namespaces/${namespace}/configmaps?watch=true&timeoutSeconds=5&resourceVersion=1`);
    assert.deepEqual([told.status, textAt(told.body, 'type'), at(told.body, 'object', 'code')], [200, 'ERROR', 410]);
    proxy.clear();
    await follows(behind, 'after');
    assert.equal(read(behind, 'meanwhile').kind, 'present');
    const anew = proxy.seen.filter(isList).slice(1);
    assert.equal(anew.length, 1);
    assert.ok(!anew[0]?.path.includes('resourceVersion='), 'the newest, not what some cache has');
    assert.ok(!states.has('absent'), 'nothing was absent meanwhile');
    await statusBecomes(direct.store, of(), 'ready', 30_000);
    await follows(direct, 'later');
    assert.equal(read(direct, 'after').kind, 'present');
    await proxy.stop();
  });

  it('3: a continue token that ended in the middle of a list, because the history was compacted: the list begins anew without it, and no part of it is taken for the whole', async () => {
    for (const name of ['a', 'b', 'c']) await add(name);
    const proxy = await startProxy(bench);
    const cluster = await open({ server: proxy.url });
    let compacted = false;
    /** From the newest and in pages of one, as a server does it that has no cache; before the second page the first one's version goes. */
    const paged = async (path: string): Promise<string> => {
      if (path.includes('continue=') && !compacted) {
        compacted = true;
        for (const name of ['d', 'e']) await add(name);
        await bench.compact();
        await eventually('the server knows that the version is gone', async () => (await bench.request('GET', `/api/v1/namespaces/${namespace}/configmaps?limit=1&${/continue=[^&]+/.exec(path)?.[0] ?? ''}`)).status === 410, 100_000);
      }
      return `${path.replace(/\?resourceVersion=0$/, '')}${path.includes('continue=') ? '&' : '?'}limit=1`;
    };
    proxy.add({ when: isList, fault: { kind: 'rewrite', path: paged } });
    const seen = new Set<string>();
    cluster.store.onChange(() => ['a', 'b', 'c', 'd', 'e'].forEach(name => seen.add(read(cluster, name).kind)));
    cluster.store.want([want]);
    await statusBecomes(cluster.store, of(), 'ready', 110_000);
    assert.ok(compacted);
    for (const name of ['a', 'b', 'c', 'd', 'e']) assert.equal(read(cluster, name).kind, 'present', name);
    assert.ok(!seen.has('absent'), 'a part is never taken for the whole');
    const tokens = proxy.seen.filter(isList).map(({ path }) => /continue=([^&]+)/.exec(path)?.[1]);
    assert.deepEqual([tokens[0], tokens[1] !== undefined, tokens[2]], [undefined, true, undefined], 'begun anew, without the token');
    assert.equal(tokens.filter(token => token === tokens[1]).length, 1, 'the token that had ended was not tried again');
    await proxy.stop();
  });

  it('15: a server whose process is frozen is offline, and current again once it runs on', async () => {
    const cluster = await open({ clock: fastClock(20) });
    await add('there');
    await ready(cluster.store, [want]);
    const thaw = await bench.freeze('kube-apiserver');
    try {
      const seen = await statusBecomes(cluster.store, of(), 'offline', 45_000);
      assert.match(reasonOf(seen), /does not answer/);
      const live = read(cluster, 'there');
      assert.equal(live.kind === 'unknown' ? live.status.kind : live.kind, 'offline');
    } finally {
      thaw();
    }
    await statusBecomes(cluster.store, of(), 'ready', 30_000);
    await follows(cluster, 'after');
  });

  it('15: a server whose etcd is frozen answers no fresh read, is not taken for empty, and recovers', async () => {
    const cluster = await open({});
    await add('there');
    await ready(cluster.store, [want]);
    const thaw = await bench.freeze('etcd');
    try {
      const stopped = new AbortController();
      const timer = setTimeout(() => stopped.abort(), 3_000);
      const failure = await failureOf(cluster.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'there' }, stopped.signal));
      clearTimeout(timer);
      assert.ok(['aborted', 'offline'].includes(failure.kind), failure.message);
      assert.notEqual(read(cluster, 'there').kind, 'absent');
    } finally {
      thaw();
    }
    await follows(cluster, 'after');
  });

  it('19: another certificate is refused by name until the CA on disk is renewed, in its file or in the kubeconfig', async () => {
    const [inline, byFile, caFile] = [join(folder, 'inline'), join(folder, 'by-file'), join(folder, 'ca.crt')];
    const user = { token: bench.token() };
    await writeFile(caFile, bench.ca);
    await writeFile(inline, configText(bench.server, bench.ca, user));
    await writeFile(byFile, configText(bench.server, { file: 'ca.crt' }, user));
    const all = [await open({ more: { kubeconfig: [inline] } }), await open({ more: { kubeconfig: [byFile] } })];
    for (const cluster of all) await ready(cluster.store, [want]);
    await bench.renewCertificate();
    const host = new URL(bench.server).host;
    for (const { store } of all) {
      await eventually('the certificate is refused', () => reasonOf(store.status(...of())).startsWith(`${host} cannot be trusted: its certificate`), 30_000);
      assert.notEqual(store.status(...of()).kind, 'ready');
    }
    await writeFile(caFile, bench.ca);
    await writeFile(inline, configText(bench.server, bench.ca, user));
    for (const cluster of all) {
      await statusBecomes(cluster.store, of(), 'ready', 60_000);
      await cluster.verifyPin();
    }
    await add('after');
    for (const cluster of all) await eventually('it is seen', () => read(cluster, 'after').kind === 'present');
  });

  it('26: a session never moves to another cluster that answers in the place of its own', async () => {
    const other = await sharedCluster();
    await other.request('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
    await other.request('POST', `/api/v1/namespaces/${namespace}/configmaps`, configMap(namespace, 'of-the-other'));
    const proxy = await startProxy(bench);
    const cluster = await open({ server: proxy.url });
    await add('own');
    await ready(cluster.store, [want]);
    await eventually('it is watched', () => proxy.watching === 1);
    let green = false;
    proxy.toward(other);
    proxy.resetAll();
    cluster.store.onChange(() => (green ||= read(cluster, 'of-the-other').kind === 'present'));
    await eventually('it is noticed', () => reasonOf(cluster.store.status(...of())).endsWith('is another cluster now (namespace kube-system has another UID); connect again'));
    assert.equal(read(cluster, 'own').kind, 'unknown');
    const failure = await failureOf(cluster.verifyPin());
    assert.equal(failure.kind, 'invalid');
    assert.deepEqual([proxy.seen.filter(isList).length, green], [1, false], 'nothing was read from the other');
    assert.equal(cluster.store.list('v1', 'ConfigMap').filter(({ object }) => textAt(object, 'metadata', 'name') === 'of-the-other').length, 0);
    await proxy.stop();
  });
});
