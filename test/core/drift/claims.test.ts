import assert from 'node:assert/strict';
import { claimsOf } from '../../../src/core/drift/claims';
import type { Application } from '../../../src/core/gitops/application';
import type { ObjectRef } from '../../../src/core/kube/identity';
import { drained } from '../../fake/drained';

const object = (name: string): ObjectRef => ({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'shop', name });
const application = (name: string, inventory: readonly string[], remoteCluster?: string): Application => ({ ref: { apiVersion: 'kustomize.toolkit.fluxcd.io/v1', kind: 'Kustomization', namespace: 'flux-system', name }, inventory: inventory.map(object), remoteCluster }) as unknown as Application;

describe('who claims an object', () => {
  for (const [what, applications, written, expected] of [
    ['one', [application('a', ['x'])], [], []],
    ['the same one by its files and by its inventory', [application('a', ['x'])], [[application('a', ['x']), ['x']]], []],
    ['two, in the order of their names', [application('b', ['x', 'y']), application('a', ['x'])], [], [['/ConfigMap/shop/x', ['Kustomization flux-system/a', 'Kustomization flux-system/b']]]],
    ['three', [application('b', ['x']), application('a', ['x']), application('c', ['x'])], [], [['/ConfigMap/shop/x', ['Kustomization flux-system/a', 'Kustomization flux-system/b', 'Kustomization flux-system/c']]]],
    ['one by its inventory, one by its files', [application('a', ['x'])], [[application('b', []), ['x']]], [['/ConfigMap/shop/x', ['Kustomization flux-system/a', 'Kustomization flux-system/b']]]],
    ['what is applied to another cluster is another object', [application('a', ['x']), application('b', ['x'], 'far')], [], []],
    ['people claim nothing', [application('a', ['x'])], [[undefined, ['x']]], []],
  ] as const) {
    it(what, () => {
      const groups = written.map(([of, names]) => ({ application: of, refs: names.map(object) }));
      assert.deepEqual([...drained(claimsOf(applications, groups))], expected);
    });
  }
});
