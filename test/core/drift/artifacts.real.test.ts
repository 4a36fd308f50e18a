import assert from 'node:assert/strict';
import { at, type Json } from '../../../src/core/base/json';
import type { ApplicationState, Snapshot } from '../../../src/core/drift/snapshot';
import type { BenchCluster } from '../../bench/cluster';
import { until } from '../../bench/process';
import type { PackedFolder } from '../../bench/publisher';
import { fluxObject, type BenchFlux } from '../../bench/flux';
import { installImageAutomations } from '../../bench/image-automation';
import { sharedCluster, sharedFlux } from '../../bench/hooks';
import { Scratch } from '../git/scratch';
import { DEPLOYMENT } from '../render/features';
import { applicationNamed, openEngine, type OpenEngine } from './open-engine';

export { mochaHooks } from '../../bench/hooks';

/** By application: the folder that was packed, and `spec.path` in it. */
const PACKED: Readonly<Record<string, readonly [folder: string, path: string]>> = { whole: ['deploy/shop', './'], part: ['deploy', './parts/web'], twice: ['same/one', './'], written: ['pipeline', './'] };

describe('applications that are packed as artifacts, and such as image automation writes to, under a real kustomize-controller', function () {
  this.timeout(180_000);
  let cluster: BenchCluster;
  let flux: BenchFlux;
  let namespace: string;
  let repository: Scratch;
  /** Where a pipeline changes what it packs. */
  let pipeline: Scratch;
  let open: OpenEngine;
  let commit: string;

  const map = (name: string, level = 'info'): string => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}, namespace: ${namespace}}\ndata: {level: ${level}}\n`;
  const stateOf = (snapshot: Snapshot, name: string): ApplicationState | undefined => applicationNamed(snapshot, namespace, name);
  const said = (name: string): string[] => (stateOf(open.engine.current, name)?.objects ?? []).map(({ ref, verdict }) => `${ref.name} ${verdict.verdict}`).sort();

  /** An artifact that something else than source-controller has made: here the copy of an OCIRepository's. */
  const external = async (packed: PackedFolder): Promise<void> => {
    const url = `oci://registry.bench.example/${namespace}/carrier`;
    flux.publisher.pack(url, packed);
    await cluster.apply(fluxObject(namespace, 'source', 'OCIRepository', 'carrier', { interval: '1h', url, ref: { tag: 'latest' } }), 'bench');
    const carried = (): Promise<Json | undefined> => cluster.request('GET', `/apis/source.toolkit.fluxcd.io/v1/namespaces/${namespace}/ocirepositories/carrier`).then(({ body }) => at(body, 'status', 'artifact'));
    await until('it is packed', async () => (await carried()) !== undefined, 60_000);
    await cluster.apply(fluxObject(namespace, 'source', 'ExternalArtifact', 'external', { sourceRef: { apiVersion: 'source.extensions.fluxcd.io/v1beta1', kind: 'ArtifactGenerator', name: 'outside', namespace } }), 'bench');
    const ready = { type: 'Ready', status: 'True', reason: 'Succeeded', message: 'made', lastTransitionTime: new Date().toISOString() };
    const { status } = await cluster.request('PATCH', `/apis/source.toolkit.fluxcd.io/v1/namespaces/${namespace}/externalartifacts/external/status?fieldManager=source-watcher`, { status: { artifact: (await carried()) ?? null, conditions: [ready] } }, { type: 'application/merge-patch+json' });
    assert.equal(status, 200);
    await cluster.apply(fluxObject(namespace, 'kustomize', 'Kustomization', 'external', { interval: '1h', path: './', prune: true, sourceRef: { kind: 'ExternalArtifact', name: 'external' } }), 'bench');
    await flux.applied(namespace, 'external');
  };

  before(async function () {
    this.timeout(900_000);
    cluster = await sharedCluster();
    flux = await sharedFlux();
    namespace = await cluster.namespace('artifacts');
    repository = new Scratch();
    const source = 'https://git.bench.example/team/artifacts.git';
    repository.git('remote', 'add', 'origin', source);
    commit = repository.commit({
      'deploy/shop/kustomization.yaml': 'resources: [own.yaml]\n',
      'deploy/shop/own.yaml': map('own'),
      'deploy/parts/web/a.yaml': map('a'),
      'other/parts/web/b.yaml': map('b'),
      'pipeline/nested/w.yaml': map('w'),
      'auto/kustomization.yaml': `namespace: ${namespace}\nresources: [web.yaml]\nimages:\n  - name: nginx\n    newTag: "1.28" # {"$imagepolicy": "flux-system:nginx:tag"}\n`,
      'auto/web.yaml': DEPLOYMENT,
      'outside/e.yaml': map('e'),
      'same/one/x.yaml': map('x'),
      'same/two/x.yaml': map('x', 'debug'),
    });
    commit = repository.commit({ 'deploy/shop/kustomization.yaml': 'resources: [own.yaml]\nnameSuffix: -s\n' });
    pipeline = new Scratch();
    pipeline.commit({ 'pipeline/nested/w.yaml': map('w', 'written') });
    for (const [name, [folder, path]] of Object.entries(PACKED)) {
      const url = `oci://registry.bench.example/${namespace}/${name}`;
      flux.publisher.pack(url, name === 'written' ? { repository: `${pipeline.root}/.git`, folder, source, commit } : { repository: `${repository.root}/.git`, folder, source });
      await cluster.apply(fluxObject(namespace, 'source', 'OCIRepository', name, { interval: '1h', url, ref: { tag: 'latest' } }), 'bench');
      await cluster.apply(fluxObject(namespace, 'kustomize', 'Kustomization', name, { interval: '1h', path, prune: true, sourceRef: { kind: 'OCIRepository', name } }), 'bench');
    }
    await external({ repository: `${repository.root}/.git`, folder: 'outside', source });
    flux.publisher.serve(source, `${repository.root}/.git`);
    await installImageAutomations(cluster);
    await cluster.apply(fluxObject(namespace, 'image', 'ImageUpdateAutomation', 'images', { interval: '1h', sourceRef: { kind: 'GitRepository', name: 'app' }, git: { push: { branch: 'images' } }, update: { path: './auto', strategy: 'Setters' } }), 'bench');
    await cluster.apply(fluxObject(namespace, 'source', 'GitRepository', 'app', { interval: '1h', url: source, ref: { branch: 'main' } }), 'bench');
    await cluster.apply(fluxObject(namespace, 'kustomize', 'Kustomization', 'auto', { interval: '1h', path: './auto', prune: true, sourceRef: { kind: 'GitRepository', name: 'app' } }), 'bench');
    await flux.applied(namespace, 'auto', commit);
    for (const name of Object.keys(PACKED)) await flux.applied(namespace, name);
    open = await openEngine({ cluster, repository });
    await open.until('all are found', snapshot => Object.keys(PACKED).every(name => (stateOf(snapshot, name)?.objects.length ?? 0) > 0) && said('whole')[0] === 'own-s in-sync' && said('auto')[0] === 'web in-sync' && said('external')[0] === 'e in-sync', 60_000);
  });
  after(async () => {
    await open.close();
    repository.dispose();
    pipeline.dispose();
  });

  it('the folder that an artifact was packed of is the one that had what was applied, and is compared', () => {
    const folder = (name: string): string | undefined => stateOf(open.engine.current, name)?.folder.slice(repository.root.length + 1);
    assert.deepEqual([folder('whole'), said('whole')], ['deploy/shop', ['own-s in-sync']]);
    assert.deepEqual([folder('part'), said('part')], ['deploy/parts/web', ['a in-sync']]);
    assert.equal(stateOf(open.engine.current, 'whole')?.application?.appliedRevision, commit);
    assert.match(stateOf(open.engine.current, 'whole')?.evidence.join('\n') ?? '', new RegExp(`OCIRepository ${namespace}/whole holds an artifact made of commit ${commit.slice(0, 8)} of git\\.bench\\.example/team/artifacts\n.*has applied exactly what the folder deploy/shop held then`));
  });

  it('an artifact that another program has made is found in the same way', () => {
    assert.deepEqual([stateOf(open.engine.current, 'external')?.folder.slice(repository.root.length + 1), said('external')], ['outside', ['e in-sync']]);
    assert.match(stateOf(open.engine.current, 'external')?.evidence[0] ?? '', /^ExternalArtifact .*external holds an artifact made of commit/);
  });

  it('where two folders had the same objects nothing is compared, and nothing is an orphan', () => {
    const state = stateOf(open.engine.current, 'twice');
    assert.deepEqual(said('twice'), ['x unknown']);
    assert.match(state?.doubt ?? '', /its artifact \(latest@sha256:[0-9a-f]{64}\) cannot be laid beside a folder of this repository: several folders of commit [0-9a-f]{8} have exactly what it applied: same, same\/one, same\/two/);
  });

  it('which automation commits to what an application applies is said, and of a value that it writes which policy decides', async () => {
    assert.ok(stateOf(open.engine.current, 'auto')?.evidence.includes(`ImageUpdateAutomation ${namespace}/images commits images below auto to branch images`), stateOf(open.engine.current, 'auto')?.evidence.join('\n'));
    await cluster.kubectl(['set', 'image', 'deployment/web', '-n', namespace, 'web=nginx:1.29']);
    const notes = (): readonly string[] => stateOf(open.engine.current, 'auto')?.objects[0]?.verdict.notes ?? [];
    await open.until('the note', () => notes().includes('.spec.template.spec.containers[name="web"].image is written into Git by image automation: ImagePolicy flux-system/nginx decides it'));
  });

  it('drift is drift; a commit that was not packed yet is pending', async () => {
    await cluster.kubectl(['patch', 'configmap/a', '-n', namespace, '--type=merge', '-p', '{"data":{"level":"debug"}}']);
    await open.until('drift', () => said('part')[0] === 'a drift');
    repository.commit({ 'deploy/shop/own.yaml': map('own', 'warn') });
    await open.engine.refresh();
    await open.until('pending', () => said('whole')[0] === 'own-s pending');
  });

  it('what a pipeline wrote into a file before it packed it is in no commit, and not called in sync', () => {
    assert.deepEqual(said('written'), ['w undecided']);
  });
});
