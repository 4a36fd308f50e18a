import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { textAt, type JsonObject } from '../../../src/core/base/json';
import type { Cluster, Want } from '../../../src/core/cluster/api';
import { breakableCluster, type BreakableCluster } from '../../bench/hooks';
import { startProxy } from '../../bench/proxy';
import { configMap, configText, eventually, failureOf, openSession, ready, statusBecomes } from './open';

const HOUR = 3_600_000;
const NAMESPACE = { apiVersion: 'v1', kind: 'Namespace', namespace: undefined, name: 'default' };
const base64 = (text: string): string => Buffer.from(text).toString('base64');

describe('logins that end, on a real API server (numbers: the list of faults)', function () {
  this.timeout(60_000);
  if (process.platform === 'win32') return;
  let bench: BreakableCluster;
  let home: string;
  let kube: string;
  let sessions: Cluster[];

  before(async () => {
    bench = await breakableCluster();
    await bench.apply({ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRoleBinding', metadata: { name: 'people' }, roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' }, subjects: [{ kind: 'Group', name: 'people', apiGroup: 'rbac.authorization.k8s.io' }] }, 'bench');
  });
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'plumbline-login-'));
    kube = join(home, '.kube');
    await mkdir(kube);
    sessions = [];
  });
  afterEach(async () => {
    for (const session of sessions) session.dispose();
    await rm(home, { recursive: true });
  });

  /** A session whose user entry is this; the kubeconfig stays and can be written anew. */
  async function open(user: JsonObject, server = bench.server): Promise<Cluster> {
    await writeFile(join(kube, 'config'), configText(server, bench.ca, user));
    const { cluster } = await openSession(bench, { more: { kubeconfig: [join(kube, 'config')], env: { HOME: home, PATH: process.env['PATH'] } } });
    sessions.push(cluster);
    return cluster;
  }
  const withCertificate = (ends: number, name = 'jane'): JsonObject => {
    const { cert, key } = bench.authority.client(name, 'people', ends);
    return { 'client-certificate-data': base64(cert), 'client-key-data': base64(key) };
  };
  /** A plugin that prints the file `credential` and counts its runs. */
  async function plugin(status: JsonObject): Promise<JsonObject> {
    const program = join(kube, 'login');
    await writeFile(program, `#!/bin/sh\nprintf x >> '${home}/runs'\ncat '${home}/credential'\n`);
    await chmod(program, 0o755);
    await gives(status);
    return { exec: { apiVersion: 'client.authentication.k8s.io/v1', command: './login', interactiveMode: 'Never' } };
  }
  const gives = (status: JsonObject): Promise<void> => writeFile(join(home, 'credential'), JSON.stringify({ kind: 'ExecCredential', apiVersion: 'client.authentication.k8s.io/v1', status }));
  const runs = async (): Promise<number> => (await readFile(join(home, 'runs'), 'utf8')).length;
  /** Creates a service account with all rights; gives a token of it that the server refuses once the account is gone. */
  async function account(name: string): Promise<string> {
    await bench.request('POST', '/api/v1/namespaces/default/serviceaccounts', { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name } });
    const rbac = 'rbac.authorization.k8s.io';
    await bench.apply({ apiVersion: `${rbac}/v1`, kind: 'ClusterRoleBinding', metadata: { name }, roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: 'cluster-admin' }, subjects: [{ kind: 'ServiceAccount', name, namespace: 'default' }] }, 'bench');
    const { body } = await bench.request('POST', `/api/v1/namespaces/default/serviceaccounts/${name}/token`, { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} });
    return textAt(body, 'status', 'token') ?? '';
  }
  async function revoke(name: string, token: string): Promise<void> {
    await bench.request('DELETE', `/api/v1/namespaces/default/serviceaccounts/${name}`);
    // The server believes a token that it has just seen for ten seconds.
    await eventually('the token is refused', async () => (await whoIs(token)) === 401, 30_000);
  }
  async function whoIs(token: string): Promise<number> {
    const { Agent, fetch } = await import('undici');
    const dispatcher = new Agent({ connect: { ca: bench.ca } });
    const { status } = await fetch(`${bench.server}/api/v1/namespaces/default`, { headers: { authorization: `Bearer ${token}` }, dispatcher });
    await dispatcher.close();
    return status;
  }

  it('20: an ended client certificate is named with its end, and renewed from disk', async () => {
    const failure = await failureOf(open(withCertificate(Date.parse('2026-01-02T03:04:05Z'))));
    assert.deepEqual([failure.kind, failure.message], ['unauthenticated', 'the client certificate of this context ended on 2026-01-02 03:04 UTC; get a new one']);
    const write = async (ends: number): Promise<void> => {
      const { cert, key } = bench.authority.client('jane', 'people', ends);
      await Promise.all([writeFile(join(kube, 'c.crt'), cert), writeFile(join(kube, 'c.key'), key)]);
    };
    // Long enough to connect with on a busy machine.
    await write(Date.now() + 15_000);
    const cluster = await open({ 'client-certificate': 'c.crt', 'client-key': 'c.key' });
    assert.ok(await cluster.get(NAMESPACE));
    await eventually('it has ended', () => cluster.get(NAMESPACE).then(() => false, () => true), 60_000);
    assert.match((await failureOf(cluster.get(NAMESPACE))).message, /^the client certificate of this context ended on .* UTC; get a new one$/);
    await write(Date.now() + HOUR);
    assert.ok(await cluster.get(NAMESPACE));
  });

  it('20: a watch whose login has ended is not tried again and again', async () => {
    const proxy = await startProxy(bench);
    const cluster = await open({ token: bench.token(), ...withCertificate(Date.now() - HOUR) }, proxy.url);
    const want: Want = { apiVersion: 'v1', kind: 'ConfigMap', namespaces: undefined };
    await ready(cluster.store, [want]);
    await eventually('it is watched', () => proxy.watching === 1);
    proxy.add({ when: () => true, fault: { kind: 'answer', status: 401, body: '{"kind":"Status","status":"Failure","message":"Unauthorized","code":401}' } });
    const before = proxy.seen.length;
    proxy.resetAll();
    const status = await statusBecomes(cluster.store, ['v1', 'ConfigMap', undefined], 'stale');
    assert.match(status.kind === 'stale' ? status.reason : '', /client certificate of this context ended on/);
    await new Promise(done => setTimeout(done, 3_000));
    assert.ok(proxy.seen.length - before <= 3, `${proxy.seen.length - before} requests in 3 s`);
    cluster.dispose();
    await proxy.stop();
  });

  it('21: a token that is revoked in the middle of a scan is renewed once for everybody, and the scan goes on', async () => {
    const [first, second] = [await account('first'), await account('second')];
    const cluster = await open(await plugin({ token: first }));
    const wants: Want[] = ['ConfigMap', 'Secret', 'Service', 'ServiceAccount'].map(kind => ({ apiVersion: 'v1', kind, namespaces: undefined }));
    await ready(cluster.store, wants);
    assert.equal(await runs(), 1);
    await gives({ token: second });
    await revoke('first', first);
    const answers = await Promise.all(Array.from({ length: 100 }, () => cluster.get(NAMESPACE)));
    assert.ok(answers.every(answer => textAt(answer, 'metadata', 'name') === 'default'));
    assert.equal(await runs(), 2, 'one login for a hundred refusals');
    await ready(cluster.store, [{ apiVersion: 'apps/v1', kind: 'Deployment', namespaces: undefined }]);
  });

  it('21: a token that was replaced in the kubeconfig is taken from there; another user or server is not', async () => {
    const second = await account('third');
    const proxy = await startProxy(bench);
    const cluster = await open({ token: bench.token() }, proxy.url);
    proxy.add({ when: ({ headers }) => headers['authorization'] === `Bearer ${bench.token()}`, fault: { kind: 'answer', status: 401, body: '{"kind":"Status","status":"Failure","message":"Unauthorized","code":401}' } });
    const config = (user: JsonObject, server = proxy.url): Promise<void> => writeFile(join(kube, 'config'), configText(server, bench.ca, user));
    await config({ token: second, as: 'somebody' });
    assert.equal((await failureOf(cluster.get(NAMESPACE))).kind, 'unauthenticated', 'with other rights');
    await config({ token: second }, 'https://127.0.0.1:9');
    assert.equal((await failureOf(cluster.get(NAMESPACE))).kind, 'unauthenticated', 'another server');
    await writeFile(join(kube, 'config'), 'contexts: [');
    assert.equal((await failureOf(cluster.get(NAMESPACE))).kind, 'unauthenticated', 'torn');
    await config({ token: second });
    assert.ok(await cluster.get(NAMESPACE));
    cluster.dispose();
    await proxy.stop();
  });

  it('24: a kubeconfig that is torn, empty, gone or replaced changes nothing in an open session, and opens no other', async () => {
    const file = join(kube, 'config');
    const cluster = await open({ token: bench.token() });
    const good = await readFile(file, 'utf8');
    const broken: readonly (readonly [string, () => Promise<unknown>, RegExp])[] = [
      ['torn', () => writeFile(file, good.slice(0, good.length / 2)), /is not valid YAML/],
      ['empty', () => writeFile(file, ''), /has no current context/],
      ['gone', () => rm(file), /has no current context/],
      ['a link to nothing', () => symlink(join(home, 'nowhere'), file), /has no current context/],
    ];
    for (const [name, act, words] of broken) {
      await act();
      assert.ok(await cluster.get(NAMESPACE), name);
      const failure = await failureOf(openSession(bench, { more: { kubeconfig: [file], env: { HOME: home } } }));
      assert.deepEqual([failure.kind, words.test(failure.message)], ['invalid', true], `${name}: ${failure.message}`);
    }
    await writeFile(join(home, 'nowhere'), good);
    const { cluster: linked } = await openSession(bench, { more: { kubeconfig: [file], env: { HOME: home } } });
    sessions.push(linked);
    assert.equal(linked.pin.identity, cluster.pin.identity);
  });

  it('23: a plugin that gives a new client certificate: new connections use it; what is open on the old one goes on to its end, and then nothing is left of it', async () => {
    const rbac = 'rbac.authorization.k8s.io';
    for (const name of ['first-name', 'second-name']) {
      await bench.apply({ apiVersion: `${rbac}/v1`, kind: 'ClusterRole', metadata: { name }, rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['list', 'watch'] }] }, 'bench');
      await bench.apply({ apiVersion: `${rbac}/v1`, kind: 'ClusterRoleBinding', metadata: { name }, roleRef: { apiGroup: rbac, kind: 'ClusterRole', name }, subjects: [{ kind: 'User', name, apiGroup: rbac }] }, 'bench');
    }
    const certificate = (name: string, ends: number): JsonObject => {
      const { cert, key } = bench.authority.client(name, 'without-rights', ends);
      return { clientCertificateData: cert, clientKeyData: key, expirationTimestamp: new Date(ends).toISOString() };
    };
    const relay = await startRelay(bench.server);
    const cluster = await open(await plugin(certificate('first-name', Date.now() + 36_000)), relay.url);
    const who = async (): Promise<string | undefined> => /User "([^"]+)"/.exec((await failureOf(cluster.get(NAMESPACE))).message)?.[1];
    const namespace = await bench.namespace('drained');
    await ready(cluster.store, [{ apiVersion: 'v1', kind: 'ConfigMap', namespaces: [namespace] }]);
    assert.deepEqual([await who(), await runs()], ['first-name', 1]);
    const sees = async (name: string): Promise<void> => {
      await bench.request('POST', `/api/v1/namespaces/${namespace}/configmaps`, configMap(namespace, name));
      await eventually(`${name} is seen`, () => cluster.store.read({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name }).kind === 'present');
    };
    await sees('before');
    const old = [...relay.open];
    await gives(certificate('second-name', Date.now() + HOUR));
    await eventually('the server meets the new certificate before the old one ends', async () => (await who()) === 'second-name', 20_000);
    assert.equal(await runs(), 2);
    const left = (): number => old.filter(socket => relay.open.has(socket)).length;
    await eventually('of the old connections only that of the watch is left', () => left() === 1);
    await sees('meanwhile');
    assert.equal(left(), 1, 'the watch went on where it was');
    for (const socket of old) socket.destroy();
    await sees('after');
    assert.equal(left(), 0);
    cluster.dispose();
    await eventually('nothing is left', () => relay.open.size === 0);
    await relay.stop();
  });
});

/** Hands on connections as they are, TLS and all. */
async function startRelay(server: string): Promise<{ readonly url: string; readonly open: ReadonlySet<Socket>; stop(): Promise<void> }> {
  const { hostname, port } = new URL(server);
  const open = new Set<Socket>();
  const relay = createServer(client => {
    const upstream = connect({ host: hostname, port: Number(port) });
    open.add(client);
    for (const [one, other] of [[client, upstream], [upstream, client]] as const) {
      one.pipe(other);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        open.delete(one);
        other.destroy();
      });
    }
  });
  await new Promise<void>(done => relay.listen(0, '127.0.0.1', done));
  return { url: `https://127.0.0.1:${(relay.address() as AddressInfo).port}`, open, stop: () => new Promise(done => void relay.close(() => done())) };
}
