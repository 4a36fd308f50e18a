import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { promisify } from 'node:util';
import { textAt } from '../../../src/core/base/json';
import type { Cluster, Want } from '../../../src/core/cluster/api';
import type { BenchCluster } from '../../bench/cluster';
import { startConnectProxy, startSocksProxy, type ConnectProxy } from '../../bench/connect-proxy';
import { sharedCluster } from '../../bench/hooks';
import { program } from '../../bench/programs';
import { startProxy, type Fault, type FaultProxy, type Seen } from '../../bench/proxy';
import { heapAfterCollection } from '../../fake/collect';
import { fastClock, skewedClock } from './clocks';
import { configMap, configText, eventually, failureOf, openSession, ready } from './open';

const run = promisify(execFile);
/** Of changes to 500 objects. An even number. */
const ROUNDS = 6;

const isList = ({ path, watch, method }: Seen): boolean => method === 'GET' && !watch && path.includes('/configmaps');
const isWatch = ({ path, watch }: Seen): boolean => watch && path.includes('/configmaps');

describe('networks, proxies and machines that fail (numbers: the list of faults)', function () {
  this.timeout(60_000);
  let bench: BenchCluster;
  let folder: string;
  let proxy: FaultProxy;
  let namespace: string;
  let want: Want;
  let sessions: Cluster[];

  before(async () => {
    bench = await sharedCluster();
    folder = await mkdtemp(join(tmpdir(), 'plumbline-network-'));
  });
  beforeEach(async () => {
    proxy = await startProxy(bench);
    namespace = await bench.namespace('network');
    want = { apiVersion: 'v1', kind: 'ConfigMap', namespaces: [namespace] };
    sessions = [];
  });
  afterEach(async () => {
    for (const session of sessions) session.dispose();
    await proxy.stop();
  });
  after(() => rm(folder, { recursive: true }));

  const of = (): [string, string, string] => ['v1', 'ConfigMap', namespace];
  const add = (name: string): Promise<unknown> => bench.request('POST', `/api/v1/namespaces/${namespace}/configmaps`, configMap(namespace, name));
  const read = ({ store }: Cluster, name: string): ReturnType<Cluster['store']['read']> => store.read({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name });
  async function open(options: Parameters<typeof openSession>[1]): ReturnType<typeof openSession> {
    const opened = await openSession(bench, options);
    sessions.push(opened.cluster);
    return opened;
  }
  /** A session by a kubeconfig of this server address, under these variables. */
  async function openBy(server: string, env: Record<string, string>, more: object = {}): Promise<Cluster> {
    const file = join(folder, 'config');
    const config = JSON.parse(configText(server, bench.ca, { token: bench.token() })) as { clusters: [{ cluster: object }] };
    Object.assign(config.clusters[0].cluster, more);
    await writeFile(file, JSON.stringify(config));
    return (await open({ more: { kubeconfig: [file], env } })).cluster;
  }

  describe('6: a list of 50,000 objects', () => {
    let sent = 0;
    function* body(): Iterable<string> {
      sent = 0;
      yield `{"kind":"ConfigMapList","apiVersion":"v1","metadata":{"resourceVersion":"5"},"items":[`;
      for (; sent < 50_000; sent++) yield `${sent === 0 ? '' : ','}${JSON.stringify({ metadata: { name: `n${sent}`, namespace, uid: String(sent), resourceVersion: '1' }, data: { text: 'x'.repeat(4_500) } })}`;
      yield ']}';
    }
    const answerOnce = (): void => proxy.add({ when: isList, times: 1, fault: { kind: 'answer', status: 200, body: body() } });

    it('6: it can be stopped in the middle, and a part of it is never taken for the whole', async () => {
      const { cluster } = await open({ server: proxy.url });
      answerOnce();
      cluster.store.want([want]);
      await eventually('it has begun', () => sent > 5_000);
      assert.deepEqual([cluster.store.status(...of()).kind, read(cluster, 'n0').kind, read(cluster, 'other').kind], ['loading', 'unknown', 'unknown']);
      cluster.dispose();
      await eventually('the connection is closed', () => proxy.open === 0);
      assert.ok(sent < 50_000, 'the rest was never asked for');
    });

    it('6: it is read in slices: others get their turn all the time, and in the end all of it is there', async () => {
      const { cluster } = await open({ server: proxy.url });
      answerOnce();
      const stalls = monitorEventLoopDelay({ resolution: 5 });
      stalls.enable();
      let turns = 0;
      let loading = true;
      const turn = (): void => {
        turns++;
        if (loading) setImmediate(turn);
      };
      turn();
      cluster.store.want([want]);
      await eventually('it is read', () => cluster.store.status(...of()).kind === 'ready', 50_000);
      loading = false;
      stalls.disable();
      console.log(`      longest stall while it is sent and read in one process: ${(stalls.max / 1e6).toFixed(0)} ms (limit 50 ms)`);
      assert.ok(turns > 1_000, `${turns} turns`);
      assert.equal(cluster.store.list('v1', 'ConfigMap').length, 50_000);
      assert.equal(read(cluster, 'n49999').kind, 'present');
    });
  });

  it('18: a name that cannot be resolved is said to be one', async () => {
    const failure = await failureOf(openBy('https://no-such-name.invalid:6443', {}));
    assert.equal(failure.kind, 'offline');
    assert.match(failure.message, /^no-such-name\.invalid:6443 is a name that cannot be resolved/);
  });

  it('37: 500 objects that change all the time: the last state is shown, told at most ten times a second while it goes on, and memory stays flat', async () => {
    const { cluster } = await open({});
    await ready(cluster.store, [want]);
    const names = Array.from({ length: 500 }, (_, n) => `busy${n}`);
    /** Every object once more, by 50 writers at a time. */
    async function round(write: (name: string) => Promise<unknown>): Promise<void> {
      const left = [...names];
      await Promise.all(Array.from({ length: 50 }, async () => {
        for (let name = left.pop(); name !== undefined; name = left.pop()) await write(name);
      }));
    }
    await round(add);
    const told: number[] = [];
    let fresh = 0;
    const last = (name: string): number => {
      const live = read(cluster, name);
      return live.kind === 'present' ? Number(textAt(live.object, 'data', 'n') ?? 0) : -1;
    };
    cluster.store.onChange(() => {
      told.push(Date.now());
      if (last('busy0') > 0) fresh++;
    });
    const began = Date.now();
    const heap: number[] = [];
    for (let n = 1; n <= ROUNDS; n++) {
      await round(name => bench.request('PATCH', `/api/v1/namespaces/${namespace}/configmaps/${name}`, { data: { n: String(n), text: 'x'.repeat(500) } }, { type: 'application/merge-patch+json' }));
      if (n === ROUNDS / 2 || n === ROUNDS) heap.push(await heapAfterCollection());
    }
    const took = Date.now() - began;
    await eventually('the last change of each is here', () => names.every(name => last(name) === ROUNDS), 30_000);
    const [middle = 0, end = 0] = heap;
    console.log(`      ${((names.length * ROUNDS * 1000) / took).toFixed(0)} changes a second for ${(took / 1000).toFixed(1)} s, told ${told.length} times; heap ${((end - middle) / 1e6).toFixed(1)} MB more at the end than in the middle`);
    assert.ok(told.length <= (Date.now() - began) / 95 + 2, `${told.length} times in ${Date.now() - began} ms`);
    assert.ok(fresh > 3, 'it is told while it goes on, not only when it is over');
    assert.ok(end - middle < 8e6, `${end - middle} bytes more`);
    for (const name of names) {
      const live = read(cluster, name);
      assert.ok(live.kind === 'present' && live.seen.length <= 20);
    }
  });

  for (const hours of [1, -1]) {
    it(`38: a clock that is ${Math.abs(hours)} h ${hours > 0 ? 'ahead' : 'behind'}: times of changes are the server's`, async () => {
      const { cluster } = await open({ clock: skewedClock(hours * 3_600_000) });
      await ready(cluster.store, [want]);
      await add('timed');
      await eventually('it is seen', () => read(cluster, 'timed').kind === 'present');
      const live = read(cluster, 'timed');
      assert.ok(live.kind === 'present');
      const { headers } = await bench.request('GET', '/version');
      const server = Date.parse(String(headers['date']));
      assert.ok(Math.abs((live.seen.at(-1)?.at ?? 0) - server) < 10_000, `${(live.seen.at(-1)?.at ?? 0) - server} ms apart`);
    });
  }

  describe('43: proxies on the way', () => {
    const started: ConnectProxy[] = [];
    const through = async (proxying: Promise<ConnectProxy>): Promise<ConnectProxy> => {
      const it = await proxying;
      started.push(it);
      return it;
    };
    afterEach(async () => {
      for (const one of started.splice(0)) await one.stop();
    });
    /** In the certificate of the bench, and in no name server. */
    const NAME = 'kubernetes.default.svc';
    const target = (): URL => new URL(bench.server);
    const works = async (cluster: Cluster): Promise<void> => {
      await ready(cluster.store, [want]);
      await add('by-proxy');
      await eventually('watches go through as well', () => read(cluster, 'by-proxy').kind === 'present');
    };

    it('43: HTTPS_PROXY is used as kubectl uses it, NO_PROXY as well', async () => {
      const way = await through(startConnectProxy(target()));
      const env = { HTTPS_PROXY: `http://127.0.0.1:${way.port}` };
      await works(await openBy(`https://${NAME}:6443`, env));
      const ours = new Set(way.asked);
      assert.deepEqual([...ours], [`${NAME}:6443`]);
      await run(await program('kubectl'), [`--kubeconfig=${join(folder, 'config')}`, 'get', '--raw', '/version'], { env: { ...env, PATH: process.env['PATH'], HOME: folder } });
      assert.deepEqual(new Set(way.asked), ours);
      const failure = await failureOf(openBy(`https://${NAME}:6443`, { ...env, NO_PROXY: 'default.svc' }));
      assert.match(failure.message, /cannot be resolved/);
    });

    it('large answers come compressed, except from this machine', async () => {
      const text = 'what compresses well '.repeat(200);
      await Promise.all(Array.from({ length: 100 }, (_, n) => bench.request('POST', `/api/v1/namespaces/${namespace}/configmaps`, configMap(namespace, `large${n}`, { text }))));
      const textIn = (cluster: Cluster): (string | undefined)[] => cluster.store.list('v1', 'ConfigMap').map(({ object }) => textAt(object, 'data', 'text')).filter(found => found !== undefined);
      const way = await through(startConnectProxy(target()));
      const far = await openBy(`https://${NAME}:6443`, { HTTPS_PROXY: `http://127.0.0.1:${way.port}` });
      const [came, before] = [way.bytes, far.traffic.bytes];
      await ready(far.store, [want]);
      assert.deepEqual(textIn(far), Array.from({ length: 100 }, () => text));
      const [packed, unpacked] = [way.bytes - came, far.traffic.bytes - before];
      assert.ok(unpacked > 400_000 && packed * 4 < unpacked, `${packed} bytes for ${unpacked}`);
      const { cluster: near } = await open({ server: proxy.url });
      await ready(near.store, [want]);
      assert.deepEqual(textIn(near), textIn(far));
      assert.deepEqual([...new Set(proxy.seen.map(({ headers }) => headers['accept-encoding']))], [undefined]);
    });

    it('43: proxy-url of the kubeconfig, with a login, for a server on this machine as well', async () => {
      const way = await through(startConnectProxy(target(), 'me:secret-word'));
      await works(await openBy(bench.server, {}, { 'proxy-url': `http://me:secret-word@127.0.0.1:${way.port}` }));
      assert.ok(way.asked.length > 0);
    });

    it('43: a proxy that wants a login says 407, in clear words and without the login that was tried', async () => {
      const way = await through(startConnectProxy(target(), 'me:secret-word'));
      for (const login of ['', 'you:guessed-word@']) {
        const failure = await failureOf(openBy(`https://${NAME}:6443`, { HTTPS_PROXY: `http://${login}127.0.0.1:${way.port}` }));
        assert.deepEqual([failure.kind, failure.message], ['offline', `the proxy on the way to ${NAME}:6443 wants a login (407)`]);
      }
    });

    it('43: SOCKS 5, which resolves names itself', async () => {
      const way = await through(startSocksProxy(target()));
      const cluster = await openBy(`https://${NAME}:6443`, {}, { 'proxy-url': `socks5://127.0.0.1:${way.port}` });
      await works(cluster);
      assert.deepEqual([...new Set(way.asked)], [`${NAME}:6443`]);
      await Promise.all(Array.from({ length: 200 }, () => cluster.get({ apiVersion: 'v1', kind: 'Namespace', namespace: undefined, name: 'default' })));
      assert.ok(way.asked.length <= 9, `${way.asked.length} connections, one of them for the watch`);
    });
  });

  const holding: readonly (readonly [string, Fault])[] = [
    ['collects what a watch says until it ends', { kind: 'collect' }],
    ['answers no watch at all', { kind: 'after', happens: () => new Promise(() => undefined) }],
  ];
  for (const [what, fault] of holding) {
    it(`44: behind a proxy that ${what}, collections are read every half minute, and that is said once`, async () => {
      proxy.add({ when: ({ watch }) => watch, fault });
      const { cluster, log } = await open({ server: proxy.url, clock: fastClock(40) });
      const services: Want = { apiVersion: 'v1', kind: 'Service', namespaces: [namespace] };
      await ready(cluster.store, [want, services]);
      await add('unheard');
      await eventually('it is read all the same', () => read(cluster, 'unheard').kind === 'present', 30_000);
      assert.equal(cluster.store.status(...of()).kind, 'ready');
      await add('second');
      await eventually('and the next one', () => read(cluster, 'second').kind === 'present');
      assert.equal(log.lines.filter(line => line.includes('do not get through')).length, 1);
    });
  }

  it('45: with 256 files at most: a thousand reads keep to a few connections; where none is left that is said, and it recovers', async function () {
    if (process.platform === 'win32') return;
    const command = `ulimit -n 256; exec "$0" --import tsx "$@"`;
    const { stdout } = await run('/bin/sh', ['-c', command, process.execPath, join(__dirname, 'few-files.ts'), bench.kubeconfig(), namespace]);
    const lines = stdout.trim().split('\n');
    assert.deepEqual(lines[0], 'ready');
    const connections = Number(/^(\d+) connections$/.exec(lines[1] ?? '')?.[1] ?? NaN);
    assert.ok(connections > 0 && connections <= 32, lines[1]);
    assert.match(lines[2] ?? '', /^offline: 127\.0\.0\.1:\d+ cannot be reached: too many open files$/);
    assert.equal(lines[3], 'ready');
  });

  it('55: fifty open watches are closed by dispose, and nothing is left', async () => {
    const { cluster } = await open({ server: proxy.url });
    await ready(cluster.store, [{ ...want, namespaces: Array.from({ length: 50 }, (_, n) => `${namespace}-${n}`) }]);
    await eventually('all are watched', () => proxy.watching === 50);
    assert.ok(proxy.connections <= 58, `${proxy.connections} connections`);
    cluster.dispose();
    await eventually('every connection is closed', () => proxy.open === 0);
    assert.equal(proxy.watching, 0);
    assert.ok(proxy.seen.filter(isWatch).length === 50, 'none was opened twice');
  });
});
