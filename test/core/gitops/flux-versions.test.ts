import assert from 'node:assert/strict';
import type { Cluster, Resource } from '../../../src/core/cluster/api';
import { fluxWants, readFlux } from '../../../src/core/gitops/flux';

const GROUPS = { Kustomization: 'kustomize.toolkit.fluxcd.io', GitRepository: 'source.toolkit.fluxcd.io' } as const;

/** A cluster that serves these versions of both of Flux's groups, preferred first, and has no object. */
function serving(versions: readonly string[] | 'unreadable'): Cluster {
  const resources = (group: string): readonly Resource[] | undefined =>
    versions === 'unreadable' ? undefined : Object.entries(GROUPS).flatMap(([kind, of]) => (of === group ? versions.map(version => ({ group, version, kind, plural: `${kind.toLowerCase()}s`, namespaced: true, verbs: ['list'] })) : []));
  return { resources, store: { list: () => [], status: () => ({ kind: 'ready', verifiedAt: 0 }) } } as unknown as Cluster;
}

describe('which version of Flux is read', () => {
  const rows: readonly (readonly [string, readonly string[] | 'unreadable', string | undefined, number])[] = [
    ['the only one that is served', ['v1beta2'], 'v1beta2', 0],
    ['the preferred one of several', ['v1', 'v1beta2'], 'v1', 0],
    ['none where Flux is not installed, which is an answer', [], undefined, 0],
    ['none where its group does not answer, which is a doubt', 'unreadable', undefined, 2],
  ];
  for (const [name, versions, expected, unread] of rows) {
    it(`${name} (fault 54)`, () => {
      const cluster = serving(versions);
      assert.deepEqual(fluxWants(cluster).map(({ apiVersion }) => apiVersion), expected === undefined ? [] : Object.values(GROUPS).map(group => `${group}/${expected}`));
      assert.equal(readFlux(cluster).unread.length, unread);
    });
  }

  it('who may not read its objects at all is told so once, not of HelmReleases again', () => {
    const extras = (kind: 'ready' | 'denied'): readonly (true | undefined)[] => {
      const resources = (group: string): readonly Resource[] => (group === 'helm.toolkit.fluxcd.io' ? ['HelmRelease'] : group === 'kustomize.toolkit.fluxcd.io' ? ['Kustomization'] : []).map(one => ({ group, version: 'v1', kind: one, plural: one, namespaced: true, verbs: ['list'] }));
      const cluster = { resources, store: { list: () => [], status: () => ({ kind, reason: 'no' }) } } as unknown as Cluster;
      return fluxWants(cluster).map(({ extra }) => extra);
    };
    assert.deepEqual([extras('ready'), extras('denied')], [[undefined, undefined], [undefined, true]]);
  });
});
