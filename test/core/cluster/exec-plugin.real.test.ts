import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Clock } from '../../../src/core/base/clock';
import { at, textAt } from '../../../src/core/base/json';
import { parseJson } from '../../../src/core/base/json-text';
import { ObtainedCredentials } from '../../../src/core/cluster/credentials';
import { ExecLogin, type ExecAnswer } from '../../../src/core/cluster/exec-plugin';
import { readKubeconfig, targetOf, type ExecPlugin, type Target } from '../../../src/core/cluster/kubeconfig';
import { describeAll, eventually, failureOf } from './open';

const CREDENTIAL = (status: string): string => `echo '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":${status}}'`;

describe('credential plugins, as real processes', function () {
  this.timeout(20_000);
  if (process.platform === 'win32') return;
  let home: string;
  let runs: () => Promise<number>;

  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'plumbline-exec-'));
    await mkdir(join(home, '.kube', 'bin'), { recursive: true });
    runs = async () => (await readFile(join(home, 'runs'), 'utf8').catch(() => '')).length;
  });
  afterEach(() => rm(home, { recursive: true }));

  /** A kubeconfig in `folder` below the home folder whose plugin is this shell script. */
  async function plugin(script: string, { folder = '.kube', more = '' } = {}): Promise<Target> {
    await mkdir(join(home, folder, 'bin'), { recursive: true });
    const program = join(home, folder, 'bin', 'login');
    await writeFile(program, `#!/bin/sh\nprintf x >> '${home}/runs'\n${script}\n`);
    await chmod(program, 0o755);
    const config = join(home, folder, 'config');
    await writeFile(
      config,
      `current-context: x
clusters: [{name: c, cluster: {server: "https://a:1", certificate-authority-data: ${Buffer.from('CA').toString('base64')}, extensions: [{name: client.authentication.k8s.io/exec, extension: {audience: q}}]}}]
users: [{name: u, user: {exec: {apiVersion: client.authentication.k8s.io/v1, command: ./bin/login, interactiveMode: IfAvailable, provideClusterInfo: true, env: [{name: PROFILE, value: dev}]${more}}}}]
contexts: [{name: x, context: {cluster: c, user: u}}]
`,
    );
    return targetOf(await readKubeconfig([config]), undefined);
  }

  function credentials({ cluster, user }: Target, options: { clock?: Clock; allowExec?: (plugin: ExecPlugin) => Promise<ExecAnswer>; ends?: AbortSignal } = {}): ObtainedCredentials {
    assert.ok(user.exec);
    const clock = options.clock ?? { now: () => Date.now(), after: (ms, run) => ({ dispose: clearTimeout.bind(undefined, globalThis.setTimeout(run, ms)) }) };
    const login = new ExecLogin(user.exec, cluster, { clock, env: { PATH: process.env['PATH'], ELECTRON_RUN_AS_NODE: '1' }, home, ...(options.allowExec && { allowExec: options.allowExec }) });
    return new ObtainedCredentials(login, options.ends ?? new AbortController().signal);
  }

  it('gives the token, started from the kubeconfig\'s folder, once for many requests', async () => {
    const logins = credentials(await plugin(`sleep 0.2; ${CREDENTIAL('{"token":"t1"}')}`));
    const all = await Promise.all(Array.from({ length: 20 }, () => logins.login()));
    assert.deepEqual([all[0], await runs()], [{ authorization: 'Bearer t1', certificate: undefined }, 1]);
    await logins.login();
    assert.equal(await runs(), 1, 'a login without an end is kept');
  });

  it('tells the plugin the cluster, gives it its own variables and none of the editor', async () => {
    const logins = credentials(await plugin(`env > '${home}/env'; ${CREDENTIAL('{"token":"t"}')}`));
    await logins.login();
    const env = new Map((await readFile(join(home, 'env'), 'utf8')).split('\n').map(line => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
    assert.deepEqual([env.get('PROFILE'), env.has('ELECTRON_RUN_AS_NODE')], ['dev', false]);
    const info = parseJson(env.get('KUBERNETES_EXEC_INFO') ?? '');
    assert.deepEqual(at(info, 'spec'), { interactive: false, cluster: { server: 'https://a:1', 'certificate-authority-data': Buffer.from('CA').toString('base64'), config: { audience: 'q' } } });
    assert.equal(textAt(info, 'kind'), 'ExecCredential');
  });

  it('gives a client certificate', async () => {
    const logins = credentials(await plugin(CREDENTIAL('{"clientCertificateData":"C","clientKeyData":"K"}')));
    assert.deepEqual(await logins.login(), { authorization: undefined, certificate: { cert: 'C', key: 'K' } });
  });

  it('is asked again shortly before the login ends, and once after it was refused (fault 21)', async () => {
    const ends = new Date(Date.now() + 40_000).toISOString();
    const clock = { now: () => Date.now() + shift, after: (ms: number, run: () => void) => ({ dispose: clearTimeout.bind(undefined, globalThis.setTimeout(run, ms)) }) };
    let shift = 0;
    const logins = credentials(await plugin(CREDENTIAL(`{"token":"t","expirationTimestamp":"${ends}"}`)), { clock });
    const first = await logins.login();
    await logins.login();
    assert.equal(await runs(), 1);
    shift = 15_000;
    await logins.login();
    assert.equal(await runs(), 2, '25 s before its end');
    shift = 0;
    logins.renew(first);
    await logins.login();
    assert.equal(await runs(), 2, 'an older login that is refused late');
    logins.renew(await logins.login());
    await logins.login();
    assert.equal(await runs(), 3, 'the present login was refused');
  });

  it('38: a login that has ended by our clock, which may be wrong, is used for a while; the plugin is not run for every request', async () => {
    let now = Date.now();
    const clock: Clock = { now: () => now, after: (ms, run) => ({ dispose: clearTimeout.bind(undefined, globalThis.setTimeout(run, ms)) }) };
    const logins = credentials(await plugin(CREDENTIAL(`{"token":"t","expirationTimestamp":"${new Date(now - 3_600_000).toISOString()}"}`)), { clock });
    for (let n = 0; n < 10; n++) await logins.login();
    assert.equal(await runs(), 1);
    now += 6_000;
    await logins.login();
    assert.equal(await runs(), 2);
  });

  const failing: readonly (readonly [string, string, string, RegExp])[] = [
    ['exits 1', 'echo SECRET >&2; exit 1', 'unauthenticated', /^login failed to log in \(exit code 1\); run kubectl with this context to see why$/],
    ['prints garbage', 'echo SECRET not json', 'unauthenticated', /^login did not print a credential$/],
    ['prints another kind', `echo '{"kind":"Status","status":{"token":"SECRET"}}'`, 'unauthenticated', /did not print a credential/],
    ['prints no token', CREDENTIAL('{}'), 'unauthenticated', /did not print a credential/],
    ['prints megabytes on stderr', 'head -c 3000000 /dev/zero | tr "\\0" S >&2; sleep 20', 'unauthenticated', /^login printed more than 1 MB$/],
  ];
  for (const [name, script, kind, words] of failing) {
    it(`fails with one sentence and without what it printed when the plugin ${name}; and is not started again at once (fault 22)`, async () => {
      const logins = credentials(await plugin(script));
      const failure = await failureOf(logins.login());
      assert.equal(failure.kind, kind);
      assert.match(failure.message, words);
      assert.ok(!describeAll(failure).includes('SECRET'));
      for (let n = 0; n < 10; n++) await failureOf(logins.login());
      assert.equal(await runs(), 1);
    });
  }

  it('is left alone the longer, the longer it takes to fail: one that opens a browser does not open one a minute (fault 22)', async () => {
    let now = Date.now();
    const clock: Clock = { now: () => now, after: (ms, run) => ({ dispose: clearTimeout.bind(undefined, globalThis.setTimeout(run, ms / 100)) }) };
    const logins = credentials(await plugin('sleep 3'), { clock });
    const late = failureOf(logins.login());
    now += 60_000;
    assert.equal((await late).message, 'login did not log in within 60 s');
    for (const wait of [0, 60_000, 200_000]) {
      now += wait;
      assert.equal((await failureOf(logins.login())).message, 'login did not log in within 60 s');
      assert.equal(await runs(), 1);
    }
    now += 60_000;
    const again = failureOf(logins.login());
    await again;
    assert.equal(await runs(), 2);
  });

  it('that fails again and again is started less and less often, once a minute in the end, and at once again after it gave a login', async () => {
    let now = Date.now();
    const clock: Clock = { now: () => now, after: (ms, run) => ({ dispose: clearTimeout.bind(undefined, globalThis.setTimeout(run, ms)) }) };
    const logins = credentials(await plugin(`if [ -e '${home}/works' ]; then ${CREDENTIAL('{"token":"t"}')}; else exit 1; fi`), { clock });
    for (let second = 0; second < 600; second += 5, now += 5_000) await failureOf(logins.login());
    const started = await runs();
    assert.ok(started >= 10 && started <= 13, `${started} times in ten minutes`);
    await writeFile(join(home, 'works'), '');
    now += 60_000;
    logins.renew(await logins.login());
    await rm(join(home, 'works'));
    await failureOf(logins.login());
    now += 10_000;
    await failureOf(logins.login());
    assert.equal(await runs(), started + 3);
  });

  it('ends with the session that asked for it, and so does what it started; who waits for it may go earlier', async () => {
    const ends = new AbortController();
    const logins = credentials(await plugin(`sh -c 'sleep 2; printf late > "${home}/late"' & wait`), { ends: ends.signal });
    const impatient = new AbortController();
    const [first, second] = [failureOf(logins.login(impatient.signal)), failureOf(logins.login())];
    await eventually('it runs', async () => (await runs()) === 1);
    impatient.abort();
    assert.equal((await first).kind, 'aborted');
    ends.abort();
    assert.equal((await second).kind, 'aborted');
    assert.equal((await failureOf(logins.login())).kind, 'aborted');
    await setTimeout(2_500);
    assert.deepEqual([await readFile(join(home, 'late'), 'utf8').catch(() => 'ended'), await runs()], ['ended', 1]);
  });

  it('ends a plugin that hangs after 60 s, together with what it started (fault 22)', async () => {
    const fast: Clock = { now: () => Date.now(), after: (ms, run) => ({ dispose: clearTimeout.bind(undefined, globalThis.setTimeout(run, ms / 100)) }) };
    const logins = credentials(await plugin(`sh -c 'sleep 3; printf late > "${home}/late"' & wait`), { clock: fast });
    const failure = await failureOf(logins.login());
    assert.equal(failure.message, 'login did not log in within 60 s');
    await setTimeout(3_500);
    assert.equal(await readFile(join(home, 'late'), 'utf8').catch(() => 'ended'), 'ended');
  });

  it('does not run a program that wants a terminal, or that is not there (fault 22)', async () => {
    const terminal = await plugin('exit 0', { more: '' });
    assert.ok(terminal.user.exec);
    const always = credentials({ ...terminal, user: { ...terminal.user, exec: { ...terminal.user.exec, interactiveMode: 'Always' } } });
    assert.match((await failureOf(always.login())).message, /needs a terminal to log in/);
    const gone = credentials({ ...terminal, user: { ...terminal.user, exec: { ...terminal.user.exec, command: 'no-such-program', installHint: 'install it' } } });
    assert.match((await failureOf(gone.login())).message, /no-such-program, which this context logs in with, was not found: install it/);
    assert.equal(await runs(), 0);
  });

  it('runs nothing for a kubeconfig outside ~/.kube unless that was allowed for this very plugin (threat 3)', async () => {
    const target = await plugin(CREDENTIAL('{"token":"t"}'), { folder: 'repo' });
    const failure = await failureOf(credentials(target).login());
    assert.deepEqual([failure.kind, await runs()], ['consent', 0]);
    assert.match(failure.message, /\/repo\/config wants to run login to log in: a kubeconfig outside ~\/\.kube may not start programs$/);
    const refused = credentials(target, { allowExec: () => Promise.resolve({ kind: 'refused', reason: 'nobody was asked' }) });
    assert.match((await failureOf(refused.login())).message, /login to log in: nobody was asked$/);
    assert.equal(await runs(), 0);
    const asked: ExecPlugin[] = [];
    const allowed = credentials(target, { allowExec: asking => Promise.resolve({ kind: asked.push(asking) > 0 ? 'allowed' : 'refused', reason: '' }) });
    assert.equal((await allowed.login()).authorization, 'Bearer t');
    assert.deepEqual([asked, await runs()], [[target.user.exec], 1]);
    const elsewhere = await plugin(CREDENTIAL('{"token":"t"}'), { folder: '.kube-of-others' });
    await failureOf(credentials(elsewhere).login());
    assert.equal(await runs(), 1);
  });
});
