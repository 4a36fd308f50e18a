import assert from 'node:assert/strict';
import { textAt } from '../../../src/core/base/json';
import type { Cluster, KindStatus, Want } from '../../../src/core/cluster/api';
import type { BenchCluster } from '../../bench/cluster';
import { sharedCluster } from '../../bench/hooks';
import { startProxy, type FaultProxy, type Seen } from '../../bench/proxy';
import { fastClock, SleepyClock } from './clocks';
import { configMap, describeAll, eventually, failureOf, openSession, ready, statusBecomes, type MemoryLog } from './open';

const isList = ({ path, watch, method }: Seen): boolean => method === 'GET' && !watch && path.includes('/configmaps');
const isWatch = ({ path, watch }: Seen): boolean => watch && path.includes('/configmaps');
const status = (code: number, reason: string, message: string): string => JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', reason, message, code });

describe('faults between us and a real API server (numbers: the list of faults)', function () {
  this.timeout(60_000);
  let bench: BenchCluster;
  let proxy: FaultProxy;
  let cluster: Cluster;
  let log: MemoryLog;
  let namespace: string;
  let want: Want;

  before(async () => {
    bench = await sharedCluster();
  });
  beforeEach(async () => {
    proxy = await startProxy(bench);
    namespace = await bench.namespace('fault');
    want = { apiVersion: 'v1', kind: 'ConfigMap', namespaces: [namespace] };
    ({ cluster, log } = await openSession(bench, { server: proxy.url }));
  });
  afterEach(async () => {
    cluster.dispose();
    await eventually('no connection is left', () => proxy.open === 0);
    await proxy.stop();
    assert.ok(!log.lines.join('\n').includes(bench.token()), 'the token is in the log');
  });

  const id = (name: string): string => `/ConfigMap/${namespace}/${name}`;
  const of = (): [string, string, string] => ['v1', 'ConfigMap', namespace];
  const add = (name: string, data: Record<string, string> = {}): Promise<unknown> => bench.request('POST', `/api/v1/namespaces/${namespace}/configmaps`, configMap(namespace, name, data));
  const read = (name: string): ReturnType<Cluster['store']['read']> => cluster.store.read({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name });
  const follows = (name: string): Promise<void> => add(name).then(() => eventually(`${name} is seen`, () => read(name).kind === 'present'));
  const lists = (): Seen[] => proxy.seen.filter(isList);
  const watches = (): Seen[] => proxy.seen.filter(isWatch);

  it('1: a first LIST that answers 503 is repeated until it works', async () => {
    proxy.add({ when: isList, times: 2, fault: { kind: 'answer', status: 503, body: status(503, 'ServiceUnavailable', 'starting') } });
    cluster.store.want([want]);
    const seen = await statusBecomes(cluster.store, of(), 'stale');
    assert.match(seen.kind === 'stale' ? seen.reason : '', /reading configmaps of .*: starting/);
    await statusBecomes(cluster.store, of(), 'ready');
    assert.equal(lists().length, 3);
  });

  it('2: a LIST that answers 429 is not repeated before Retry-After', async () => {
    proxy.add({ when: isList, times: 1, fault: { kind: 'answer', status: 429, headers: { 'retry-after': '3', 'content-type': 'text/plain' }, body: 'Too many requests, please try again later.' } });
    await ready(cluster.store, [want]);
    const [first, second] = lists();
    assert.equal(lists().length, 2);
    assert.ok((second?.at ?? 0) - (first?.at ?? 0) >= 3_000);
  });

  it('4: a LIST that breaks off is no data; what was read before stays, marked', async () => {
    await add('kept', { big: 'x'.repeat(5_000) });
    proxy.add({ when: isList, times: 1, fault: { kind: 'half', bytes: 2_000 } });
    proxy.add({ when: isList, times: 1, fault: { kind: 'cut', bytes: 2_000 } });
    cluster.store.want([want]);
    await statusBecomes(cluster.store, of(), 'offline');
    assert.equal(read('kept').kind, 'unknown');
    await statusBecomes(cluster.store, of(), 'ready');
    assert.equal(read('kept').kind, 'present');
    assert.equal(lists().length, 3);
  });

  it('5: HTML in place of JSON is said to be no Kubernetes API, and is never "absent"', async () => {
    const html = { kind: 'answer', status: 200, headers: { 'content-type': 'text/html' }, body: '<html>Sign in</html>' } as const;
    proxy.add({ when: isList, times: 1, fault: html });
    cluster.store.want([want]);
    const seen = await statusBecomes(cluster.store, of(), 'stale');
    assert.match(seen.kind === 'stale' ? seen.reason : '', /not a Kubernetes API/);
    await statusBecomes(cluster.store, of(), 'ready');
    const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'a' };
    for (const code of [200, 403, 404]) {
      proxy.add({ when: ({ path }) => path.endsWith('/configmaps/a'), times: 1, fault: { ...html, status: code } });
      const failure = await failureOf(cluster.get(ref));
      assert.deepEqual([failure.kind, /not a Kubernetes API/.test(failure.message)], ['badAnswer', true], `status ${code}`);
    }
    assert.equal(await cluster.get(ref), undefined);
  });

  it('5: a server that is no Kubernetes API cannot be connected to', async () => {
    proxy.add({ when: () => true, fault: { kind: 'answer', status: 200, headers: { 'content-type': 'text/html' }, body: '<html>Welcome</html>' } });
    const failure = await failureOf(openSession(bench, { server: proxy.url }));
    assert.match(failure.message, /answered with something that is not a Kubernetes API/);
  });

  for (const code of [429, 500, 503]) {
    it(`8: a WATCH that answers ${code} is opened again from where it was, without a LIST`, async () => {
      proxy.add({ when: isWatch, times: 2, fault: { kind: 'answer', status: code, body: status(code, 'Whatever', 'not now') } });
      cluster.store.want([want]);
      await eventually('three watches were tried', () => watches().length === 3);
      await follows('after');
      assert.equal(lists().length, 1);
      assert.equal(new Set(watches().map(({ path }) => /resourceVersion=(\d+)/.exec(path)?.[1])).size, 1);
    });
  }

  it('9: a WATCH that answers 410 leads to a LIST of the newest; nothing is absent meanwhile', async () => {
    await add('there');
    await ready(cluster.store, [want]);
    const states = new Set<string>();
    cluster.store.onChange(() => states.add(read('there').kind));
    proxy.add({ when: isWatch, times: 1, fault: { kind: 'answer', status: 410, body: status(410, 'Expired', 'too old resource version: 1 (2)') } });
    proxy.resetAll();
    await eventually('it was read anew', () => lists().length === 2);
    assert.ok(!lists()[1]?.path.includes('resourceVersion='), 'not from the cache');
    await follows('after');
    assert.ok(!states.has('absent'));
  });

  it('9: a server that answers every WATCH with 410 is not asked for list after list', async () => {
    proxy.add({ when: isWatch, fault: { kind: 'answer', status: 410, body: status(410, 'Expired', 'too old resource version: 1 (2)') } });
    cluster.store.want([want]);
    await eventually('it was read anew', () => lists().length >= 2);
    await new Promise(done => setTimeout(done, 3_000));
    assert.ok(lists().length <= 6, `${lists().length} lists`);
    proxy.clear();
    await follows('after');
  });

  it('10: an ERROR event of 410 on a stream that stays open is acted on at once', async () => {
    const event = `${JSON.stringify({ type: 'ERROR', object: JSON.parse(status(410, 'Expired', 'too old resource version')) as unknown })}\n`;
    proxy.add({ when: isWatch, times: 1, fault: { kind: 'answer', status: 200, body: event } });
    cluster.store.want([want]);
    await eventually('it was read anew', () => lists().length === 2);
    await follows('after');
  });

  it('11: an ERROR event of another kind is waited out, then the watch goes on without a LIST', async () => {
    const event = `${JSON.stringify({ type: 'ERROR', object: JSON.parse(status(500, 'InternalError', 'etcd is slow')) as unknown })}\n`;
    proxy.add({ when: isWatch, times: 1, fault: { kind: 'answer', status: 200, body: event } });
    cluster.store.want([want]);
    const seen = await statusBecomes(cluster.store, of(), 'stale');
    assert.match(seen.kind === 'stale' ? seen.reason : '', /etcd is slow/);
    await follows('after');
    assert.equal(lists().length, 1);
  });

  it('12: a server that ends every watch at once is asked no more than about once a second', async () => {
    proxy.add({ when: isWatch, fault: { kind: 'answer', status: 200, body: '' } });
    await ready(cluster.store, [want]);
    const before = watches().length;
    await new Promise(done => setTimeout(done, 3_000));
    assert.ok(watches().length - before <= 4, `${watches().length - before} watches in 3 s`);
  });

  it('13: a reset in the middle of an event loses nothing, tells nothing twice and lists nothing', async () => {
    await ready(cluster.store, [want]);
    proxy.add({ when: isWatch, times: 3, fault: { kind: 'cut', bytes: 900 } });
    proxy.resetAll();
    for (let n = 0; n < 12; n++) await add(`n${n}`, { value: 'x'.repeat(200) });
    await eventually('all are here', () => cluster.store.list('v1', 'ConfigMap').filter(({ object }) => textAt(object, 'metadata', 'name')?.startsWith('n')).length === 12, 20_000);
    assert.equal(lists().length, 1);
  });

  it('13: one lost connection that comes back at once is no news', async () => {
    await ready(cluster.store, [want]);
    await eventually('it is watched', () => watches().length === 1);
    await new Promise(done => setTimeout(done, 1_200));
    const states: string[] = [];
    cluster.store.onChange(() => states.push(cluster.store.status(...of()).kind));
    proxy.resetAll();
    await follows('after');
    // The store has an object before its listeners are told: telling is paced.
    await eventually('the change is told', () => states.length > 0);
    assert.deepEqual([...new Set(states)], ['ready']);
    assert.equal(lists().length, 1);
  });

  it('14: a line that was cut is discarded, and letters cut between two pieces are read right', async () => {
    proxy.add({ when: request => isWatch(request) || isList(request), fault: { kind: 'crumbs', bytes: 3 } });
    await add('first', { text: 'größer 漢字 🚀' });
    await ready(cluster.store, [want]);
    await add('second', { text: 'größer 漢字 🚀' });
    await eventually('it is seen', () => read('second').kind === 'present');
    for (const name of ['first', 'second']) {
      const live = read(name);
      assert.equal(live.kind === 'present' ? textAt(live.object, 'data', 'text') : undefined, 'größer 漢字 🚀');
    }
  });

  it('15: a stream that has shown bookmarks and then dies without a word is replaced', async () => {
    cluster.dispose();
    ({ cluster, log } = await openSession(bench, { server: proxy.url, clock: fastClock(60) }));
    const bookmark = `${JSON.stringify({ type: 'BOOKMARK', object: { kind: 'ConfigMap', apiVersion: 'v1', metadata: { resourceVersion: await newestVersion() } } })}\n`;
    proxy.add({ when: isWatch, times: 1, fault: { kind: 'hang', body: bookmark } });
    await ready(cluster.store, [want]);
    await eventually('the watch is opened anew', () => watches().length === 2, 10_000);
    await follows('after');
    assert.equal(lists().length, 1);
  });

  it('16: after a sleep every connection is replaced and the data is consistent again', async () => {
    cluster.dispose();
    const clock = new SleepyClock();
    ({ cluster, log } = await openSession(bench, { server: proxy.url, clock }));
    await ready(cluster.store, [want]);
    await eventually('the watch is open', () => proxy.watching === 1);
    const [seen, before]: [KindStatus[], number] = [[], proxy.connections];
    cluster.store.onChange(() => seen.push(cluster.store.status(...of())));
    const woken = proxy.seen.length;
    clock.sleep(7_200_000);
    await eventually('the watch is opened anew', () => watches().length >= 2, 30_000);
    await follows('after');
    assert.equal(lists().length, 1);
    assert.ok(seen.some(one => one.kind === 'stale' && one.reason.includes('slept')), JSON.stringify(seen));
    const since = proxy.seen.slice(woken).filter(({ method }) => method === 'GET').length;
    assert.ok(since >= 2 && proxy.connections - before >= 2, `${proxy.connections - before} new connections for ${since} requests`);
    await eventually('none of the old ones is left', () => proxy.open <= proxy.connections - before);
  });

  it('17: a network that is gone is said to be gone, keeps the old data, and comes back by itself with one probe for all', async () => {
    await add('there');
    const others: Want[] = ['Service', 'Secret', 'ServiceAccount'].map(kind => ({ apiVersion: 'v1', kind, namespaces: [namespace] }));
    await ready(cluster.store, [want, ...others]);
    await eventually('all are watched', () => proxy.seen.filter(({ watch }) => watch).length === 4);
    const since = Date.now();
    proxy.add({ when: () => true, fault: { kind: 'cut', bytes: 0 } });
    proxy.resetAll();
    const seen = await statusBecomes(cluster.store, of(), 'offline');
    assert.ok(seen.kind === 'offline' && seen.since <= Date.now() && seen.since > since - 60_000);
    assert.match(seen.reason, /127\.0\.0\.1:\d+ closed the connection/);
    const live = read('there');
    assert.ok(live.kind === 'unknown' && live.status.kind === 'offline');
    assert.equal(cluster.store.list('v1', 'ConfigMap').some(({ object }) => textAt(object, 'metadata', 'name') === 'there'), true, 'the old data stays');
    await new Promise(done => setTimeout(done, 4_000));
    const probes = proxy.seen.filter(({ at, path }) => at > since + 2_500 && path !== '/version');
    assert.deepEqual(probes.map(({ path }) => path), [], 'only the probe knocks');
    proxy.clear();
    await statusBecomes(cluster.store, of(), 'ready', 15_000);
    await follows('after');
    assert.equal(log.lines.filter(line => line.startsWith('lost')).length, 1, 'said once');
  });

  it('17: nothing is current while the server does not answer, not even where a connection seems to live', async () => {
    await ready(cluster.store, [want, { apiVersion: 'v1', kind: 'Secret', namespaces: [namespace] }]);
    await eventually('both are watched', () => proxy.seen.filter(({ watch }) => watch).length === 2);
    const secrets = (): string => cluster.store.status('v1', 'Secret', namespace).kind;
    proxy.add({ when: () => true, fault: { kind: 'cut', bytes: 0 } });
    proxy.reset(isWatch);
    await statusBecomes(cluster.store, of(), 'offline');
    await eventually('what is watched on the other connection is not called current', () => secrets() === 'offline');
    assert.equal(proxy.watching, 1, 'its connection is open');
    proxy.clear();
    await statusBecomes(cluster.store, of(), 'ready', 15_000);
    await eventually('it is current again', () => secrets() === 'ready');
    assert.equal(proxy.seen.filter(({ path, watch }) => watch && path.includes('/secrets')).length, 1, 'by the watch that it had');
  });

  it('21: a login that is refused while a token file has a newer one is renewed once', async () => {
    const { writeFile, mkdtemp, rm } = await import('node:fs/promises');
    const folder = await mkdtemp(`${bench.folder}/token-`);
    await writeFile(`${folder}/token`, bench.token());
    const config = { clusters: [{ name: 'c', cluster: { server: proxy.url, 'certificate-authority-data': Buffer.from(bench.ca).toString('base64') } }], users: [{ name: 'u', user: { tokenFile: 'token' } }], contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }], 'current-context': 'x' };
    await writeFile(`${folder}/config`, JSON.stringify(config));
    const { cluster: other } = await openSession(bench, { more: { kubeconfig: [`${folder}/config`] } });
    await writeFile(`${folder}/token`, 'ended');
    const ref = { apiVersion: 'v1', kind: 'Namespace', namespace: undefined, name: 'default' };
    await other.get(ref);
    proxy.add({ when: ({ path }) => path.endsWith('/namespaces/default'), times: 1, fault: { kind: 'answer', status: 401, body: status(401, 'Unauthorized', 'Unauthorized') } });
    const failure = await failureOf(other.get(ref));
    assert.equal(failure.kind, 'unauthenticated', 'the file\'s new token was tried and refused as well');
    await writeFile(`${folder}/token`, bench.token());
    assert.ok(await other.get(ref));
    other.dispose();
    await rm(folder, { recursive: true });
  });

  it('a mistake of ours is logged and never taken for the network\'s; what it met is marked, and read anew', async () => {
    cluster.dispose();
    let mistaken = false;
    const random = (): number => {
      if (!mistaken) return 0;
      mistaken = false;
      throw new TypeError('a mistake');
    };
    ({ cluster, log } = await openSession(bench, { server: proxy.url, clock: fastClock(60), more: { random } }));
    await add('there');
    await ready(cluster.store, [want]);
    await eventually('it is watched', () => watches().length === 1);
    const seen: KindStatus[] = [];
    cluster.store.onChange(() => seen.push(cluster.store.status(...of())));
    await new Promise(done => setTimeout(done, 200));
    mistaken = true;
    proxy.resetAll();
    await eventually('it is marked', () => seen.some(one => one.kind === 'stale' && one.reason === 'reading it failed (TypeError)'));
    await follows('after');
    assert.deepEqual(log.lines.filter(line => line.startsWith(`reading configmaps of ${namespace} failed`)).length, 1);
    assert.equal(cluster.store.lost, undefined);
  });

  it('42: warnings of the server are handed over', async () => {
    const good = configMap(namespace, 'warned');
    proxy.add({ when: ({ method }) => method === 'PATCH', times: 1, fault: { kind: 'answer', status: 200, headers: { warning: '299 - "old \\"API\\"", 299 - "second"' }, body: JSON.stringify(good) } });
    const { warnings } = await cluster.patch({ ref: { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'warned' }, type: 'apply', body: good, fieldManager: 'm' });
    assert.deepEqual(warnings, ['old "API"', 'second']);
  });

  const refusals: readonly (readonly [string, number, string | undefined, dryRun: boolean, sent: number])[] = [
    ['a write that is refused with 429 is sent again after Retry-After: nothing was done', 429, '1', false, 2],
    ['a dry-run that is refused with 429 is sent again', 429, '1', true, 2],
    ['a dry-run that meets 503 is sent again: it changes nothing', 503, '1', true, 2],
    ['a write that meets 503 is not: it may have been done', 503, '1', false, 1],
    ['a write that meets 500 is not', 500, '1', false, 1],
    ['a write that is refused without a time is not', 429, undefined, false, 1],
    ['a write that is to wait longer than a person would is not', 429, '30', false, 1],
  ];
  for (const [name, code, after, dryRun, sent] of refusals) {
    it(name, async () => {
      const body = configMap(namespace, 'patient');
      const isPatch = ({ method }: Seen): boolean => method === 'PATCH';
      proxy.add({ when: isPatch, times: 1, fault: { kind: 'answer', status: code, ...(after !== undefined && { headers: { 'retry-after': after } }), body: status(code, 'TooManyRequests', 'not now') } });
      const patching = cluster.patch({ ref: { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'patient' }, type: 'apply', body, fieldManager: 'm', dryRun });
      if (sent === 1) assert.match((await failureOf(patching)).message, /not now/);
      else await patching;
      const patches = proxy.seen.filter(isPatch);
      assert.equal(patches.length, sent);
      assert.ok((patches[1]?.at ?? Infinity) - (patches[0]?.at ?? 0) >= 1_000);
      assert.equal((await bench.request('GET', `/api/v1/namespaces/${namespace}/configmaps/patient`)).status, sent === 2 && !dryRun ? 200 : 404);
    });
  }

  it('51: a write whose answer is lost is not sent again', async () => {
    proxy.add({ when: ({ method }) => method === 'PATCH', fault: { kind: 'cut', bytes: 0 } });
    const body = configMap(namespace, 'once');
    const failure = await failureOf(cluster.patch({ ref: { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'once' }, type: 'apply', body, fieldManager: 'm' }));
    assert.equal(failure.kind, 'offline');
    assert.equal(proxy.seen.filter(({ method }) => method === 'PATCH').length, 1);
  });

  it('tells of changes at most ten times a second, and of the last one too', async () => {
    await ready(cluster.store, [want]);
    await new Promise(done => setTimeout(done, 150));
    const told: number[] = [];
    const ids = new Set<string>();
    cluster.store.onChange(changed => {
      told.push(Date.now());
      if (changed !== 'all') for (const one of changed) ids.add(one);
    });
    await Promise.all(Array.from({ length: 100 }, (_, n) => add(`burst${n}`)));
    await eventually('all are told', () => ids.size === 100);
    assert.ok(ids.has(id('burst99')));
    for (const [n, at] of told.entries()) assert.ok(n === 0 || at - (told[n - 1] ?? 0) >= 95, `event ${n} came after ${at - (told[n - 1] ?? 0)} ms`);
  });

  it('never shows the token in an error, whatever fails', async () => {
    const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'a' };
    const echo = JSON.stringify({ authorization: bench.token() });
    for (const fault of [{ kind: 'answer', status: 400, body: echo }, { kind: 'answer', status: 500, body: echo }, { kind: 'answer', status: 200, body: `${echo} x` }, { kind: 'cut', bytes: 0 }] as const) {
      proxy.add({ when: ({ path }) => path.endsWith('/configmaps/a'), times: 2, fault });
      const failure = await failureOf(cluster.get(ref));
      assert.ok(!describeAll(failure).includes(bench.token()), describeAll(failure));
      proxy.clear();
    }
  });

  async function newestVersion(): Promise<string> {
    const { body } = await bench.request('GET', `/api/v1/namespaces/${namespace}/configmaps`);
    return textAt(body, 'metadata', 'resourceVersion') ?? '';
  }
});
