import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, relative, resolve } from 'node:path';
import { promisify } from 'node:util';
import { at, isObject, listAt, member, textAt, type Json } from '../../../src/core/base/json';
import { isClusterError } from '../../../src/core/cluster/errors';
import { listFiles } from '../../../src/core/cluster/kubeconfig-files';
import { readKubeconfig, targetOf, type Pem, type Target } from '../../../src/core/cluster/kubeconfig';
import { program } from '../../bench/programs';
import { describeAll } from './open';
import { KUBECONFIGS } from './kubeconfigs';

const run = promisify(execFile);

/** What `kubectl config view --minify --raw` says, in our terms, for what it says at all. */
type Minified = Readonly<Record<string, Json | undefined>>;

interface Row {
  readonly files: readonly string[];
  /** `--context`; left out: the current one. */
  readonly context?: string;
  /** Both refuse it. */
  readonly refused?: true;
  /** kubectl shows it all the same, and fails or asks elsewhere when it uses it: why ours refuses it. */
  readonly oursRefuses?: RegExp;
  /** The names stand in `KUBECONFIG` as they are, from this folder. */
  readonly from?: string;
}

const ROWS: Readonly<Record<string, Row>> = {
  'one file': { files: ['a'] },
  'another': { files: ['b'] },
  'of two entries of one name the earlier file\'s wins, whole': { files: ['a', 'b'] },
  'the other way round: a user is not put together from two files': { files: ['b', 'a'] },
  'a context of the later file by name': { files: ['a', 'b'], context: 'w' },
  'a context that no file has': { files: ['a', 'b'], context: 'none', refused: true },
  'the first current context that is named wins, wherever its context stands': { files: ['second', 'a', 'b'] },
  'a later file\'s current context does not count': { files: ['a', 'second', 'b'] },
  'an empty current context names none': { files: ['emptyCurrent', 'b'] },
  'files without a current context leave it to the next': { files: ['nocurrent', 'a'] },
  'missing files are passed over': { files: ['none', 'a', 'deep/none', 'b'] },
  'missing files only': { files: ['none', 'deep/none'], refused: true },
  'empty files are passed over': { files: ['empty', 'b'] },
  'files with a comment only are passed over': { files: ['comment', 'b', 'a'] },
  'a file that is named twice': { files: ['a', 'b', 'a'] },
  'empty parts of the list': { files: ['', 'a', '', 'b'] },
  'a link that leads in a circle': { files: ['circle', 'a'], refused: true },
  'a link to nothing is a missing file': { files: ['nowhere', 'a'] },
  'paths are meant from the link, not from what it leads to': { files: ['link'] },
  'a folder in the list': { files: ['deep', 'a'], refused: true },
  'relative names in the list are meant from the current folder': { files: ['paths', '../a'], from: 'deep' },
  'relative paths of certificates, keys, token files and programs': { files: ['deep/paths'] },
  'relative paths in the first file': { files: ['deep/paths', 'a'] },
  'relative paths in a later file': { files: ['b', 'deep/paths'] },
  'relative paths of an entry that is not used': { files: ['a', 'deep/paths'] },
  'data beside files': { files: ['deep/data'], oursRefuses: /both client-certificate and client-certificate-data/ },
  'data may be wrapped': { files: ['wrapped'] },
  'data that is not base64': { files: ['notBase64'], refused: true },
  'data without its padding': { files: ['unpadded'], refused: true },
  'proxy-url, tls-server-name, impersonation and exec': { files: ['full'] },
  'they in a later file': { files: ['full', 'b'] },
  'they behind another': { files: ['b', 'full'] },
  'impersonation with a uid and extra values': { files: ['uid'] },
  'impersonation without a user': { files: ['nobody'], oursRefuses: /without naming a user/ },
  'user name and password, a server without its scheme, an empty namespace': { files: ['basic'] },
  'a token file beside a token': { files: ['tokens'] },
  'an auth provider': { files: ['provider'] },
  'a program by a path above its file, with empty and strange arguments': { files: ['deep/programs'] },
  'a program by name without arguments': { files: ['provideInfo'] },
  'a context without a user': { files: ['anonymous'] },
  'a context without a cluster, beside a cluster without a name': { files: ['nameless'], oursRefuses: /names no cluster/ },
  'entries without a body': { files: ['bare'] },
  'names of every kind': { files: ['strange'] },
  'names that mean something in JavaScript': { files: ['proto'] },
  'JSON': { files: ['json'] },
  'a byte order mark and lines as on Windows': { files: ['windows'] },
  'the first of several documents': { files: ['several'] },
  'anchors': { files: ['anchors'] },
  'merge keys': { files: ['merged'] },
  'null everywhere': { files: ['nulls'] },
  'keys in capitals': { files: ['capitals'], oursRefuses: /names no cluster/ },
  'a truth value in the words of YAML 1.1': { files: ['on'] },
  'a letter that YAML 1.1 takes for a truth value': { files: ['no'], refused: true },
  'a word that YAML 1.1 takes for a truth value': { files: ['yes'], refused: true },
  'a number that YAML 1.1 takes for octal': { files: ['octal'], refused: true },
  'what looks like a date': { files: ['date'] },
  'a key twice': { files: ['keyTwice'] },
  'a name twice in one file': { files: ['twice'], refused: true },
  'a name twice in a later file': { files: ['a', 'twice'], refused: true },
  'a number where a text belongs': { files: ['number'], refused: true },
  'a number in an entry that is not used': { files: ['a', 'number'], refused: true },
  'a text where a truth value belongs': { files: ['flag'], refused: true },
  'a text where a list belongs': { files: ['groupsText'], refused: true },
  'texts where entries belong': { files: ['listOfTexts'], refused: true },
  'broken YAML': { files: ['broken'], refused: true },
  'broken YAML in a later file': { files: ['a', 'broken'], refused: true },
  'tabs': { files: ['tabs'], refused: true },
  'a list': { files: ['list'], refused: true },
  'a text': { files: ['text'], refused: true },
  'another kind of object': { files: ['otherKind', 'a'], refused: true },
  'another version': { files: ['otherVersion'], refused: true },
  'a cluster that is not there': { files: ['dangling'], context: 'nocluster', refused: true },
  'a user that is not there': { files: ['dangling'], context: 'nouser', refused: true },
};

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
    await symlink('circle', join(folder, 'circle'));
    await symlink('not-there', join(folder, 'nowhere'));
    await symlink(join('deep', 'paths'), join(folder, 'link'));
  });
  after(() => rm(folder, { recursive: true }));

  for (const [name, row] of Object.entries(ROWS)) {
    it(name, async () => {
      const cwd = join(folder, row.from ?? '');
      const variable = row.files.map(file => (row.from === undefined && file !== '' ? join(folder, file) : file)).join(delimiter);
      // kubectl prints a path from the folder of the file it stands in, or whole: here from that of the first file.
      const base = dirname(resolve(cwd, row.files.find(file => file !== '') ?? ''));
      const [theirs, ours] = await Promise.all([view(variable, cwd, base, row.context), target(variable, cwd, row.context)]);
      assert.equal(theirs === undefined, row.refused === true, 'kubectl');
      if (row.oursRefuses) assert.match(typeof ours === 'string' ? ours : '', row.oursRefuses);
      else assert.deepEqual(typeof ours === 'string' ? undefined : minified(ours, base), theirs);
    });
  }

  async function view(variable: string, cwd: string, base: string, context: string | undefined): Promise<Minified | undefined> {
    try {
      const chosen = context === undefined ? [] : [`--context=${context}`];
      const { stdout } = await run(kubectl, ['config', 'view', '--minify', '--raw', '-o', 'json', ...chosen], { cwd, env: { PATH: process.env['PATH'], HOME: folder, KUBECONFIG: variable } });
      return theirTerms(JSON.parse(stdout) as Json, base);
    } catch (error) {
      assert.ok(error instanceof Error && 'code' in error && error.code === 1, describeAll(error));
      return undefined;
    }
  }

  async function target(variable: string, cwd: string, context: string | undefined): Promise<Target | string> {
    try {
      return targetOf(await readKubeconfig(listFiles(undefined, variable, folder, cwd)), context);
    } catch (error) {
      assert.ok(isClusterError(error));
      assert.doesNotMatch(describeAll(error), /12345678|hunter2/);
      return error.message;
    }
  }

  function theirTerms(config: Json, base: string): Minified {
    const path = (value: string | undefined): string | undefined => (value === undefined ? undefined : relative(base, resolve(base, value)));
    const cluster = at(config, 'clusters', 0, 'cluster');
    const user = at(config, 'users', 0, 'user');
    const exec = member(user, 'exec');
    const command = textAt(exec, 'command');
    return {
      context: textAt(config, 'contexts', 0, 'name'),
      namespace: textAt(config, 'contexts', 0, 'context', 'namespace'),
      server: textAt(cluster, 'server') ?? '',
      tlsServerName: textAt(cluster, 'tls-server-name'),
      insecure: at(cluster, 'insecure-skip-tls-verify') === true,
      proxy: textAt(cluster, 'proxy-url'),
      ca: textAt(cluster, 'certificate-authority-data') ?? path(textAt(cluster, 'certificate-authority')),
      forPlugin: at(listAt(cluster, 'extensions').find(one => textAt(one, 'name') === 'client.authentication.k8s.io/exec'), 'extension'),
      token: textAt(user, 'token'),
      tokenFile: path(textAt(user, 'tokenFile')),
      cert: textAt(user, 'client-certificate-data') ?? path(textAt(user, 'client-certificate')),
      key: textAt(user, 'client-key-data') ?? path(textAt(user, 'client-key')),
      username: textAt(user, 'username'),
      password: textAt(user, 'password'),
      provider: textAt(user, 'auth-provider', 'name'),
      providerConfig: at(user, 'auth-provider', 'config'),
      exec: exec && {
        command: (command?.includes('/') === true ? path(command) : command) ?? null,
        args: at(exec, 'args') ?? [],
        env: listAt(exec, 'env').map(one => [textAt(one, 'name') ?? '', textAt(one, 'value') ?? '']),
        apiVersion: textAt(exec, 'apiVersion') ?? '',
        provideClusterInfo: at(exec, 'provideClusterInfo') === true,
        interactiveMode: textAt(exec, 'interactiveMode') ?? null,
        installHint: textAt(exec, 'installHint') ?? null,
      },
      as: textAt(user, 'as') ?? '',
      uid: textAt(user, 'as-uid'),
      groups: at(user, 'as-groups') ?? [],
      extra: at(user, 'as-user-extra') ?? {},
    };
  }

  function minified({ context, cluster, user }: Target, base: string): Minified {
    const path = (file: string | undefined): string | undefined => (file === undefined ? undefined : relative(base, file));
    const pem = (value: Pem | undefined): string | undefined => (value?.kind === 'data' ? Buffer.from(value.pem, 'latin1').toString('base64') : path(value?.file));
    const extra = Object.fromEntries(user.impersonate?.extra ?? []) as Json;
    const { exec } = user;
    assert.ok(isObject(extra));
    return {
      context: context.name,
      namespace: context.namespace,
      server: cluster.server,
      tlsServerName: cluster.tlsServerName,
      insecure: cluster.insecure,
      proxy: cluster.proxyUrl,
      ca: pem(cluster.ca),
      forPlugin: cluster.execConfig,
      token: user.token,
      tokenFile: path(user.tokenFile),
      cert: pem(user.cert),
      key: pem(user.key),
      username: user.basic?.username,
      password: user.basic?.password,
      provider: user.authProvider?.name,
      providerConfig: user.authProvider?.config,
      exec: exec && {
        command: (exec.command.includes('/') ? path(exec.command) : exec.command) ?? null,
        args: exec.args,
        env: exec.env.map(([key, value]) => [key, value]),
        apiVersion: exec.apiVersion,
        provideClusterInfo: exec.provideClusterInfo,
        interactiveMode: exec.interactiveMode ?? null,
        installHint: exec.installHint ?? null,
      },
      as: user.impersonate?.user ?? '',
      uid: user.impersonate?.uid,
      groups: user.impersonate?.groups ?? [],
      extra,
    };
  }
});
