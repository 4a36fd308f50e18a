import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, relative, resolve } from 'node:path';
import { promisify } from 'node:util';
import { at, isObject, textAt, type Json } from '../../../src/core/base/json';
import { isClusterError } from '../../../src/core/cluster/errors';
import { readKubeconfig, targetOf, type Pem, type Target } from '../../../src/core/cluster/kubeconfig';
import { program } from '../../bench/programs';
import { KUBECONFIGS } from './kubeconfigs';

const run = promisify(execFile);

/** What `kubectl config view --minify --raw` says, in our terms, for what it says at all. */
type Minified = Readonly<Record<string, Json | undefined>>;

describe('kubeconfig, held against the real kubectl on the same files', function () {
  this.timeout(60_000);
  let folder: string;
  let kubectl: string;
  before(async () => {
    kubectl = await program('kubectl');
    folder = await mkdtemp(join(tmpdir(), 'plumbline-kubeconfig-'));
    for (const [name, content] of Object.entries(KUBECONFIGS)) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), content);
    }
  });
  after(() => rm(folder, { recursive: true }));

  const lists: readonly (readonly string[])[] = [
    ['a'], ['b'], ['a', 'b'], ['b', 'a'], ['second', 'a', 'b'], ['a', 'second', 'b'], ['none', 'a', 'b'], ['empty', 'b'], ['comment', 'b', 'a'],
    ['deep/paths'], ['deep/paths', 'a'], ['a', 'deep/paths'], ['full'], ['full', 'b'], ['b', 'full'], ['twice'], ['a', 'twice'], ['number'], ['a', 'number'], ['flag'], ['broken'],
    ['a', 'broken'], ['list'], ['nocurrent', 'a'], ['dangling', 'a'],
  ];
  for (const names of lists) {
    it(names.join(', '), async () => {
      const files = names.map(name => join(folder, name));
      const theirs = await view(files, dirname(files[0] ?? ''));
      const ours = await target(files);
      assert.deepEqual(ours === undefined ? undefined : minified(ours, dirname(files[0] ?? '')), theirs);
    });
  }

  async function view(files: readonly string[], home: string): Promise<Minified | undefined> {
    try {
      const { stdout } = await run(kubectl, ['config', 'view', '--minify', '--raw', '-o', 'json'], { cwd: home, env: { PATH: process.env['PATH'], HOME: folder, KUBECONFIG: files.join(delimiter) } });
      return theirTerms(JSON.parse(stdout) as Json, home);
    } catch {
      return undefined;
    }
  }

  async function target(files: readonly string[]): Promise<Target | undefined> {
    try {
      return targetOf(await readKubeconfig(files), undefined);
    } catch (error) {
      assert.ok(isClusterError(error));
      return undefined;
    }
  }

  /** kubectl prints paths from the folder of the file they stand in: here always that of the first file. */
  function theirTerms(config: Json, home: string): Minified {
    const path = (value: string | undefined): string | undefined => (value === undefined ? undefined : relative(home, resolve(home, value)));
    const cluster = at(config, 'clusters', 0, 'cluster');
    const user = at(config, 'users', 0, 'user');
    const command = textAt(user, 'exec', 'command');
    return {
      context: textAt(config, 'contexts', 0, 'name'),
      namespace: textAt(config, 'contexts', 0, 'context', 'namespace'),
      server: textAt(cluster, 'server'),
      tlsServerName: textAt(cluster, 'tls-server-name'),
      insecure: at(cluster, 'insecure-skip-tls-verify') === true,
      proxy: textAt(cluster, 'proxy-url'),
      ca: textAt(cluster, 'certificate-authority-data') ?? path(textAt(cluster, 'certificate-authority')),
      token: textAt(user, 'token'),
      tokenFile: path(textAt(user, 'tokenFile')),
      cert: path(textAt(user, 'client-certificate')),
      key: path(textAt(user, 'client-key')),
      command: command?.includes('/') ? path(command) : command,
      as: textAt(user, 'as'),
      groups: at(user, 'as-groups') ?? [],
      extra: at(user, 'as-user-extra') ?? {},
    };
  }

  function minified({ context, cluster, user }: Target, home: string): Minified {
    const path = (file: string | undefined): string | undefined => (file === undefined ? undefined : relative(home, file));
    const pem = (value: Pem | undefined): string | undefined => (value?.kind === 'data' ? Buffer.from(value.pem, 'latin1').toString('base64') : path(value?.file));
    const extra = Object.fromEntries(user.impersonate?.extra ?? []) as Json;
    assert.ok(isObject(extra));
    return {
      context: context.name,
      namespace: context.namespace,
      server: cluster.server,
      tlsServerName: cluster.tlsServerName,
      insecure: cluster.insecure,
      proxy: cluster.proxyUrl,
      ca: pem(cluster.ca),
      token: user.token,
      tokenFile: path(user.tokenFile),
      cert: pem(user.cert),
      key: pem(user.key),
      command: user.exec?.command.includes('/') ? path(user.exec.command) : user.exec?.command,
      as: user.impersonate?.user,
      groups: user.impersonate?.groups ?? [],
      extra,
    };
  }
});
