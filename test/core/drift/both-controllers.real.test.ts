import assert from 'node:assert/strict';
import type { Json, JsonObject } from '../../../src/core/base/json';
import { explain } from '../../../src/core/drift/explain';
import type { ApplicationState, ObjectState, Snapshot } from '../../../src/core/drift/snapshot';
import { describeRef } from '../../../src/core/kube/identity';
import { ARGO_NAMESPACE } from '../../bench/argo';
import { startFlux, type BenchFlux } from '../../bench/flux';
import { sharedArgo, type ArgoCluster } from '../../bench/hooks';
import { until } from '../../bench/process';
import { Scratch } from '../git/scratch';
import { applicationsIn, openEngine, type OpenEngine } from './open-engine';

export { mochaHooks } from '../../bench/hooks';

const ARGO = 'argoproj.io/v1alpha1';

describe('Flux and Argo CD in one cluster, both real, and who applies whom', function () {
  this.timeout(300_000);
  let bench: ArgoCluster;
  let flux: BenchFlux;
  let namespace: string;
  let repository: Scratch;
  let open: OpenEngine;

  const map = (name: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}, namespace: ${namespace}}\ndata: {level: info}\n`;
  const mine = (snapshot: Snapshot): readonly ApplicationState[] => applicationsIn(snapshot).filter(({ folder }) => folder.startsWith(repository.root));
  const stateOf = (snapshot: Snapshot, name: string): ApplicationState | undefined => mine(snapshot).find(({ application }) => application?.ref.name === name);
  const objectOf = (application: string, name: string): ObjectState | undefined => stateOf(open.engine.current, application)?.objects.find(({ ref }) => ref.name === name);
  const owners = (name: string): string[] | undefined => stateOf(open.engine.current, name)?.owners.map(describeRef);
  const kustomization = (name: string, path: string): JsonObject => ({ apiVersion: 'kustomize.toolkit.fluxcd.io/v1', kind: 'Kustomization', metadata: { name, namespace }, spec: { interval: '1h', path, prune: true, sourceRef: { kind: 'GitRepository', name: 'app' } } });
  const application = (name: string, path: string, spec: JsonObject = {}): JsonObject => ({ apiVersion: ARGO, kind: 'Application', metadata: { name, namespace: ARGO_NAMESPACE }, spec: { project: 'default', source: { repoURL: `file://${repository.root}`, path, targetRevision: 'main' }, destination: { server: 'https://kubernetes.default.svc', namespace }, ...spec } });
  const written = (...objects: readonly JsonObject[]): string => objects.map(object => JSON.stringify(object)).join('\n---\n');

  before(async function () {
    this.timeout(1_200_000);
    bench = await sharedArgo();
    const { argo, cluster } = bench;
    flux = await startFlux(cluster);
    namespace = await cluster.namespace('both');
    await argo.withApplicationSets();
    repository = new Scratch();
    const url = 'https://git.bench.example/team/both.git';
    repository.git('remote', 'add', 'flux', url);
    repository.git('remote', 'add', 'argo', `file://${repository.root}`);
    const set: JsonObject = { apiVersion: ARGO, kind: 'ApplicationSet', metadata: { name: `${namespace}-set`, namespace: ARGO_NAMESPACE }, spec: { generators: [{ list: { elements: [{ name: `${namespace}-made` }] } }], template: { metadata: { name: '{{name}}' }, spec: application('', 'made')['spec'] ?? null } } };
    const commit = repository.commit({
      'flux/root/apps.yaml': written(kustomization('apps', './flux/apps')),
      'flux/apps/argo.yaml': written(application(`${namespace}-root`, 'argo/root')),
      'flux/apps/shop.yaml': written(kustomization('shop', './flux/shop')),
      'flux/shop/own.yaml': map('flux-own'),
      'flux/shop/both.yaml': map('both'),
      'argo/root/set.yaml': written(set),
      'argo/root/child.yaml': written(application(`${namespace}-child`, 'argo/child')),
      'argo/child/own.yaml': map('argo-own'),
      'argo/child/both.yaml': map('both'),
      'made/made.yaml': map('made'),
    });
    flux.publisher.serve(url, `${repository.root}/.git`);
    const source: Json = { apiVersion: 'source.toolkit.fluxcd.io/v1', kind: 'GitRepository', metadata: { name: 'app', namespace }, spec: { interval: '1h', url, ref: { branch: 'main' } } };
    await cluster.apply(source, 'bench');
    await cluster.apply(kustomization('root', './flux/root'), 'bench');
    for (const name of ['root', 'apps', 'shop']) {
      await until(`Kustomization ${name}`, async () => (await cluster.request('GET', `/apis/kustomize.toolkit.fluxcd.io/v1/namespaces/${namespace}/kustomizations/${name}`)).status === 200, 60_000);
      await flux.applied(namespace, name, commit);
    }
    for (const name of ['root', 'child', 'made']) {
      await until(`Application ${name}`, async () => (await cluster.request('GET', `/apis/${ARGO}/namespaces/${ARGO_NAMESPACE}/applications/${namespace}-${name}`)).status === 200, 60_000);
      await argo.sync(`${namespace}-${name}`);
    }
    open = await openEngine({ cluster, repository });
    const names = ['root', 'apps', 'shop', ...['root', 'child', 'made'].map(name => `${namespace}-${name}`)];
    await open.until('all are judged', snapshot => names.every(name => (stateOf(snapshot, name)?.objects.length ?? 0) > 0 && stateOf(snapshot, name)?.objects.every(({ verdict }) => verdict.verdict !== 'unknown' && verdict.verdict !== 'undecided') === true) && (owners(`${namespace}-made`)?.length ?? 0) > 1, 90_000);
  });
  after(async () => {
    await open.close();
    await flux.stop();
    repository.dispose();
  });

  it('each judges what it applies, and both are in sync', () => {
    const said = mine(open.engine.current).flatMap(({ application: by, objects }) => objects.filter(({ ref }) => ref.kind === 'ConfigMap').map(({ ref, verdict }) => `${by?.tool ?? 'nobody'} ${ref.name} ${verdict.verdict}`));
    assert.deepEqual(said.sort(), ['argo argo-own in-sync', 'argo both in-sync', 'argo made in-sync', 'flux both in-sync', 'flux flux-own in-sync']);
  });

  it('an object that both claim names the other one, in its verdict and in its explanation', () => {
    const argoName = `Application ${ARGO_NAMESPACE}/${namespace}-child`;
    const fluxName = `Kustomization ${namespace}/shop`;
    for (const [by, other] of [['shop', argoName], [`${namespace}-child`, fluxName]] as const) {
      const object = objectOf(by, 'both');
      assert.deepEqual(object?.verdict.claimedBy, [other]);
      const input = open.engine.input(object.id);
      assert.ok(input && explain(object.verdict, input).includes(`Note: ${other} claims this object, too`));
    }
    assert.equal(objectOf('shop', 'flux-own')?.verdict.claimedBy, undefined);
  });

  it('what one of them does to it is drift to the other: it is told by whom', async () => {
    const { argo } = bench;
    repository.commit({ 'argo/child/both.yaml': map('both').replace('info', 'argo') });
    await argo.sync(`${namespace}-child`);
    await open.engine.refresh();
    await open.until('drift', () => objectOf('shop', 'both')?.verdict.verdict === 'drift' && objectOf(`${namespace}-child`, 'both')?.verdict.verdict === 'in-sync', 60_000);
    assert.deepEqual(objectOf('shop', 'both')?.verdict.fields.flatMap(({ owners: by }) => by.map(({ manager }) => manager)), ['argocd-controller']);
  });

  it('who applies an application is known up to the root, across both controllers', () => {
    const [root, apps] = [`Kustomization ${namespace}/root`, `Kustomization ${namespace}/apps`];
    const argoRoot = `Application ${ARGO_NAMESPACE}/${namespace}-root`;
    assert.deepEqual(owners('root'), []);
    assert.deepEqual(owners('shop'), [apps, root]);
    assert.deepEqual(owners(`${namespace}-root`), [apps, root]);
    assert.deepEqual(owners(`${namespace}-child`), [argoRoot, apps, root]);
    assert.deepEqual(owners(`${namespace}-made`), [`ApplicationSet ${ARGO_NAMESPACE}/${namespace}-set`, argoRoot, apps, root]);
  });
});
