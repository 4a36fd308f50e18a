import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { at, listAt, member, textAt, withMember, type Json, type JsonObject } from '../../src/core/base/json';
import { parseJson, stringifyJson } from '../../src/core/base/json-text';
import { findProgram } from '../../src/core/git/program';
import { startCluster, type BenchCluster, type User } from '../bench/cluster';
import { stageAll } from '../bench/drift-stages';
import { freePort } from '../bench/process';
import { makeShop, type Shop } from '../bench/shop';
import { configText } from '../core/cluster/open';
import { plumbline, type Ended } from './program';

/** What somebody has put into the Secret by hand. */
const CANARY = 'canary-7f3a9-hand-made-password';
const SPELLINGS = [CANARY, Buffer.from(CANARY).toString('base64'), 'staging-only-password', Buffer.from('staging-only-password').toString('base64')];

interface Found {
  readonly verdict: string;
  readonly fields: readonly string[];
}

/** `Kind/name` in a namespace → its verdict, and path, verdict, line and manager of each field that is not merely spelt otherwise. */
function found(report: Json): Record<string, Found> {
  return Object.fromEntries(
    listAt(report, 'objects').map(object => {
      const fields = listAt(object, 'fields').filter(field => textAt(field, 'verdict') !== 'equivalent');
      const shown = fields.map(field => [textAt(field, 'path'), textAt(field, 'verdict'), stringifyJson(at(field, 'at', 'line') ?? null), textAt(field, 'owners', 0, 'manager') ?? '-', textAt(field, 'afterResume')].join(' '));
      return [`${textAt(object, 'namespace') ?? ''}/${textAt(object, 'kind') ?? ''}/${textAt(object, 'name') ?? ''}`, { verdict: textAt(object, 'verdict') ?? '', fields: shown }];
    }),
  );
}

const calm = (verdict: string): boolean => verdict === 'in-sync';
const open = (report: Json): Record<string, Found> => Object.fromEntries(Object.entries(found(report)).filter(([, { verdict }]) => !calm(verdict)));

describe('the command line on a real cluster with Flux', function () {
  this.timeout(120_000);
  let cluster: BenchCluster;
  let shop: Shop;
  let folder: string;

  before(async function () {
    this.timeout(600_000);
    folder = await mkdtemp(join(tmpdir(), 'plumbline-cli-'));
    cluster = await startCluster();
    shop = await makeShop(cluster, folder);
    await stageAll({ cluster, shop });
    await mkdir(join(shop.folder, 'docs'));
    await cluster.kubectl(['patch', 'secret/api-database', '-n', 'shop-staging', '--type=merge', '--field-manager=kubectl-edit', '-p', JSON.stringify({ stringData: { password: CANARY } })]);
  });
  after(async function () {
    this.timeout(120_000);
    await shop.stop();
    await cluster.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const run = (args: readonly string[], { as = 'admin', cwd = shop.folder }: { readonly as?: User; readonly cwd?: string } = {}): Promise<Ended> => plumbline([...args, '--kubeconfig', cluster.kubeconfig(as)], { cwd });
  async function json(args: readonly string[], options: { readonly as?: User; readonly cwd?: string } = {}): Promise<JsonObject> {
    const { out, err } = await run([...args, '-o', 'json'], options);
    assert.ok(out.startsWith('{'), err);
    return parseJson(out) as JsonObject;
  }

  const STAGED: Record<string, Found> = {
    'shop-production/ConfigMap/features': { verdict: 'drift', fields: ['.data.fallbackGateway drift 8 kubectl-edit deleted'] },
    'shop-production/Deployment/web': { verdict: 'drift', fields: ['.spec.replicas drift 10 kubectl overwritten'] },
    'shop-staging/Deployment/api': { verdict: 'drift', fields: ['.metadata.labels.costcenter drift 9 - overwritten', '.spec.template.spec.containers[name="api"].image drift 22 kubectl-edit overwritten'] },
    'shop-staging/ConfigMap/web-nginx': { verdict: 'drift', fields: ['.data.default.conf drift 20 k9s overwritten'] },
    'shop-staging/Deployment/web': { verdict: 'drift', fields: ['.spec.replicas drift 11 kubectl overwritten'] },
    'shop-staging/PodDisruptionBudget/web': { verdict: 'missing', fields: [] },
    'catalog-production/Deployment/catalog': { verdict: 'drift', fields: ['.spec.replicas drift 15 kubectl overwritten'] },
    'catalog-staging/Deployment/catalog': { verdict: 'drift', fields: ['.spec.template.spec.containers[name="catalog"].image drift 9 kubectl-set overwritten'] },
    'payments/Deployment/payments': { verdict: 'drift', fields: ['.spec.template.spec.containers[name="payments"].env[name="TIMEOUT"].value drift 21 kubectl-set overwritten'] },
    'shop-staging/Deployment/worker': { verdict: 'pending', fields: ['.spec.template.spec.containers[name="worker"].env[name="BATCH"].value pending 22 - overwritten'] },
  };
  /** Without helm it is told where the HelmRelease gives the values, with it at the line of the template. */
  const search = async (): Promise<Record<string, Found>> => {
    const helm = await findProgram('helm', { env: process.env, untrusted: [] });
    return { 'search/Deployment/search': { verdict: 'drift', fields: [`.spec.template.spec.containers[name="search"].resources.limits.memory drift ${helm === undefined ? 14 : 21} kubectl-set overwritten`] } };
  };
  /** Without Helm's record nothing is known of what it applied, but that it is there. */
  const UNREAD: Record<string, Found> = Object.fromEntries(['Deployment', 'Service'].map(kind => [`search/${kind}/search`, { verdict: 'undecided', fields: [] }]));
  const SECRET = 'shop-staging/Secret/api-database';

  it('a scan finds all the staged drift, each on its line with who did it, and ends with 1', async () => {
    const { code } = await run(['scan', '-o', 'json']);
    assert.equal(code, 1);
    const report = await json(['scan']);
    assert.deepEqual(open(report), { ...STAGED, ...(await search()), [SECRET]: { verdict: 'drift', fields: ['.data.password drift 74 kubectl-edit overwritten'] } });
    assert.equal(textAt(report, 'schema'), 'plumbline/scan/v1');
    assert.deepEqual(member(report, 'repository'), { root: '.', head: await shop.head(), dirty: false });
    assert.equal(textAt(report, 'cluster', 'server'), cluster.server);
    assert.equal(at(report, 'requests', 'dryRun'), 0);
    assert.ok(Number(at(report, 'requests', 'list')) > 5);
    assert.equal(listAt(report, 'objects').length, Object.values(member(report, 'summary') as JsonObject).reduce<number>((sum, count) => sum + Number(count), 0));
  });

  it('what an application applies is printed as its controller sends it, each value with what sets it', async () => {
    const args = ['render', '--application', 'Kustomization/flux-system/catalog-production'];
    const { code, out } = await run(args);
    assert.equal(code, 0);
    assert.match(out, /host: catalog\.shop\.example/);
    assert.match(out, /kustomize\.toolkit\.fluxcd\.io\/name: catalog-production/);
    const objects = listAt(await json(args), 'roots', 0, 'objects');
    const sourcesOf = (kind: string, path: string): Json[] => listAt(objects.find(object => textAt(object, 'object', 'kind') === kind) ?? null, 'sources').filter(source => textAt(source, 'path') === path).map(source => [textAt(source, 'by') ?? '', textAt(source, 'file') ?? textAt(source, 'outside') ?? '-', at(source, 'line') ?? 0]);
    assert.deepEqual(sourcesOf('Deployment', '.spec.replicas'), [['replicas', 'apps/catalog/overlays/production/kustomization.yaml', 15]]);
    assert.deepEqual(sourcesOf('Ingress', '.spec.rules[0].host'), [['substitute', 'apps/catalog/base/service.yaml', 15], ['substitute', 'variable domain', 0]]);
    assert.deepEqual(sourcesOf('Deployment', '.metadata.labels.kustomize.toolkit.fluxcd.io/name'), [['injected', '-', 0]]);
    assert.ok(!SPELLINGS.some(text => out.includes(text)));
  });

  it('a Secret is told by its size, on both sides', async () => {
    const object = listAt(await json(['scan', 'apps/staging/api.yaml']), 'objects').find(one => textAt(one, 'kind') === 'Secret');
    const field = listAt(object, 'fields')[0];
    assert.deepEqual([at(field ?? null, 'git'), at(field ?? null, 'live')], [{ secret: true, bytes: 'staging-only-password'.length }, { secret: true, bytes: CANARY.length }]);
  });

  it('who may not read Secrets learns all the rest, and of the Secret that it could not be told', async () => {
    const report = await json(['scan'], { as: 'no-secrets' });
    assert.deepEqual(open(report), { ...STAGED, ...UNREAD, [SECRET]: { verdict: 'unknown', fields: [] }, 'catalog-production/Secret/catalog-database': { verdict: 'unknown', fields: [] } });
    assert.match(textAt(listAt(report, 'objects').find(one => textAt(one, 'kind') === 'Secret') ?? null, 'reason') ?? '', /^forbidden: .*secrets .*is forbidden/);
  });

  it('a file asks for that file only: nothing is said of the rest of its application, and nothing is called an orphan', async () => {
    const report = await json(['scan', 'apps/staging/web.yaml']);
    assert.deepEqual(Object.keys(found(report)).sort(), ['shop-staging/Deployment/web', 'shop-staging/Ingress/web', 'shop-staging/Service/web']);
    assert.equal(textAt(report, 'objects', 0, 'application', 'name'), 'staging');
  });

  it('a base asks for what the overlays build of it, and is nobody’s plain folder', async () => {
    for (const path of ['apps/catalog/base', 'apps/catalog/base/deployment.yaml']) {
      const report = await json(['scan', path]);
      const objects = listAt(report, 'objects').map(object => `${textAt(object, 'application', 'name') ?? 'nobody'} ${textAt(object, 'kind') ?? ''} ${textAt(object, 'verdict') ?? ''}`);
      assert.deepEqual(objects.filter(line => line.includes('Deployment')).sort(), ['catalog-production Deployment drift', 'catalog-staging Deployment drift']);
      assert.deepEqual(objects.filter(line => line.startsWith('nobody')), []);
    }
  });

  it('names of files are relative to the repository in JSON, and to the current folder in text', async () => {
    const cwd = join(shop.folder, 'apps', 'staging');
    const report = await json(['scan', 'web.yaml'], { cwd });
    assert.deepEqual([textAt(report, 'repository', 'root'), textAt(report, 'objects', 0, 'source', 'file')], ['../..', 'apps/staging/web.yaml']);
    assert.match((await run(['scan', 'web.yaml'], { cwd })).out, /^ +web\.yaml:11:13 {2}\.spec\.replicas {2}Git 2, live 5 · kubectl scale$/m);
  });

  it('a plain folder that people apply is judged by kubectl\'s own record', async () => {
    const { code, out } = await run(['scan', 'ops', '-o', 'json']);
    assert.equal(code, 0);
    const objects = listAt(parseJson(out), 'objects');
    assert.ok(objects.length > 3 && objects.every(object => textAt(object, 'verdict') === 'in-sync' && textAt(object, 'applier', 'tool') === 'kubectl' && member(object, 'application') === null));
  });

  describe('exit codes', () => {
    const cases: readonly (readonly [name: string, args: readonly string[], code: number, options?: { readonly as?: User }])[] = [
      ['0: in sync', ['scan', 'ops'], 0],
      ['0: pending, which fails nothing unless asked to', ['scan', 'apps/staging/worker.yaml', '--fail-on', 'conflict'], 0],
      ['1: pending, when it is asked to', ['scan', 'apps/staging/worker.yaml', '--fail-on', 'pending'], 1],
      ['1: drift', ['scan', 'apps/staging/web.yaml'], 1],
      ['1: also for diff', ['diff', 'apps/staging/web.yaml'], 1],
      ['1: drift weighs more than what could not be read', ['scan', 'apps/staging'], 1, { as: 'no-secrets' }],
      ['2: nothing may be read', ['scan', 'ops'], 2, { as: 'two-namespaces' }],
      ['1: unknown, when it is asked to fail', ['scan', 'ops', '--fail-on', 'unknown'], 1, { as: 'two-namespaces' }],
      ['2: a folder without manifests is no success', ['scan', 'docs'], 2],
      ['3: a path that is not there', ['scan', 'nowhere'], 3],
      ['3: a file that is no manifest', ['scan', '.git/HEAD'], 3],
      ['3: a revision that is not there', ['scan', '--base', 'nope'], 3],
      ['3: an unknown flag', ['scan', '--colour'], 3],
      ['4: a context that is not there', ['scan', '--context', 'nope'], 4],
      ['4: an application that is not there', ['scan', '--application', 'Kustomization/flux-system/nope'], 4],
      ['4: a recording that is not there', ['scan', '--offline', 'nowhere.json'], 4],
    ];
    for (const [name, args, code, options] of cases) {
      it(name, async () => {
        const ended = await run(args, options);
        assert.equal(ended.code, code, `${ended.out}\n${ended.err}`);
        if (code > 2) assert.match(ended.err, /^plumbline: /);
        if (code > 2) assert.equal(ended.out, '');
      });
    }

    it('4: a server that nobody answers at', async () => {
      const file = join(folder, 'nobody.kubeconfig');
      await writeFile(file, (await readFile(cluster.kubeconfig(), 'utf8')).replace(cluster.server, `https://127.0.0.1:${await freePort()}`));
      const ended = await plumbline(['scan', '--kubeconfig', file], { cwd: shop.folder });
      assert.equal(ended.code, 4);
      assert.match(ended.err, /refuses connections/);
    });

    it('4: no kubeconfig at all', async () => {
      const ended = await plumbline(['scan'], { cwd: shop.folder });
      assert.equal(ended.code, 4);
      assert.match(ended.err, /no kubeconfig/);
    });
  });

  it('--base: without one Git\'s newer value is undecided, against HEAD it is in sync with what was applied', async () => {
    const verdictOf = async (base: string): Promise<string | undefined> => found(await json(['scan', 'apps/staging/worker.yaml', '--base', base]))['shop-staging/Deployment/worker']?.verdict;
    assert.deepEqual([await verdictOf('auto'), await verdictOf('none'), await verdictOf('HEAD~1')], ['pending', 'undecided', 'pending']);
  });

  it('--application takes this repository for its source, whatever the remotes say', async () => {
    const elsewhere = join(folder, 'mirror');
    await cp(shop.folder, elsewhere, { recursive: true });
    execFileSync('git', ['remote', 'set-url', 'origin', 'https://mirror.example/shop.git'], { cwd: elsewhere });
    const without = await json(['scan', 'apps/staging'], { cwd: elsewhere });
    assert.ok(Object.values(found(without)).every(({ verdict }) => verdict === 'undecided' || verdict === 'missing'), 'another repository than the source');
    const named = await json(['scan', '--application', 'Kustomization/flux-system/staging'], { cwd: elsewhere });
    assert.deepEqual(open(named), Object.fromEntries(Object.entries({ ...STAGED, ...(await search()), [SECRET]: { verdict: 'drift', fields: ['.data.password drift 74 kubectl-edit overwritten'] } }).filter(([key]) => key.startsWith('shop-staging/'))));
  });

  it('a diff can be taken back: the file then says what is live', async () => {
    const copy = join(folder, 'copy');
    await cp(shop.folder, copy, { recursive: true });
    const { out } = await run(['diff', 'apps/staging/web.yaml'], { cwd: copy });
    execFileSync('git', ['apply', '-R', '-p0', '-'], { cwd: copy, input: out.replace('--- live/', '--- ') });
    assert.equal(await readFile(join(copy, 'apps/staging/web.yaml'), 'utf8'), (await shop.read('apps/staging/web.yaml')).replace('replicas: 2', 'replicas: 5'));
  });

  describe('a recording', () => {
    const isSecret = (object: Json): boolean => textAt(object, 'kind') === 'Secret';
    let file: string;

    before(async () => {
      file = join(folder, 'recording.json');
      const ended = await run(['record', file]);
      // All of it could be judged while it was read.
      assert.equal(ended.code, 0, ended.err);
    });

    it('gives the same verdicts without the cluster, but for the Secret, and for what Helm recorded in one: they are not called right', async () => {
      const online = await json(['scan']);
      const { code, out } = await plumbline(['scan', '--offline', file, '-o', 'json'], { cwd: shop.folder });
      assert.equal(code, 1);
      const offline = parseJson(out) as JsonObject;
      const rest = (report: JsonObject): Json => ['requests', 'seconds', 'summary', 'objects', 'problems'].reduce((less, key) => withMember(less, key, undefined), report);
      assert.deepEqual(rest(offline), rest(online));
      // Of a release that cannot be read nobody knows what it holds of its chart.
      assert.deepEqual([online, offline].map(report => listAt(report, 'problems').map(problem => textAt(problem, 'file'))), [[], ['charts/search/templates/deployment.yaml', 'charts/search/templates/service.yaml']]);
      const told = (report: JsonObject): Json[] => listAt(report, 'objects').filter(object => !isSecret(object) && textAt(object, 'namespace') !== 'search');
      assert.deepEqual(told(offline), told(online));
      assert.deepEqual(Object.fromEntries(Object.entries(found(offline)).filter(([key]) => key.startsWith('search/') && !key.includes('HelmRelease'))), UNREAD);
      assert.deepEqual(found(offline)[SECRET], { verdict: 'undecided', fields: ['.data.password undecided 74 kubectl-edit unknown'] });
    });

    it('is for its owner alone', async () => {
      assert.equal((await stat(file)).mode & 0o777, 0o600);
    });

    it('says of an object that was written later what it knows: not there, or of a kind that it has not read, nothing', async () => {
      const copy = join(folder, 'later');
      await cp(shop.folder, copy, { recursive: true });
      const object = (kind: string, apiVersion: string): string => `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {name: later, namespace: shop-staging}\n`;
      await writeFile(join(copy, 'apps/staging/later.yaml'), `${object('ConfigMap', 'v1')}---\n${object('LimitRange', 'v1')}`);
      const { out } = await plumbline(['scan', 'apps/staging/later.yaml', '--offline', file, '-o', 'json'], { cwd: copy });
      assert.deepEqual(Object.fromEntries(Object.entries(found(parseJson(out))).map(([key, { verdict }]) => [key, verdict])), { 'shop-staging/ConfigMap/later': 'pending', 'shop-staging/LimitRange/later': 'unknown' });
    });

    it('a list saved with kubectl serves too; what it lacks is unknown, never missing', async () => {
      const list = join(folder, 'list.json');
      await writeFile(list, await cluster.kubectl(['get', 'configmap,persistentvolumeclaim,cronjob,namespace', '-n', 'shop-ops', '-o', 'json', '--show-managed-fields']));
      const { code, out } = await plumbline(['scan', 'ops', '--offline', list, '-o', 'json'], { cwd: shop.folder });
      assert.equal(code, 2);
      const verdicts = found(parseJson(out));
      assert.equal(verdicts['shop-ops/Role/dashboard-reader']?.verdict, 'unknown');
      assert.equal(verdicts['shop-ops/ConfigMap/dashboard-orders']?.verdict, 'in-sync');
      assert.ok(!Object.values(verdicts).some(({ verdict }) => verdict === 'missing'));
    });

    it('what is no recording is refused in one sentence', async () => {
      const other = join(folder, 'other.json');
      await writeFile(other, '{"hello": "world"}');
      const { code, err } = await plumbline(['scan', '--offline', other], { cwd: shop.folder });
      assert.equal(code, 4);
      assert.match(err, /^plumbline: .* is neither a recording made by plumbline nor a list of objects/);
    });
  });

  it('no Secret is in any output, on any stream, or in a recording', async function () {
    // Nine processes, one after another.
    this.timeout(400_000);
    const file = join(folder, 'canary.json');
    const runs = [['scan'], ['scan', '-o', 'json'], ['scan', '-o', 'sarif'], ['scan', '-o', 'junit'], ['scan', '-o', 'markdown'], ['diff'], ['diff', '-o', 'json'], ['record', file]];
    for (const args of runs) {
      const { out, err } = await run(args);
      // A file that Git has is the reader's own: a diff shows its unchanged lines.
      const spellings = args[0] === 'diff' ? SPELLINGS.slice(0, 2) : SPELLINGS;
      for (const spelling of spellings) assert.ok(!`${out}${err}`.includes(spelling), `${args.join(' ')} holds ${spelling}`);
      if (args.join(' ') !== 'diff' && args[0] !== 'record') assert.match(out, /api-database/, args.join(' '));
    }
    const recorded = await readFile(file, 'utf8');
    for (const spelling of SPELLINGS) assert.ok(!recorded.includes(spelling), `the recording holds ${spelling}`);
    assert.match(recorded, /api-database/);
    const offline = await plumbline(['diff', '--offline', file, '-o', 'json'], { cwd: shop.folder });
    for (const spelling of SPELLINGS.slice(0, 2)) assert.ok(!offline.out.includes(spelling));
  });

  it('a repository that means harm starts nothing, is judged as far as it can be read, and is no success', async () => {
    const hostile = join(folder, 'hostile');
    await cp(join(shop.folder, 'ops'), join(hostile, 'ops'), { recursive: true });
    const git = (...args: string[]): string => execFileSync('git', args, { cwd: hostile, encoding: 'utf8' });
    git('init', '--quiet');
    await writeFile(join(hostile, 'evil.sh'), '#!/bin/sh\ntouch "$(dirname "$0")/was-run"\n', { mode: 0o755 });
    const evil = join(hostile, 'evil.sh');
    await writeFile(join(hostile, '.gitattributes'), '*.yaml filter=evil diff=evil\n');
    for (const key of ['core.fsmonitor', 'core.pager', 'filter.evil.clean', 'filter.evil.smudge', 'filter.evil.process', 'diff.evil.textconv', 'core.sshCommand']) git('config', key, evil);
    for (const hook of ['post-index-change', 'post-checkout', 'reference-transaction']) await cp(evil, join(hostile, '.git', 'hooks', hook));
    await writeFile(join(hostile, 'binary.yaml'), Buffer.from([0, 1, 2, 255, 254, 0]));
    await writeFile(join(hostile, 'bomb.yaml'), `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: bomb, namespace: shop-ops}\na0: &a0 [${'x,'.repeat(9)}x]\n${Array.from({ length: 12 }, (_, i) => `a${i + 1}: &a${i + 1} [${`*a${i},`.repeat(9)}*a${i}]`).join('\n')}\n`);
    await writeFile(join(hostile, 'deep.yaml'), `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: deep, namespace: shop-ops}\ndata: ${'['.repeat(5000)}${']'.repeat(5000)}\n`);
    await writeFile(join(hostile, 'broken.yaml'), 'apiVersion: v1\nkind: ConfigMap\n  metadata: {name: [\n');
    await symlink('loop', join(hostile, 'loop'));
    await symlink('/etc/passwd', join(hostile, 'link.yaml'));
    await symlink('.', join(hostile, 'self'));
    const { code, out, err } = await run(['scan', '-o', 'json'], { cwd: hostile });
    assert.equal(code, 2, err);
    const report = parseJson(out);
    const problems = listAt(report, 'problems').map(problem => textAt(problem, 'file'));
    for (const file of ['binary.yaml', 'bomb.yaml', 'broken.yaml', 'deep.yaml']) assert.ok(problems.includes(file), `${file} is not among ${problems.join(', ')}`);
    assert.ok(!problems.includes('link.yaml') && !out.includes('root:'), 'a link out of the repository was followed');
    assert.equal(found(report)['shop-ops/ConfigMap/dashboard-orders']?.verdict, 'in-sync');
    await assert.rejects(stat(join(hostile, 'was-run')), 'the repository had its program run');
    assert.equal((await run(['scan', 'loop'], { cwd: hostile })).code, 3);
  });

  it('a kubeconfig among the files that are judged starts its program only where that was allowed; one from elsewhere is vouched for by who names it', async () => {
    const login = `#!/bin/sh\ntouch "$(dirname "$0")/was-run"\necho '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":{"token":"${cluster.token()}"}}'\n`;
    const user = { exec: { apiVersion: 'client.authentication.k8s.io/v1', command: './login', interactiveMode: 'Never' } };
    for (const place of [join(shop.folder, 'docs'), await mkdtemp(join(folder, 'elsewhere-'))]) {
      await writeFile(join(place, 'login'), login, { mode: 0o755 });
      await writeFile(join(place, 'kubeconfig'), configText(cluster.server, cluster.ca, user));
      const scan = (...more: readonly string[]): Promise<Ended> => plumbline(['scan', 'ops', '--kubeconfig', join(place, 'kubeconfig'), ...more], { cwd: shop.folder });
      const wasRun = (): Promise<boolean> => stat(join(place, 'was-run')).then(() => true, () => false);
      if (place.startsWith(shop.folder)) {
        const { code, err } = await scan();
        assert.deepEqual([code, await wasRun()], [4, false], err);
        assert.match(err, /docs\/kubeconfig wants to run login to log in: it lies in the folder that is judged, so whoever wrote there chose the program; --allow-exec runs it$/m);
        assert.equal((await scan('--allow-exec')).code, 0);
      } else assert.equal((await scan()).code, 0);
      assert.equal(await wasRun(), true);
      await rm(join(place, 'kubeconfig'));
    }
  });
});
