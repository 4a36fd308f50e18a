import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../../src/core/base/clock';
import { DiskTree } from '../../../src/core/render/disk-tree';
import { KustomizeRenderer, type Rendered } from '../../../src/core/render/kustomize';
import { Sandbox } from '../../../src/core/render/sandbox';
import type { Tree } from '../../../src/core/render/tree';
import { sandboxFiles } from '../../bench/sandbox';
import { DEPLOYMENT, SERVICE, type Case } from './features';
import { memoryTree } from './memory-tree';

const { signal } = new AbortController();

/** One build may take this long here, so that the tests need not. */
const BUILD_MS = 4_000;

const bytes = (files: Readonly<Record<string, string>>): ReadonlyMap<string, Uint8Array> => new Map(Object.entries(files).map(([path, text]) => [path, Buffer.from(text)]));

/** Ten levels of nine aliases each: 3.5 thousand million values. */
const BOMB = `a0: &a0 [x,x,x,x,x,x,x,x,x]\n${Array.from({ length: 9 }, (_, i) => `a${i + 1}: &a${i + 1} [${Array<string>(9).fill(`*a${i}`).join(',')}]\n`).join('')}`;

const chain = (levels: number): Record<string, string> =>
  Object.fromEntries(Array.from({ length: levels }, (_, i) => [`l${i}/kustomization.yaml`, i === levels - 1 ? 'configMapGenerator: [{name: x, literals: [a=b]}]' : `resources: [../l${i + 1}]`]));

/** Each level takes the next one twice, under two prefixes. */
function doubling(levels: number): Record<string, string> {
  const files: Record<string, string> = { [`l${levels}/kustomization.yaml`]: 'resources: [d.yaml]', [`l${levels}/d.yaml`]: DEPLOYMENT };
  for (let i = 0; i < levels; i++) {
    files[`l${i}/kustomization.yaml`] = `resources: [../a${i}, ../b${i}]`;
    for (const side of ['a', 'b']) files[`${side}${i}/kustomization.yaml`] = `resources: [../l${i + 1}]\nnamePrefix: ${side}-`;
  }
  return files;
}

describe('a hostile kustomization', () => {
  let folder: string;
  let sandbox: Sandbox;
  let renderer: KustomizeRenderer;

  before(async function () {
    this.timeout(20 * 60_000);
    folder = await mkdtemp(join(tmpdir(), 'plumbline-hostile-'));
    sandbox = new Sandbox(await sandboxFiles(), systemClock, { buildMs: BUILD_MS, idleMs: 60_000 });
    renderer = new KustomizeRenderer(sandbox);
  });
  after(async () => {
    sandbox.dispose();
    await rm(folder, { recursive: true, force: true });
  });

  const render = (tree: Tree, root: string): Promise<Rendered> => renderer.render(tree, root, {}, signal);

  /** The one problem, and the text it is marked at. */
  async function problemOf(files: Case['files'], root: string, links: readonly string[] = []): Promise<{ readonly message: string; readonly file: string; readonly at: string }> {
    const rendered = await render(memoryTree(files, links), root);
    if (rendered.kind !== 'failed') assert.fail('it was rendered');
    const [problem, ...more] = rendered.problems;
    assert.ok(problem && more.length === 0, JSON.stringify(rendered.problems));
    const text = files[problem.file];
    return { message: problem.message, file: problem.file, at: typeof text === 'string' ? text.slice(problem.range.start, problem.range.end) : '' };
  }

  /** Another root, never rendered before, is rendered as if nothing had happened. */
  let others = 0;
  async function othersWork(): Promise<void> {
    const rendered = await render(memoryTree({ 'kustomization.yaml': 'resources: [s.yaml]', 's.yaml': SERVICE.replace('web', `other-${++others}`) }), '');
    assert.ok(rendered.kind === 'rendered' && rendered.yaml.includes(`other-${others}`), JSON.stringify(rendered));
  }

  const OF_ITSELF: readonly (readonly [name: string, files: Case['files'], root: string, message: RegExp, at: string])[] = [
    ['an alias bomb in its file', { 'kustomization.yaml': `resources: []\n${BOMB}` }, '', /^kustomize would run out of memory here/, '*a5'],
    ['a thousand levels', chain(1000), 'l0', /nest more than 60 levels deep/, '../l61'],
    ['brackets nested nine thousand deep', { 'kustomization.yaml': 'resources: [d.yaml]', 'd.yaml': `${SERVICE}x: ${'['.repeat(9000)}${']'.repeat(9000)}\n` }, '', /nests too deeply|exceeded max depth|did not finish within/, 'resources'],
    ['a command as generator', { 'kustomization.yaml': 'generators: [g.yaml]', 'g.yaml': 'apiVersion: v1\nkind: X\nmetadata: {name: x, annotations: {config.kubernetes.io/function: "exec: {path: ./evil.sh}"}}\n' }, '', /function that runs in a container or as a program/, 'X'],
    ['a container as transformer, inline', { 'kustomization.yaml': 'transformers:\n  - |-\n    apiVersion: v1\n    kind: X\n    metadata: {name: x, annotations: {config.kubernetes.io/function: "container: {image: evil}"}}\n' }, '', /function that runs in a container or as a program/, '|-\n    apiVersion: v1\n    kind: X\n    metadata: {name: x, annotations: {config.kubernetes.io/function: "container: {image: evil}"}}'],
    ['a plugin', { 'kustomization.yaml': 'generators: [g.yaml]', 'g.yaml': 'apiVersion: someteam.example.com/v1\nkind: ChartInflator\nmetadata: {name: x}\n' }, '', /a plugin, a program of its own/, 'ChartInflator'],
    ['Helm charts', { 'kustomization.yaml': 'helmCharts: [{name: evil, repo: "https://example.invalid"}]' }, '', /need the helm program/, 'helmCharts'],
    ['Helm charts, as generator', { 'kustomization.yaml': 'generators: [h.yaml]', 'h.yaml': 'apiVersion: builtin\nkind: HelmChartInflationGenerator\nmetadata: {name: x}\nname: evil\n' }, '', /need the helm program/, 'HelmChartInflationGenerator'],
    ['a base above the repository', { 'a/kustomization.yaml': 'resources: [../../../etc]' }, 'a', /leads out of the repository/, '../../../etc'],
    ['a replacement above the repository', { 'a/kustomization.yaml': 'resources: []\nreplacements: [{path: ../../r.yaml}]' }, 'a', /leads out of the repository/, '../../r.yaml'],
    ['an alias bomb in a manifest', { 'a/kustomization.yaml': 'resources: [d.yaml]', 'a/d.yaml': `${SERVICE}${BOMB}` }, 'a', /^kustomize would run out of memory here: its aliases come to more than [\d,]+ values; it is not read, and the kustomization not rendered\.$/, '*a5'],
    ['an alias bomb in a patch', { 'a/kustomization.yaml': 'resources: []\npatches: [{path: p.yaml}]', 'a/p.yaml': `${SERVICE}${BOMB}` }, 'a', /^kustomize would run out of memory here: its aliases come to more than [\d,]+ values; it is not read, and the kustomization not rendered\.$/, '*a5'],
    ['an absolute path', { 'kustomization.yaml': 'resources: []\npatches: [{path: /etc/passwd}]' }, '', /leads out of the repository/, '/etc/passwd'],
    ['a generator that reads above the repository', { 'kustomization.yaml': 'configMapGenerator: [{name: x, files: [k=../../root/.ssh/id_rsa]}]' }, '', /leads out of the repository/, 'k=../../root/.ssh/id_rsa'],
  ];
  for (const [name, files, root, message, at] of OF_ITSELF) {
    it(`${name}: said where it is written, and others work`, async () => {
      const problem = await problemOf(files, root);
      assert.match(problem.message, message);
      assert.equal(problem.at, at);
      await othersWork();
    });
  }

  for (const [name, files] of [['doubling at each of 25 levels', doubling(25)]] as const) {
    it(`${name}: is stopped, remembered, and others work`, async () => {
      const stopped = /did not finish within 4 s: stopped|out of memory|excessive aliasing/;
      assert.match((await problemOf(files, 'l0')).message, stopped);
      await othersWork();
      const began = performance.now();
      assert.match((await problemOf(files, 'l0')).message, stopped);
      assert.ok(performance.now() - began < BUILD_MS, 'it was tried again');
    });
  }

  describe('reaching for the network', () => {
    let server: Server;
    let port = 0;
    let seen = 0;

    before(async () => {
      server = createServer(socket => {
        seen++;
        socket.destroy();
      });
      await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
      const address = server.address();
      port = typeof address === 'object' && address ? address.port : 0;
    });
    after(() => new Promise(resolve => server.close(resolve)));

    const WAYS: readonly (readonly [name: string, kustomization: (url: string) => string])[] = [
      ['a file as resource', url => `resources: ["${url}/x.yaml"]`],
      ['a repository as resource', url => `resources: ["${url}/r.git//base?ref=main"]`],
      ['a repository as base, git::', url => `bases: ["git::${url}/r"]`],
      ['a component', url => `components: ["${url}/c"]`],
      ['a patch', url => `resources: [s.yaml]\npatches: [{path: "${url}/p.yaml"}]`],
      ['a strategic merge patch', url => `resources: [s.yaml]\npatchesStrategicMerge: ["${url}/p.yaml"]`],
      ['a file of a generator', url => `configMapGenerator: [{name: x, files: ["k=${url}/f"]}]`],
      ['an env file', url => `secretGenerator: [{name: x, envs: ["${url}/f"]}]`],
      ['a schema', url => `resources: [s.yaml]\nopenapi: {path: "${url}/s.json"}`],
      ['a CRD', url => `resources: [s.yaml]\ncrds: ["${url}/c.json"]`],
      ['a configuration', url => `resources: [s.yaml]\nconfigurations: ["${url}/c.yaml"]`],
      ['a replacement', url => `resources: [s.yaml]\nreplacements: [{path: "${url}/r.yaml"}]`],
      ['a transformer', url => `resources: [s.yaml]\ntransformers: ["${url}/t.yaml"]`],
    ];
    for (const [name, kustomization] of WAYS) {
      it(`${name}: is named, and nothing arrives, also when it is not looked at before`, async () => {
        const files = { 'kustomization.yaml': kustomization(`http://127.0.0.1:${port}`), 's.yaml': SERVICE };
        const problem = await problemOf(files, '');
        assert.match(problem.message, /^This is fetched from the network/);
        assert.ok(problem.at.includes(`127.0.0.1:${port}`), problem.at);
        const unchecked = await sandbox.build({ root: '', files: bytes(files), flux: undefined }, signal);
        assert.equal(unchecked.yaml, '');
        assert.ok(unchecked.error !== undefined);
        assert.equal(seen, 0);
        await othersWork();
      });
    }

    it('the socket does hear what is sent to it', async () => {
      const socket = connect(port, '127.0.0.1');
      await new Promise(resolve => socket.on('close', resolve).on('error', () => undefined));
      assert.ok(seen > 0);
    });
  });

  it('a program sees the language, its own runtime, and nothing else', async () => {
    const seen = new Set(await sandbox.globals());
    for (const name of ['fetch', 'require', 'WebSocket', 'EventSource', 'Worker', 'BroadcastChannel', 'MessageChannel', 'Buffer', 'global', 'navigator', 'eval', 'setImmediate', 'structuredClone']) assert.ok(!seen.has(name), name);
    assert.deepEqual([...seen].filter(name => /^[a-z]/.test(name) && !/^(parse|is|globalThis|undefined)/.test(name)).sort(), ['clearTimeout', 'console', 'crypto', 'fs', 'path', 'performance', 'plumblineBuild', 'process', 'queueMicrotask', 'setTimeout']);
  });

  it('symbolic links are not followed: to a file, to a folder, and as the root', async () => {
    const top = join(folder, 'repository');
    await mkdir(join(top, 'a'), { recursive: true });
    await mkdir(join(folder, 'outside'));
    await writeFile(join(folder, 'outside', 'kustomization.yaml'), 'resources: [s.yaml]');
    await writeFile(join(folder, 'outside', 's.yaml'), SERVICE);
    await symlink(join(folder, 'outside'), join(top, 'link'));
    await symlink(join(folder, 'outside', 's.yaml'), join(top, 'a', 's.yaml'));
    const tree = new DiskTree(top, () => undefined);
    for (const [kustomization, at] of [['resources: [s.yaml]', 's.yaml'], ['resources: [../link]', '../link'], ['resources: [../link/s.yaml]', '../link/s.yaml']] as const) {
      await writeFile(join(top, 'a', 'kustomization.yaml'), kustomization);
      const rendered = await render(tree, 'a');
      if (rendered.kind !== 'failed') assert.fail(kustomization);
      const [problem] = rendered.problems;
      assert.match(problem?.message ?? '', /symbolic link, which is not followed/);
      assert.equal(kustomization.slice(problem?.range.start, problem?.range.end), at);
    }
    const rendered = await render(tree, 'link');
    assert.ok(rendered.kind === 'failed' && rendered.problems.length > 0);
  });

  it('what is asked for after the end is refused', async () => {
    const ended = new Sandbox({ worker: '/nowhere', program: '/nowhere', runtime: '/nowhere' }, systemClock);
    ended.dispose();
    await assert.rejects(ended.build({ root: '', files: new Map(), flux: undefined }, signal), { kind: 'disposed' });
  });

  it('a program that is not there is said to be missing', async () => {
    const lost = new Sandbox({ ...(await sandboxFiles()), program: join(folder, 'absent') }, systemClock);
    await assert.rejects(lost.build({ root: '', files: new Map(), flux: undefined }, signal), { kind: 'noProgram' });
    lost.dispose();
  });
});
