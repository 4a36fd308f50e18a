import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { readContexts } from '../../../src/core/cluster/connect';
import { readKubeconfig, targetOf } from '../../../src/core/cluster/kubeconfig';
import { failureOf } from './open';
import { KUBECONFIGS } from './kubeconfigs';

describe('kubeconfig', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'plumbline-kubeconfig-'));
    for (const [name, content] of Object.entries(KUBECONFIGS)) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), content);
    }
  });
  after(() => rm(folder, { recursive: true }));
  const files = (names: readonly string[]): string[] => names.map(name => (name === '' ? '' : join(folder, name)));

  const merged: readonly (readonly [string, readonly string[], string | undefined, readonly [string, string, string | undefined]])[] = [
    ['one file', ['a'], 'x', ['https://a:1', 'u', undefined]],
    ['the earlier file wins a context, whole', ['a', 'b'], undefined, ['https://a:1', 'u', undefined]],
    ['the other way round', ['b', 'a'], undefined, ['https://d:2', 'v', 'bb']],
    ['the first current context that is named wins', ['second', 'a', 'b'], undefined, ['https://d:2', 'v', 'ww']],
    ['missing, empty and nameless files are skipped', ['none', '', 'empty', 'comment', 'b'], undefined, ['https://d:2', 'v', 'bb']],
    ['a context that is asked for by name', ['a', 'b'], 'w', ['https://d:2', 'v', 'ww']],
  ];
  for (const [name, names, context, expected] of merged) {
    it(`merges as kubectl does: ${name}`, async () => {
      const target = targetOf(await readKubeconfig(files(names)), context);
      assert.deepEqual([target.cluster.server, target.user.name, target.context.namespace], expected);
    });
  }

  it('resolves paths from the folder of the file they stand in', async () => {
    const { cluster, user } = targetOf(await readKubeconfig(files(['deep/paths'])), undefined);
    assert.deepEqual(cluster.ca, { kind: 'file', file: join(folder, 'deep', 'sub', 'ca.crt') });
    assert.deepEqual([user.cert, user.key], [
      { kind: 'file', file: join(folder, 'c.crt') },
      { kind: 'file', file: '/abs/c.key' },
    ]);
    assert.equal(user.tokenFile, join(folder, 'deep', 'tok'));
    assert.equal(user.exec?.command, join(folder, 'deep', 'bin', 'login'));
    assert.equal(user.exec.source, join(folder, 'deep', 'paths'));
  });

  it('reads every field that changes what is sent where', async () => {
    const { cluster, user } = targetOf(await readKubeconfig(files(['full'])), undefined);
    assert.deepEqual(
      { ...cluster },
      { name: 'c', server: 'https://f:1', tlsServerName: 'real.name', ca: { kind: 'data', pem: 'CERT' }, insecure: true, proxyUrl: 'socks5://p:1080', execConfig: { audience: 'x' } },
    );
    assert.deepEqual(user.impersonate, { user: 'jane', uid: '7', groups: ['a', 'b'], extra: [['scope', ['1', '2']]] });
    assert.deepEqual(user.exec, {
      command: 'aws',
      args: ['eks', 'get-token'],
      env: [['AWS_PROFILE', 'dev']],
      apiVersion: 'client.authentication.k8s.io/v1',
      provideClusterInfo: true,
      interactiveMode: 'Never',
      installHint: 'install aws',
      source: join(folder, 'full'),
    });
  });

  it('lists the contexts in order, and which is current', async () => {
    const { contexts, current } = await readContexts(files(['a', 'b']));
    assert.deepEqual([contexts.map(({ name }) => name), current], [['x', 'w'], 'x']);
    assert.deepEqual(contexts[1], { name: 'w', server: 'https://d:2', user: 'v', namespace: 'ww' });
    assert.deepEqual(await readContexts(files(['none'])), { contexts: [], current: undefined });
  });

  const refused: readonly (readonly [string, readonly string[], string | undefined, RegExp])[] = [
    ['a name twice in one file', ['twice'], undefined, /clusters has "c" twice/],
    ['a number where a text belongs, without showing it', ['number'], undefined, /token must be text; put it in quotes/],
    ['a text where true or false belongs', ['flag'], undefined, /insecure-skip-tls-verify must be true or false/],
    ['broken YAML, without quoting it', ['broken'], undefined, /not valid YAML/],
    ['a list', ['list'], undefined, /is not a kubeconfig/],
    ['impersonation that names no user', ['nobody'], undefined, /without naming a user/],
    ['no current context', ['nocurrent'], undefined, /has no current context/],
    ['a context that is not there', ['a'], 'zz', /has no context "zz"/],
    ['a cluster that is not there', ['dangling'], 'nocluster', /names the cluster "gone"/],
    ['a user that is not there', ['dangling'], 'nouser', /names the user "gone"/],
    ['a folder in place of a file', ['deep'], undefined, /cannot be read \(EISDIR\)/],
  ];
  for (const [name, names, context, words] of refused) {
    it(`refuses ${name}`, async () => {
      const failure = await failureOf(readKubeconfig(files(names)).then(config => targetOf(config, context)));
      assert.equal(failure.kind, 'invalid');
      assert.match(failure.message, words);
      assert.ok(!/12345678|hunter2/.test(failure.message), failure.message);
    });
  }
});
