import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TLSSocket } from 'node:tls';
import { promisify } from 'node:util';
import { systemClock } from '../../../src/core/base/clock';
import { at, fromEntries, withMember, type Json, type JsonObject } from '../../../src/core/base/json';
import { parseJson } from '../../../src/core/base/json-text';
import { readKubeconfig, targetOf } from '../../../src/core/cluster/kubeconfig';
import { credentialsFor } from '../../../src/core/cluster/login';
import { Rest } from '../../../src/core/cluster/rest';
import { Transport } from '../../../src/core/cluster/transport';
import { Wire } from '../../../src/core/cluster/wire';
import { wireThread } from '../../bench/wire';
import { makeAuthority, type Authority } from '../../bench/certificates';
import type { BenchCluster } from '../../bench/cluster';
import { sharedCluster } from '../../bench/hooks';
import { program } from '../../bench/programs';
import { configText, failureOf } from './open';

const run = promisify(execFile);

/** What a server sees of who asks. */
interface Asked {
  readonly by: string;
  readonly headers: JsonObject;
  readonly certificate: unknown;
  readonly serverName: unknown;
}

describe('who we say we are, held against what the real kubectl sends by the same kubeconfig', function () {
  this.timeout(60_000);
  if (process.platform === 'win32') return;
  let bench: BenchCluster;
  let kubectl: string;
  let server: Server;
  let url: string;
  let authority: Authority;
  let home: string;
  let kube: string;
  let asked: Asked[];

  before(async () => {
    bench = await sharedCluster();
    kubectl = await program('kubectl');
    authority = makeAuthority('people');
    const [cert, key] = await Promise.all(['crt', 'key'].map(end => readFile(join(bench.folder, 'certs', `apiserver.${end}`))));
    server = createServer({ cert, key, requestCert: true, rejectUnauthorized: false }, (request, answer) => {
      const { socket } = request;
      assert.ok(socket instanceof TLSSocket);
      const names = Object.keys(request.headersDistinct).filter(name => name === 'authorization' || name.startsWith('impersonate-')).sort();
      // Nothing in it where none was shown.
      const { subject } = socket.getPeerCertificate() as { readonly subject?: { readonly CN?: unknown } };
      asked.push({
        by: request.headers['user-agent'] ?? '',
        headers: fromEntries(names.map(name => [name, request.headersDistinct[name] ?? []])),
        certificate: subject?.CN,
        serverName: 'servername' in socket ? socket.servername : undefined,
      });
      answer.writeHead(200, { 'content-type': 'application/json' });
      answer.end('{"gitVersion":"v1.0.0"}');
    });
    await new Promise<void>(done => server.listen(0, '127.0.0.1', done));
    url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'plumbline-who-'));
    kube = join(home, '.kube');
    await mkdir(join(kube, 'bin'), { recursive: true });
    asked = [];
  });
  afterEach(() => rm(home, { recursive: true }));
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  /** A program that keeps what it was told and prints this credential. */
  async function plugin(name: string, status: Json): Promise<void> {
    const credential = JSON.stringify({ kind: 'ExecCredential', apiVersion: 'client.authentication.k8s.io/v1', status });
    await writeFile(join(kube, 'bin', name), `#!/bin/sh\nprintf '%s|' "$@" >> '${home}/arguments'; printf '\\n' >> '${home}/arguments'\nprintf '%s\\n' "$KUBERNETES_EXEC_INFO" >> '${home}/info'\necho "$PROFILE" >> '${home}/profile'\ncat '${home}/${name}.json'\n`);
    await writeFile(join(home, `${name}.json`), credential);
    await chmod(join(kube, 'bin', name), 0o755);
  }
  const env = (): Record<string, string> => ({ HOME: home, PATH: `${join(kube, 'bin')}:${process.env['PATH'] ?? ''}`, PROFILE: 'outer' });
  const exec = (command: string, more: JsonObject = {}): JsonObject => ({ exec: fromEntries(Object.entries({ apiVersion: 'client.authentication.k8s.io/v1', command, interactiveMode: 'Never', ...more })) });

  async function kubectlAsks(): Promise<void> {
    await run(kubectl, ['get', '--raw', '/version'], { cwd: home, env: env() });
  }
  async function weAsk(): Promise<void> {
    const target = targetOf(await readKubeconfig([join(kube, 'config')]), undefined);
    const thread = await wireThread();
    const transport = new Transport(target.cluster, env(), new Wire(thread));
    try {
      await new Rest(transport, credentialsFor(target, { clock: systemClock, env: env(), home, ends: new AbortController().signal, wire: () => new Wire(thread) }), { impersonate: target.user.impersonate, userAgent: 'plumbline-test', clock: systemClock }).json({ path: '/version', what: 'the version' });
    } finally {
      transport.dispose();
    }
  }

  const rows: readonly (readonly [string, () => JsonObject | Promise<JsonObject>, object?])[] = [
    ['a token', () => ({ token: 'inline' })],
    ['a token file', () => ({ tokenFile: 'token' })],
    ['a token file beside a token', () => ({ tokenFile: 'token', token: 'inline' })],
    ['user name and password', () => ({ username: 'me', password: 'pässword:x' })],
    ['nobody, with another server name', () => ({ token: 't' }), { 'tls-server-name': 'kubernetes.default.svc' }],
    ['impersonation of a user', () => ({ token: 't', as: 'jane' })],
    ['impersonation with groups, a uid and extra values', () => ({ token: 't', as: 'jane', 'as-uid': '7', 'as-groups': ['one', 'two, three'], 'as-user-extra': { scope: ['a', 'b'], 'example.org/Reason': ['x'], 'per%cent': ['y'] } })],
    ['a client certificate in files', async () => (await certificate('by-file'), { 'client-certificate': 'c.crt', 'client-key': 'c.key' })],
    ['a client certificate beside a token', async () => (await certificate('and-token'), { 'client-certificate': 'c.crt', 'client-key': 'c.key', token: 't' })],
    ['a client certificate as data', () => inline('by-data')],
    ['a program by its path', async () => (await plugin('login', { token: 'by-plugin' }), exec('./bin/login', { args: ['get', '', 'two words'] }))],
    ['a program by its name, with a variable of its own and what it is to know of the cluster', async () => (await plugin('on-path', { token: 'by-plugin' }), exec('on-path', { env: [{ name: 'PROFILE', value: 'inner' }], provideClusterInfo: true })), { extensions: [{ name: 'client.authentication.k8s.io/exec', extension: { audience: 'q', list: [1, true, null] } }] }],
    ['a program that gives a client certificate', async () => (await plugin('login', pair('by-plugin')), exec('./bin/login', { provideClusterInfo: true })), { 'tls-server-name': 'kubernetes.default.svc' }],
    ['a program beside a token', async () => (await plugin('login', { token: 'by-plugin' }), { ...exec('./bin/login'), token: 'inline' })],
    ['a program and impersonation', async () => (await plugin('login', { token: 'by-plugin' }), { ...exec('./bin/login'), as: 'jane', 'as-groups': ['g'] })],
  ];
  async function certificate(name: string): Promise<void> {
    const { cert, key } = authority.client(name, 'g', Date.now() + 3_600_000);
    await Promise.all([writeFile(join(kube, 'c.crt'), cert), writeFile(join(kube, 'c.key'), key)]);
  }
  function inline(name: string): JsonObject {
    const { cert, key } = authority.client(name, 'g', Date.now() + 3_600_000);
    const data = (text: string): string => Buffer.from(text).toString('base64');
    return { 'client-certificate-data': data(cert), 'client-key-data': data(key) };
  }
  function pair(name: string): JsonObject {
    const { cert, key } = authority.client(name, 'g', Date.now() + 3_600_000);
    return { clientCertificateData: cert, clientKeyData: key };
  }

  for (const [name, user, cluster] of rows) {
    it(name, async () => {
      await writeFile(join(kube, 'token'), 'in-file\n');
      const config = JSON.parse(configText(url, bench.ca, await user())) as { clusters: [{ cluster: object }] };
      Object.assign(config.clusters[0].cluster, cluster);
      await writeFile(join(kube, 'config'), JSON.stringify(config));
      await kubectlAsks();
      await weAsk();
      const [theirs, ours] = [asked.filter(({ by }) => by.startsWith('kubectl')), asked.filter(({ by }) => by === 'plumbline-test')];
      assert.equal(ours.length, 1);
      assert.ok(theirs.length > 0);
      for (const one of theirs) assert.deepEqual({ ...ours[0], by: '' }, { ...one, by: '' });
      const files = await Promise.all(['arguments', 'profile', 'info'].map(file => readFile(join(home, file), 'utf8').catch(() => '')));
      for (const text of files) {
        const [told = '', toldByUs = ''] = text.split('\n').filter(line => line !== '');
        if (told.startsWith('{')) assert.deepEqual(infoOf(toldByUs), infoOf(told));
        else assert.equal(toldByUs, told);
      }
    });
  }

  const refused: readonly (readonly [string, () => JsonObject, RegExp, RegExp])[] = [
    ['a token beside user name and password', () => ({ token: 't', username: 'me', password: 'p' }), /more than one authentication method/, /both a token and a user name/],
    ['a token file beside user name and password', () => ({ tokenFile: 'token', username: 'me', password: 'p' }), /username\/password or bearer token may be set, but not both/, /both a token and a user name/],
    ['an auth provider beside a program', () => ({ ...exec('./bin/login'), 'auth-provider': { name: 'oidc', config: {} } }), /authProvider cannot be provided in combination with an exec plugin/, /both an exec plugin and an auth provider/],
    ['a certificate both as data and as a file', () => ({ ...inline('twice'), 'client-certificate': 'c.crt' }), /client-cert-data and client-cert are both specified/, /both client-certificate and client-certificate-data/],
    ['a key both as data and as a file', () => ({ ...inline('twice'), 'client-key': 'c.key' }), /client-key-data and client-key are both specified/, /both client-key and client-key-data/],
    ['impersonation without a user', () => ({ token: 't', 'as-groups': ['system:masters'] }), /without impersonating a user/, /without naming a user/],
  ];
  for (const [name, user, theirs, ours] of refused) {
    it(`${name} is refused by both, and nothing is sent`, async () => {
      await certificate('by-file');
      await writeFile(join(kube, 'token'), 'in-file\n');
      await writeFile(join(kube, 'config'), configText(url, bench.ca, user()));
      await assert.rejects(kubectlAsks(), theirs);
      assert.match((await failureOf(weAsk())).message, ours);
      assert.deepEqual(asked, []);
    });
  }

  it('without a server nobody is asked: kubectl would try localhost:8080', async () => {
    await writeFile(join(kube, 'config'), configText('', bench.ca, { token: 't' }));
    await assert.rejects(kubectlAsks(), /localhost:8080/);
    assert.match((await failureOf(weAsk())).message, /has no server/);
  });
});

/** kubectl says whether its own terminal may be used; the order of keys says nothing. */
function infoOf(text: string): Json {
  const info = parseJson(text) as JsonObject;
  const spec = at(info, 'spec') as JsonObject;
  return withMember(info, 'spec', withMember(spec, 'interactive', false));
}
