import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JsonObject } from '../../../src/core/base/json';
import type { Cluster } from '../../../src/core/cluster/api';
import { makeAuthority, type Authority } from '../../bench/certificates';
import { startConnectProxy } from '../../bench/connect-proxy';
import type { BenchCluster } from '../../bench/cluster';
import { sharedCluster } from '../../bench/hooks';
import { startProxy, type Fault, type FaultProxy } from '../../bench/proxy';
import { fastClock } from './clocks';
import { configText, describeAll, eventually, MemoryLog } from './open';
import { connectHere } from '../../bench/wire';

const base64 = (text: string): string => Buffer.from(text).toString('base64');

const lineWith = (text: string, secret: string): string | undefined => text.split('\n').find(line => line.includes(secret));

/** Everything that is written while it runs, by whomever: both streams, warnings, and what a log of any level is told. */
class Listener {
  readonly log = new MemoryLog();
  readonly #written: string[] = [];
  readonly #streams = [process.stdout, process.stderr] as const;
  readonly #writes = this.#streams.map(stream => stream.write.bind(stream));
  readonly #warn = (warning: Error): void => void this.#written.push(describeAll(warning));

  constructor() {
    for (const [at, stream] of this.#streams.entries())
      stream.write = ((chunk: string | Uint8Array) => {
        this.#written.push(typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8'));
        return this.#writes[at]?.(chunk) ?? true;
      });
    process.on('warning', this.#warn);
  }

  end(): string {
    for (const [at, stream] of this.#streams.entries()) stream.write = this.#writes[at] as typeof stream.write;
    process.off('warning', this.#warn);
    return [...this.#written, ...this.log.lines].join('\n');
  }
}

describe('logins leave no trace in any log, stream or error, whatever fails (threat 28)', function () {
  this.timeout(60_000);
  if (process.platform === 'win32') return;
  let bench: BenchCluster;
  let authority: Authority;
  let proxy: FaultProxy;
  let home: string;

  before(async () => {
    bench = await sharedCluster();
    authority = makeAuthority('canary');
  });
  beforeEach(async () => {
    proxy = await startProxy(bench);
    home = await mkdtemp(join(tmpdir(), 'plumbline-canary-'));
    await mkdir(join(home, '.kube'));
  });
  afterEach(async () => {
    await proxy.stop();
    await rm(home, { recursive: true });
  });

  const token = (): string => bench.token();
  /** A user entry, what goes with it, and what nobody may read anywhere. */
  const logins: readonly (readonly [string, () => Promise<{ readonly user: JsonObject; readonly secrets: readonly string[] }>])[] = [
    ['a token', () => Promise.resolve({ user: { token: token() }, secrets: [token()] })],
    ['a token file', async () => {
      await writeFile(join(home, '.kube', 'token'), token());
      return { user: { tokenFile: 'token' }, secrets: [token()] };
    }],
    ['a password', () => Promise.resolve({ user: { username: 'me', password: 'canary-password-5c' }, secrets: ['canary-password-5c', base64('me:canary-password-5c')] })],
    ['a client certificate', () => {
      const { cert, key } = authority.client('canary', 'g', Date.now() + 3_600_000);
      return Promise.resolve({ user: { token: token(), 'client-certificate-data': base64(cert), 'client-key-data': base64(key) }, secrets: [token(), ...linesOf(cert), ...linesOf(key), base64(key).slice(100, 160)] });
    }],
    ['a plugin that talks', async () => {
      const login = join(home, '.kube', 'login');
      await writeFile(login, `#!/bin/sh\necho canary-stderr-5c >&2\necho '${JSON.stringify({ kind: 'ExecCredential', apiVersion: 'client.authentication.k8s.io/v1', status: { token: token() } })}'\n`);
      await chmod(login, 0o755);
      return { user: { exec: { apiVersion: 'client.authentication.k8s.io/v1', command: './login', args: ['canary-argument-5c'], env: [{ name: 'SECRET', value: 'canary-variable-5c' }], interactiveMode: 'Never' } }, secrets: [token(), 'canary-stderr-5c', 'canary-argument-5c', 'canary-variable-5c'] };
    }],
    ['a plugin that fails', async () => {
      const login = join(home, '.kube', 'login');
      await writeFile(login, '#!/bin/sh\necho canary-stdout-5c\necho canary-stderr-5c >&2\nexit 1\n');
      await chmod(login, 0o755);
      return { user: { exec: { apiVersion: 'client.authentication.k8s.io/v1', command: './login', interactiveMode: 'Never' } }, secrets: ['canary-stdout-5c', 'canary-stderr-5c'] };
    }],
    ['an identity provider that gives no token', () => {
      const kept = { 'client-secret': 'canary-client-5c', 'refresh-token': 'canary-refresh-5c', 'id-token': `canary-id-5c.${base64('{"exp":1}')}.canary-signature-5c` };
      return Promise.resolve({ user: { 'auth-provider': { name: 'oidc', config: { 'idp-issuer-url': proxy.url, 'client-id': 'me', 'idp-certificate-authority-data': base64(bench.ca), ...kept } } }, secrets: ['canary-client-5c', 'canary-refresh-5c', 'canary-id-5c', 'canary-signature-5c'] });
    }],
    ['a token in a kubeconfig that is broken', () => Promise.resolve({ user: { token: 'canary-torn-5c', username: 'u' }, secrets: ['canary-torn-5c'] })],
  ];
  const linesOf = (pem: string): readonly string[] => pem.split('\n').filter(line => line.length > 40);

  for (const [name, make] of logins) {
    it(name, async () => {
      const { user, secrets } = await make();
      const file = join(home, '.kube', 'config');
      await writeFile(file, configText(proxy.url, bench.ca, user));
      const listener = new Listener();
      const errors: string[] = [];
      const note = (error: unknown): void => void errors.push(describeAll(error));
      let cluster: Cluster | undefined;
      try {
        cluster = await connectHere({ kubeconfig: [file], context: undefined, env: { HOME: home, PATH: process.env['PATH'] }, userAgent: 'plumbline-test', clock: fastClock(20), log: listener.log }, new AbortController().signal).catch((error: unknown) => {
          note(error);
          return undefined;
        });
        if (cluster) await failures(cluster, user, note);
      } finally {
        cluster?.dispose();
      }
      const said = [listener.end(), ...errors].join('\n');
      assert.ok(said.trim() !== '', 'something was said');
      for (const secret of secrets) for (const spelling of [secret, base64(secret).replace(/=+$/, ''), encodeURIComponent(secret)]) assert.equal(lineWith(said, spelling), undefined);
      assert.doesNotMatch(said, /authorization: ?(?:bearer|basic)|-----BEGIN/i);
    });
  }

  /** Everything that can go wrong with a request, the server's saying back what it was sent included. */
  async function failures(cluster: Cluster, user: JsonObject, note: (error: unknown) => void): Promise<void> {
    const echo = JSON.stringify({ headers: { authorization: `Bearer ${token()}` }, user });
    const faults: readonly Fault[] = [400, 401, 403, 404, 407, 409, 422, 429, 500, 503].map(status => ({ kind: 'answer', status, body: echo }));
    const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name: 'a' };
    for (const fault of [...faults, { kind: 'answer', status: 200, body: `${echo} x` }, { kind: 'answer', status: 200, headers: { 'content-type': 'text/html' }, body: echo }, { kind: 'cut', bytes: 0 }, { kind: 'half', bytes: 20 }] as const) {
      proxy.add({ when: ({ path }) => path.includes('/configmaps'), fault });
      await cluster.get(ref).catch(note);
      await cluster.patch({ ref, type: 'apply', body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } }, fieldManager: 'm', dryRun: true }).catch(note);
      proxy.clear();
    }
    const want = { apiVersion: 'v1', kind: 'ConfigMap', namespaces: ['default'] };
    cluster.store.want([want]);
    await eventually('it is watched', () => proxy.watching > 0);
    await proxy.cut();
    await eventually('it is lost', () => cluster.store.lost !== undefined);
    note(new Error(JSON.stringify([cluster.store.lost, cluster.store.status('v1', 'ConfigMap', 'default'), cluster.pin])));
    await proxy.mend();
  }

  it('a proxy\'s login', async () => {
    const way = await startConnectProxy(new URL(bench.server), 'me:canary-word-5c');
    const file = join(home, '.kube', 'config');
    const config = JSON.parse(configText('https://kubernetes.default.svc:6443', bench.ca, { token: token() })) as { clusters: [{ cluster: object }] };
    const listener = new Listener();
    const errors: string[] = [];
    for (const login of ['me:canary-word-5c', 'you:canary-guess-5c', 'you:canary%2Dguess-5c%']) {
      Object.assign(config.clusters[0].cluster, { 'proxy-url': `http://${login}@127.0.0.1:${way.port}` });
      await writeFile(file, JSON.stringify(config));
      await connectHere({ kubeconfig: [file], context: undefined, env: { HOME: home }, userAgent: 'plumbline-test', clock: fastClock(20), log: listener.log }, new AbortController().signal).then(
        cluster => cluster.dispose(),
        (error: unknown) => errors.push(describeAll(error)),
      );
    }
    await way.stop();
    const said = [listener.end(), ...errors].join('\n');
    assert.ok(errors.length >= 1);
    for (const secret of ['canary-word-5c', 'canary-guess-5c', 'canary%2Dguess', base64('me:canary-word-5c').slice(0, 16), base64('you:canary-guess-5c').slice(0, 16), token()]) assert.equal(lineWith(said, secret), undefined);
  });
});
