import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import type { Json, JsonObject } from '../../../src/core/base/json';
import { explain } from '../../../src/core/drift/explain';
import type { ApplicationState, ObjectState, Snapshot } from '../../../src/core/drift/snapshot';
import { startCluster, type BenchCluster } from '../../bench/cluster';
import { fluxObject, startFlux, type BenchFlux } from '../../bench/flux';
import { installHelmReleases } from '../../bench/helm-release';
import { Scratch } from '../git/scratch';
import { applicationNamed, openEngine, type OpenEngine } from './open-engine';

export { mochaHooks } from '../../bench/hooks';

describe('applications that apply to another cluster, and such as wait for others, under a real kustomize-controller', function () {
  this.timeout(180_000);
  let cluster: BenchCluster;
  let flux: BenchFlux;
  let namespace: string;
  let repository: Scratch;
  let open: OpenEngine;

  const map = (name: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}, namespace: ${namespace}}\ndata: {level: info}\n`;
  const stateOf = (snapshot: Snapshot, name: string): ApplicationState | undefined => applicationNamed(snapshot, namespace, name);
  const objectOf = (name: string): ObjectState | undefined => stateOf(open.engine.current, name)?.objects[0];
  const kustomization = (name: string, spec: JsonObject): Json => fluxObject(namespace, 'kustomize', 'Kustomization', name, { interval: '1h', path: `./${name}`, prune: true, sourceRef: { kind: 'GitRepository', name: 'app' }, ...spec });

  before(async function () {
    this.timeout(900_000);
    // Of its own: a kind that is served says something about every window.
    cluster = await startCluster();
    await installHelmReleases(cluster);
    flux = await startFlux(cluster);
    namespace = await cluster.namespace('elsewhere');
    repository = new Scratch();
    const url = 'https://git.bench.example/team/elsewhere.git';
    repository.git('remote', 'add', 'origin', url);
    const release = { chart: { spec: { chart: 'web', sourceRef: { kind: 'HelmRepository', name: 'charts' } } }, interval: '1h', kubeConfig: { secretRef: { name: 'far' } } };
    const commit = repository.commit({ 'far/map.yaml': map('far'), 'waiting/map.yaml': map('waiting'), 'releases/release.yaml': JSON.stringify(fluxObject(namespace, 'helm', 'HelmRelease', 'remote', release, 'v2')) });
    flux.publisher.serve(url, `${repository.root}/.git`);
    // The other cluster is this very one: what is applied there stands under the same name here, and is not looked at all the same.
    await cluster.apply({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'far', namespace }, stringData: { value: await readFile(cluster.kubeconfig(), 'utf8') } }, 'bench');
    await cluster.apply(fluxObject(namespace, 'source', 'GitRepository', 'app', { interval: '1h', url, ref: { branch: 'main' } }), 'bench');
    await cluster.apply(kustomization('far', { kubeConfig: { secretRef: { name: 'far' } } }), 'bench');
    await cluster.apply(kustomization('waiting', {}), 'bench');
    await cluster.apply(kustomization('releases', {}), 'bench');
    for (const name of ['far', 'waiting', 'releases']) await flux.applied(namespace, name, commit);
    open = await openEngine({ cluster, repository });
    await open.until('all are judged', snapshot => objectOf('waiting')?.verdict.verdict === 'in-sync' && stateOf(snapshot, 'remote') !== undefined && objectOf('releases')?.verdict.verdict === 'in-sync', 60_000);
  });
  after(async () => {
    await open.close();
    repository.dispose();
    await flux.stop();
    await cluster.stop();
  });

  it('what is applied to another cluster is unknown here, with which one it is: never in sync, never missing', async () => {
    const reason = 'its objects live in another cluster (Secret far, spec.kubeConfig), which is not looked at here';
    const far = (): unknown => stateOf(open.engine.current, 'far')?.objects.map(({ ref, verdict }) => [ref.name, verdict.verdict, verdict.reason, verdict.fields.length]);
    assert.deepEqual(far(), [['far', 'unknown', reason, 0]]);
    const environment = open.engine.current.environments.find(({ applications }) => applications.some(({ application }) => application?.ref.name === 'far'));
    assert.equal(environment?.namespace, 'another cluster (Secret far, spec.kubeConfig)');
    assert.deepEqual(environment.applications.map(({ application }) => application?.ref.name).sort(), ['far', 'remote']);
    const input = open.engine.input(objectOf('far')?.id ?? '');
    assert.equal(input?.undecided, reason, 'nothing of it is pushed, nor asked about');
    await cluster.request('DELETE', `/api/v1/namespaces/${namespace}/configmaps/far`);
    await open.engine.refresh();
    assert.deepEqual(far(), [['far', 'unknown', reason, 0]]);
  });

  it('so is what a HelmRelease installs there', () => {
    const state = stateOf(open.engine.current, 'remote');
    assert.deepEqual([state?.objects.length, state?.doubt], [0, 'its objects live in another cluster (Secret far, spec.kubeConfig), which is not looked at here']);
  });

  it('one that waits for another says for which, and that drift stays until then', async () => {
    await cluster.apply(kustomization('waiting', { dependsOn: [{ name: 'nowhere' }] }), 'bench');
    await open.until('it waits', snapshot => stateOf(snapshot, 'waiting')?.application?.waitsFor !== undefined, 60_000);
    assert.equal(stateOf(open.engine.current, 'waiting')?.application?.waitsFor, `Kustomization ${namespace}/nowhere`);
    await cluster.kubectl(['patch', 'configmap/waiting', '-n', namespace, '--type=merge', '-p', '{"data":{"level":"debug"}}']);
    await open.until('drift', () => objectOf('waiting')?.verdict.verdict === 'drift');
    assert.ok(objectOf('waiting')?.verdict.notes.includes(`will not be corrected yet: it waits for Kustomization ${namespace}/nowhere`), objectOf('waiting')?.verdict.notes.join('\n'));
    const state = objectOf('waiting');
    const input = open.engine.input(state?.id ?? '');
    assert.ok(state && input && explain(state.verdict, input).includes(`it does not correct drift by itself: it waits for Kustomization ${namespace}/nowhere`));
  });
});
