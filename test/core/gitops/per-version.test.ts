import assert from 'node:assert/strict';
import type { JsonObject } from '../../../src/core/base/json';
import type { Cluster, PresentState } from '../../../src/core/cluster/api';
import { applicationWants, readApplications } from '../../../src/core/gitops/applications';
import { readApplicationSets } from '../../../src/core/gitops/argo';
import { asLive } from '../../../src/core/kube/live';

const FLUX = 'kustomize.toolkit.fluxcd.io';
const SOURCE = 'source.toolkit.fluxcd.io';
const HELM = 'helm.toolkit.fluxcd.io';
const IMAGE = 'image.toolkit.fluxcd.io';
const ARGO = 'argoproj.io';

/** Objects that say when somebody has them made of their text. */
class Texts {
  readonly made: string[] = [];
  readonly #states = new Map<string, PresentState[]>();

  put(apiVersion: string, kind: string, name: string, more: JsonObject): void {
    const { made } = this;
    const state: PresentState = {
      kind: 'present',
      seen: [],
      get object() {
        made.push(`${kind} ${name}`);
        return asLive({ apiVersion, kind, metadata: { name, namespace: 'gitops', uid: `u-${name}`, resourceVersion: '1', ...(kind === 'Application' && { ownerReferences: [{ kind: 'ApplicationSet', name: 'all' }] }) }, ...more });
      },
    };
    const others = this.#states.get(kind) ?? [];
    this.#states.set(kind, [...others.filter(one => !isCalled(one, name)), state]);
    made.length = 0;
  }

  cluster(): Cluster {
    const groups: Readonly<Record<string, readonly string[]>> = { [FLUX]: ['Kustomization'], [SOURCE]: ['GitRepository', 'OCIRepository', 'Bucket', 'ExternalArtifact'], [HELM]: ['HelmRelease'], [IMAGE]: ['ImageUpdateAutomation'], [ARGO]: ['Application', 'ApplicationSet'] };
    const settings = this.#states;
    return {
      pin: { server: '' },
      resources: (group: string) => (groups[group] ?? []).map(kind => ({ group, version: 'v1', kind })),
      store: {
        list: (_: string, kind: string) => this.#states.get(kind) ?? [],
        status: () => ({ kind: 'ready', verifiedAt: 0 }),
        read: ({ kind }: { readonly kind: string }) => settings.get(kind)?.[0] ?? { kind: 'absent' },
      },
    } as unknown as Cluster;
  }
}

const isCalled = (state: PresentState, name: string): boolean => (state.object['metadata'] as JsonObject)['name'] === name;

const all = (cluster: Cluster): unknown => [applicationWants(cluster), readApplications(cluster), readApplicationSets(cluster)];

describe('what controllers say of themselves is read once for each version of an object', () => {
  const texts = new Texts();
  texts.put(`${SOURCE}/v1`, 'GitRepository', 'shop', { spec: { url: 'https://git.example/shop' } });
  texts.put(`${SOURCE}/v1`, 'OCIRepository', 'art', {});
  texts.put(`${IMAGE}/v1`, 'ImageUpdateAutomation', 'auto', { spec: { sourceRef: { name: 'shop' } } });
  for (let i = 0; i < 5; i++) {
    texts.put(`${FLUX}/v1`, 'Kustomization', `k${i}`, { spec: { path: `./k${i}`, sourceRef: { kind: i === 0 ? 'OCIRepository' : 'GitRepository', name: i === 0 ? 'art' : 'shop' } } });
    texts.put(`${HELM}/v2`, 'HelmRelease', `h${i}`, { spec: {} });
    texts.put(`${ARGO}/v1alpha1`, 'Application', `a${i}`, { spec: { source: { repoURL: 'https://git.example/shop', path: `a${i}` }, destination: { namespace: 'shop' } } });
  }
  texts.put(`${ARGO}/v1alpha1`, 'ApplicationSet', 'all', {});
  texts.put('v1', 'ConfigMap', 'argocd-cm', { data: { 'application.resourceTrackingMethod': 'label' } });
  const cluster = texts.cluster();

  it('the first time all of them', () => {
    assert.equal(readApplications(cluster).applications.length, 15);
    all(cluster);
    for (const name of ['GitRepository shop', 'OCIRepository art', 'ImageUpdateAutomation auto', 'Kustomization k4', 'HelmRelease h4', 'Application a4', 'ApplicationSet all', 'ConfigMap argocd-cm']) assert.ok(texts.made.includes(name), name);
  });

  it('then none, and the same is said', () => {
    const before = all(cluster);
    texts.made.length = 0;
    assert.deepEqual(all(cluster), before);
    assert.deepEqual(texts.made, []);
  });

  it('of a change only what changed', () => {
    texts.put(`${FLUX}/v1`, 'Kustomization', 'k3', { spec: { path: './elsewhere', sourceRef: { kind: 'GitRepository', name: 'shop' } } });
    const { applications } = readApplications(cluster);
    assert.equal(applications.find(({ ref }) => ref.name === 'k3')?.path, 'elsewhere');
    assert.deepEqual([...new Set(texts.made)], ['Kustomization k3']);
  });

  it('another source is another source for all that use it', () => {
    texts.put(`${SOURCE}/v1`, 'GitRepository', 'shop', { spec: { url: 'https://git.example/moved', suspend: true } });
    const { applications } = readApplications(cluster);
    assert.deepEqual(applications.filter(({ source }) => source?.url === 'https://git.example/moved').map(({ ref }) => ref.name).sort(), ['k1', 'k2', 'k3', 'k4']);
    assert.deepEqual([...new Set(texts.made)], ['GitRepository shop']);
  });

  it('other settings of the installation count for what was read before', () => {
    texts.put('v1', 'ConfigMap', 'argocd-cm', { data: { 'application.resourceTrackingMethod': 'annotation' } });
    const methods = readApplications(cluster).applications.flatMap(application => (application.tool === 'argo' ? application.tracking.method : []));
    assert.deepEqual(methods, Array.from({ length: 5 }, () => 'annotation'));
  });
});
