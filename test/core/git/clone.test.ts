import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openRepository } from '../../../src/core/git/clone';
import { findGit } from '../../../src/core/git/program';
import { isGitError, type Repository } from '../../../src/core/git/repository';
import { GitTree } from '../../../src/core/render/git-tree';
import { Scratch } from './scratch';

async function open(scratch: Scratch, folder = scratch.root): Promise<Repository> {
  const repository = await openRepository(folder, { env: scratch.env, untrusted: [scratch.root] });
  assert.ok(repository, 'a repository was found');
  return repository;
}

describe('a clone, read from its objects', () => {
  let scratch: Scratch;
  let first: string;
  let second: string;
  let third: string;
  const euro = 'price: 5 €\r\n';

  before(() => {
    scratch = new Scratch();
    first = scratch.commit({ 'apps/web.yaml': 'kind: One\n', 'apps2/x.yaml': 'x\n', 'a b/ü.yaml': euro, 'apps/binary.yaml': Buffer.from([1, 0, 2]), 'line\nbreak.yaml': 'odd\n' });
    symlinkSync('web.yaml', join(scratch.root, 'apps/link.yaml'));
    second = scratch.commit({ 'apps/web.yaml': 'kind: Two\n', 'apps/big.yaml': 'x'.repeat(5 * 1024 * 1024) });
    scratch.git('update-index', '--add', '--cacheinfo', `160000,${first},modules/base`);
    third = scratch.git('commit-tree', '-m', 'a submodule', scratch.git('write-tree'));
    scratch.git('reset', '-q', '--hard');
    scratch.git('config', 'core.autocrlf', 'true');
  });
  after(() => scratch.dispose());

  it('a folder outside every repository has none', async () => assert.equal(await openRepository(scratch.base, { env: scratch.env, untrusted: [] }), undefined));
  it('a folder that is not there has none', async () => assert.equal(await openRepository(join(scratch.base, 'gone'), { env: scratch.env, untrusted: [] }), undefined));
  it('a repository that Git cannot read is not none', async () => {
    const broken = new Scratch();
    broken.write('.git/config', '[core\n');
    await assert.rejects(openRepository(broken.root, { env: broken.env, untrusted: [] }), error => isGitError(error) && error.kind === 'failed');
    broken.dispose();
  });
  it('the root is found from a folder below it', async () => assert.equal((await open(scratch, join(scratch.root, 'apps'))).root, scratch.root));

  it('the root keeps the spelling of the folder given', async () => {
    const link = join(scratch.base, 'link');
    symlinkSync(scratch.root, link);
    assert.deepEqual([(await open(scratch, link)).root, (await open(scratch, join(link, 'apps'))).root], [link, link]);
  });

  it('lists regular files below a folder, and nothing of a folder that begins alike', async () => {
    const repository = await open(scratch);
    assert.deepEqual(await repository.tree(second, 'apps'), ['apps/big.yaml', 'apps/binary.yaml', 'apps/web.yaml']);
    assert.deepEqual(await repository.tree(first, 'nowhere'), []);
    assert.equal((await repository.tree(first, '')).length, 5);
  });

  it('tells what it leaves out: links and submodules', async () => {
    const repository = await open(scratch);
    assert.deepEqual([await repository.elsewhere(first), await repository.elsewhere(second), await repository.elsewhere(third)], [[], ['apps/link.yaml'], ['apps/link.yaml', 'modules/base']]);
  });

  it('reads each commit\'s own text, byte for byte, without conversion', async () => {
    const repository = await open(scratch);
    await repository.tree(second, 'apps');
    const paths = ['apps/web.yaml', 'a b/ü.yaml', 'line\nbreak.yaml', 'gone.yaml', 'apps', 'apps/binary.yaml', 'apps/big.yaml', 'apps2/x.yaml'];
    const read = async (revision: string): Promise<unknown[]> => [...(await repository.blobs(revision, paths)).values()];
    const expected = ['kind: Two\n', euro, 'odd\n', undefined, undefined, undefined, undefined, 'x\n'];
    assert.deepEqual(await read(second), expected, 'cold');
    assert.deepEqual(await read(second), expected, 'from the cache');
    assert.deepEqual(await read(first), ['kind: One\n', ...expected.slice(1)]);
    assert.deepEqual([...(await repository.blobs(first, [])).values()], []);
  });

  it('gives the bytes of a file that is no text, and builds what was committed from them', async () => {
    const repository = await open(scratch);
    const committed = Buffer.from([1, 0, 2]);
    assert.ok(committed.equals((await repository.bytes(second, 'apps/binary.yaml')) ?? new Uint8Array()));
    assert.deepEqual([await repository.bytes(second, 'gone.yaml'), await repository.bytes(second, 'apps/big.yaml')], [undefined, undefined]);
    const tree = new GitTree(repository, second);
    const entry = await tree.entry('apps/binary.yaml');
    assert.ok(entry.kind === 'file' && committed.equals(entry.bytes), entry.kind);
    assert.equal((await tree.entry('apps/big.yaml')).kind, 'unreadable');
  });

  it('says which commits are here and how they stand', async () => {
    const repository = await open(scratch);
    const absent = 'ab'.repeat(20);
    assert.deepEqual([await repository.has(first), await repository.has(absent)], [true, false]);
    assert.equal(await repository.isAncestor(first, second), true);
    assert.equal(await repository.isAncestor(second, first), false);
    assert.equal(await repository.isAncestor(first, first), true);
    assert.equal(await repository.isAncestor(absent, second), undefined);
    await assert.rejects(repository.tree(absent, ''), error => isGitError(error) && error.kind === 'badRevision');
  });

  it('head: branch and what it follows, then detached (fault 46)', async () => {
    const clone = new Scratch('clone');
    try {
      clone.git('remote', 'add', 'origin', scratch.root);
      clone.git('remote', 'add', 'backup', 'https://bot:pw@git.acme.io/acme/shop.git');
      assert.deepEqual(await (await open(clone)).head(), { sha: undefined, branch: 'main', upstream: undefined });
      clone.git('fetch', '-q', 'origin');
      clone.git('reset', '-q', '--hard', 'origin/main');
      clone.git('branch', '-q', '-u', 'origin/main');
      const repository = await open(clone);
      assert.deepEqual(await repository.head(), { sha: second, branch: 'main', upstream: { name: 'origin/main', sha: second } });
      assert.deepEqual(await repository.remotes(), [{ name: 'origin', url: scratch.root }, { name: 'backup', url: 'https://bot:pw@git.acme.io/acme/shop.git' }]);
      clone.git('checkout', '-q', '--detach', first);
      assert.deepEqual(await repository.head(), { sha: first, branch: undefined, upstream: undefined });
    } finally {
      clone.dispose();
    }
  });

  it('no remotes', async () => assert.deepEqual(await (await open(scratch)).remotes(), []));

  it('a shallow clone does not answer what history would have to (fault 46)', async () => {
    const clone = new Scratch('clone');
    try {
      clone.git('fetch', '-q', '--depth', '1', `file://${scratch.root}`, 'main');
      clone.git('reset', '-q', '--hard', second);
      const other = clone.commit({ x: '1' });
      const repository = await open(clone);
      assert.equal(await repository.shallow(), true);
      assert.equal(await repository.isAncestor(second, other), true);
      assert.equal(await repository.isAncestor(other, second), undefined);
      assert.equal(await repository.has(first), false);
    } finally {
      clone.dispose();
    }
  });

  it('is read in the middle of a rebase, with the index locked, and the lock stays (fault 46)', async () => {
    const clone = new Scratch('rebased');
    try {
      clone.commit({ 'a.yaml': 'kind: Base\n' });
      clone.git('checkout', '-q', '-b', 'side');
      const side = clone.commit({ 'a.yaml': 'kind: Side\n' });
      clone.git('checkout', '-q', 'main');
      const main = clone.commit({ 'a.yaml': 'kind: Main\n' });
      clone.git('checkout', '-q', 'side');
      assert.throws(() => clone.git('rebase', '-q', 'main'), 'it stops at the conflict');
      const lock = join(clone.root, '.git', 'index.lock');
      writeFileSync(lock, '');
      const repository = await open(clone);
      assert.deepEqual(await repository.head(), { sha: main, branch: undefined, upstream: undefined });
      for (const [commit, text] of [[main, 'kind: Main\n'], [side, 'kind: Side\n']] as const) assert.equal(String((await repository.blobs(commit, ['a.yaml'])).get('a.yaml')), text);
      assert.ok(existsSync(lock));
    } finally {
      clone.dispose();
    }
  });

  it('a repository that is deleted while it is read fails, and nothing hangs (fault 48)', async () => {
    const clone = new Scratch('deleted');
    const commit = clone.commit({ 'a.yaml': 'kind: A\n' });
    const repository = await open(clone);
    assert.equal(await repository.has(commit), true);
    clone.dispose();
    await assert.rejects(repository.blobs(commit, ['a.yaml', 'b.yaml']), isGitError);
    await assert.rejects(repository.head(), isGitError);
  });

  for (const revision of ['HEAD', '--output=x', '-h', `${'a'.repeat(40)}\n`, '', 'main', 'A'.repeat(40)])
    it(`${JSON.stringify(revision)} never reaches Git as a revision`, async () => {
      const repository = await open(scratch);
      for (const call of [() => repository.has(revision), () => repository.tree(revision, ''), () => repository.blobs(revision, ['x']), () => repository.isAncestor(revision, first)]) {
        await assert.rejects(call(), error => isGitError(error) && error.kind === 'badRevision');
      }
    });

  it('a cancelled read says so', async () => {
    const repository = await open(scratch);
    for (const call of [() => repository.head(AbortSignal.abort()), () => repository.blobs(first, ['apps/web.yaml'], AbortSignal.abort())]) await assert.rejects(call(), error => isGitError(error) && error.kind === 'aborted');
  });

  it('another user\'s repository is refused as Git refuses it', async function () {
    if (process.getuid?.() !== 0) return this.skip(); // Only root can give a folder away.
    const foreign = new Scratch('foreign');
    try {
      execFileSync('chown', ['-R', '12345', foreign.root]);
      await assert.rejects(openRepository(foreign.root, { env: foreign.env, untrusted: [] }), error => isGitError(error) && error.kind === 'unsafe');
    } finally {
      foreign.dispose();
    }
  });
});

describe('the git program', () => {
  it('is not taken from the workspace, the current folder or a relative entry; none is said to be missing (fault 47)', async () => {
    const scratch = new Scratch();
    try {
      const planted = join(scratch.root, 'bin');
      mkdirSync(planted);
      writeFileSync(join(planted, 'git'), '#!/bin/sh\n');
      chmodSync(join(planted, 'git'), 0o755);
      const elsewhere = join(scratch.base, 'elsewhere');
      symlinkSync(planted, elsewhere);
      const find = (path: string): Promise<string | undefined> => findGit({ env: { PATH: path }, untrusted: [scratch.root] });
      assert.equal(await find(`.:bin:${planted}:${elsewhere}:`), undefined);
      assert.equal(await find(`${planted}:/usr/bin:/bin`), '/usr/bin/git');
      assert.equal(await findGit({ env: { PATH: planted }, untrusted: [] }), join(planted, 'git'), 'the planted program is otherwise found');
      await assert.rejects(openRepository(scratch.root, { env: { PATH: planted }, untrusted: [scratch.root] }), error => isGitError(error) && error.kind === 'noGit');
    } finally {
      scratch.dispose();
    }
  });
});

describe('a hostile repository', () => {
  it('starts no program of its choosing', async () => {
    const scratch = new Scratch();
    try {
      const canary = join(scratch.base, 'canary');
      const evil = join(scratch.base, 'evil.sh');
      writeFileSync(evil, `#!/bin/sh\necho "$0 $*" >> '${canary}'\ncat\n`);
      chmodSync(evil, 0o755);
      const head = scratch.commit({ 'apps/web.yaml': 'kind: One\n', '.gitattributes': '* filter=evil diff=evil\n' });
      for (const setting of ['core.fsmonitor', 'core.pager', 'core.sshCommand', 'core.editor', 'core.askPass', 'core.gitProxy', 'diff.external', 'diff.evil.textconv', 'diff.evil.command', 'filter.evil.clean', 'filter.evil.smudge', 'filter.evil.process', 'gpg.program', 'credential.helper', 'alias.rev-parse', 'alias.cat-file', 'uploadpack.packObjectsHook', 'core.alternateRefsCommand', 'remote.origin.uploadpack'])
        scratch.git('config', setting, setting.startsWith('alias') ? `!${evil}` : evil);
      // A partial clone fetches what is missing: here by a program.
      scratch.git('config', 'protocol.ext.allow', 'always');
      scratch.git('config', 'remote.origin.url', `ext::${evil}`);
      scratch.git('config', 'remote.origin.promisor', 'true');
      scratch.git('config', 'core.repositoryFormatVersion', '1');
      scratch.git('config', 'extensions.partialClone', 'origin');
      const hooks = join(scratch.root, 'hooks');
      mkdirSync(hooks);
      scratch.git('config', 'core.hooksPath', hooks);
      for (const hook of ['post-index-change', 'post-checkout', 'reference-transaction', 'fsmonitor-watchman']) symlinkSync(evil, join(hooks, hook));

      const outer = { ...scratch.env, GIT_SSH_COMMAND: evil, GIT_EXTERNAL_DIFF: evil, GIT_DIR: '/nonexistent', GIT_PAGER: evil, PAGER: evil, EDITOR: evil };
      const repository = await openRepository(join(scratch.root, 'apps'), { env: outer, untrusted: [scratch.root] });
      assert.ok(repository);
      const absent = 'ab'.repeat(20);
      assert.equal((await repository.head()).sha, head);
      assert.equal((await repository.remotes()).length, 1);
      assert.deepEqual(await repository.tree(head, 'apps'), ['apps/web.yaml']);
      assert.equal((await repository.blobs(head, ['apps/web.yaml'])).get('apps/web.yaml'), 'kind: One\n');
      assert.equal(await repository.has(absent), false);
      assert.equal(await repository.isAncestor(absent, head), undefined);
      await assert.rejects(repository.tree(absent, ''));
      await repository.blobs(absent, ['x']);
      assert.equal(existsSync(canary), false, 'nothing ran');

      // The trap works: plain Git falls into it.
      try {
        scratch.git('status');
      } catch {
        // What it prints does not matter.
      }
      assert.equal(existsSync(canary), true, 'the canary would have sung');
    } finally {
      scratch.dispose();
    }
  });
});
