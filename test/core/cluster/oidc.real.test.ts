import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { systemClock, type Clock } from '../../../src/core/base/clock';
import type { JsonObject } from '../../../src/core/base/json';
import { readKubeconfig, targetOf } from '../../../src/core/cluster/kubeconfig';
import { credentialsFor } from '../../../src/core/cluster/login';
import { Rest } from '../../../src/core/cluster/rest';
import { Transport } from '../../../src/core/cluster/transport';
import { Wire } from '../../../src/core/cluster/wire';
import type { BenchCluster } from '../../bench/cluster';
import { sharedCluster } from '../../bench/hooks';
import { program } from '../../bench/programs';
import { wireThread } from '../../bench/wire';
import { configText, describeAll, failureOf } from './open';

const run = promisify(execFile);
const HOUR = 3_600_000;
const base64url = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
/** Its signature is the server's to look at. */
const idToken = (name: string, ends: number): string => `${base64url({ alg: 'RS256' })}.${base64url({ sub: name, exp: Math.floor(ends / 1000) })}.c2ln`;

/** What an identity provider, or an API server, is asked. */
interface Asked {
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly authorization: string | undefined;
  readonly form: Readonly<Record<string, string>>;
}

/** The identity provider is ours: there is none in packages. What it is asked is held against what the real kubectl asks it. */
describe('logins by OIDC, held against the real kubectl', function () {
  this.timeout(60_000);
  if (process.platform === 'win32') return;
  let bench: BenchCluster;
  let kubectl: string;
  let thread: string;
  let server: Server;
  let url: string;
  let folder: string;
  let idp: Asked[];
  let api: Asked[];
  /** What it gives for a refresh token, and how it is to be told who asks. */
  let gives: JsonObject;
  let style: 'any' | 'body';

  before(async () => {
    bench = await sharedCluster();
    [kubectl, thread] = await Promise.all([program('kubectl'), wireThread()]);
    const [cert, key] = await Promise.all(['crt', 'key'].map(end => readFile(join(bench.folder, 'certs', `apiserver.${end}`))));
    server = createServer({ cert, key }, (request, answer) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        const { method, url: path = '' } = request;
        const { authorization } = request.headers;
        const asked: Asked = { method, path, authorization, form: Object.fromEntries(new URLSearchParams(body)) };
        (path.startsWith('/idp') ? idp : api).push(asked);
        const [status, object] = answerTo(asked);
        answer.writeHead(status, { 'content-type': 'application/json' });
        answer.end(JSON.stringify(object));
      });
    });
    await new Promise<void>(done => server.listen(0, '127.0.0.1', done));
    url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'plumbline-oidc-'));
    [idp, api, gives, style] = [[], [], {}, 'any'];
  });
  afterEach(() => rm(folder, { recursive: true }));
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  function answerTo({ path, form }: Asked): readonly [number, object] {
    if (path === '/version') return [200, { gitVersion: 'v1.0.0' }];
    if (path === '/idp/.well-known/openid-configuration') return [200, { issuer: `${url}/idp`, token_endpoint: `${url}/idp/token?x=1` }];
    if (style === 'body' && form['client_id'] === undefined) return [401, { error: 'invalid_client' }];
    return form['refresh_token'] === 'good' ? [200, { access_token: 'a', token_type: 'Bearer', expires_in: 3600, ...gives }] : [400, { error: 'invalid_grant', error_description: 'SECRET' }];
  }
  const config = (more: JsonObject): JsonObject => ({ 'auth-provider': { name: 'oidc', config: { 'idp-issuer-url': `${url}/idp`, 'client-id': 'me & you', 'idp-certificate-authority-data': Buffer.from(bench.ca).toString('base64'), ...more } } });
  const write = (more: JsonObject): Promise<void> => writeFile(join(folder, 'config'), configText(url, bench.ca, config(more)));
  const kubectlAsks = (): Promise<unknown> => run(kubectl, ['get', '--raw', '/version'], { env: { PATH: process.env['PATH'], KUBECONFIG: join(folder, 'config'), HOME: folder } });
  /** Asks as often in one session. */
  async function weAsk(times = 1, clock: Clock = systemClock): Promise<void> {
    const target = targetOf(await readKubeconfig([join(folder, 'config')]), undefined);
    const transport = new Transport(target.cluster, {}, new Wire(thread));
    try {
      const rest = new Rest(transport, credentialsFor(target, { clock, env: {}, home: folder, ends: new AbortController().signal, wire: () => new Wire(thread) }), { impersonate: undefined, userAgent: 'plumbline-test', clock });
      for (let n = 0; n < times; n++) await rest.json({ path: '/version', what: 'the version' });
    } finally {
      transport.dispose();
    }
  }
  /** What was asked since the last time. */
  const taken = (): { readonly idp: Asked[]; readonly who: (string | undefined)[] } => ({ idp: idp.splice(0), who: [...new Set(api.splice(0).map(({ authorization }) => authorization))] });

  const rows: readonly (readonly [string, JsonObject, { readonly style?: 'body'; readonly gives?: JsonObject }, asks: number])[] = [
    ['a token that is good', { 'id-token': idToken('kept', Date.now() + HOUR), 'refresh-token': 'good' }, {}, 0],
    ['a token that has ended, and a client with a secret', { 'id-token': idToken('ended', Date.now() - HOUR), 'refresh-token': 'good', 'client-secret': 'p:ä +%' }, {}, 2],
    ['no token to begin with, and a client without a secret', { 'refresh-token': 'good' }, {}, 2],
    ['a provider that wants to be told in the body who asks', { 'refresh-token': 'good', 'client-secret': 'word' }, { style: 'body' }, 3],
    ['a provider that gives another refresh token', { 'refresh-token': 'good' }, { gives: { refresh_token: 'good' } }, 2],
  ];
  for (const [name, user, how, asks] of rows) {
    it(name, async () => {
      style = how.style ?? 'any';
      gives = { id_token: idToken('new', Date.now() + HOUR), ...how.gives };
      await write(user);
      await kubectlAsks();
      const theirs = taken();
      // It has written what was new.
      await write(user);
      await weAsk();
      const ours = taken();
      assert.deepEqual(ours, theirs);
      assert.deepEqual([ours.idp.length, ours.who.length], [asks, 1]);
    });
  }

  const refused: readonly (readonly [string, JsonObject, RegExp, RegExp])[] = [
    ['a refresh token that has ended', { 'refresh-token': 'bad' }, /invalid_grant/, /^127\.0\.0\.1:\d+ gave no new token \(invalid_grant\); log in again with kubectl$/],
    ['a token that has ended and no refresh token', { 'id-token': idToken('ended', 0) }, /without refresh-token/, /has ended and there is no refresh token; log in again with kubectl$/],
    ['a provider whose certificate is another authority\'s', { 'refresh-token': 'good', 'idp-certificate-authority-data': '' }, /certificate/, /^no new token: 127\.0\.0\.1:\d+ cannot be trusted: /],
    ['a provider that is not there', { 'refresh-token': 'good', 'idp-issuer-url': 'https://127.0.0.1:1/idp' }, /refused/, /^no new token: 127\.0\.0\.1:1 refuses connections$/],
    ['an address that is none', { 'refresh-token': 'good', 'idp-issuer-url': 'nonsense' }, /unsupported protocol/, /^idp-issuer-url of the kubeconfig is not a URL$/],
  ];
  for (const [name, user, theirs, ours] of refused) {
    it(`${name}: refused by both, nothing is sent to the API server, and nothing secret is said`, async () => {
      gives = { id_token: idToken('new', Date.now() + HOUR) };
      await write(user);
      await assert.rejects(kubectlAsks(), theirs);
      taken();
      await write(user);
      const failure = await failureOf(weAsk());
      assert.match(failure.message, ours);
      assert.equal(failure.kind === 'unauthenticated' || failure.kind === 'invalid', true);
      assert.ok(!describeAll(failure).includes('SECRET'));
      assert.deepEqual(taken().who, []);
    });
  }

  it('a refresh token that is not given anew goes on being good, for as long as the session lasts', async () => {
    let now = Date.now();
    const clock: Clock = { now: () => now, after: (ms, act) => systemClock.after(ms, act) };
    gives = { id_token: idToken('new', now + HOUR) };
    await write({ 'refresh-token': 'good' });
    const target = targetOf(await readKubeconfig([join(folder, 'config')]), undefined);
    const logins = credentialsFor(target, { clock, env: {}, home: folder, ends: new AbortController().signal, wire: () => new Wire(thread) });
    await Promise.all(Array.from({ length: 10 }, () => logins.login(undefined)));
    assert.equal(taken().idp.length, 2, 'one question for all');
    for (let hour = 1; hour <= 3; hour++) {
      now += HOUR;
      const token = idToken(`of hour ${hour}`, now + HOUR);
      gives = { id_token: token };
      assert.equal((await logins.login(undefined)).authorization, `Bearer ${token}`);
      await logins.login(undefined);
      assert.equal(taken().idp.length, 2);
    }
    now += HOUR;
    gives = { id_token: idToken('ended by our clock', now - HOUR) };
    for (let n = 0; n < 10; n++) await logins.login(undefined);
    assert.equal(taken().idp.length, 2, 'used for a while all the same');
  });
});
