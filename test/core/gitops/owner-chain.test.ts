import assert from 'node:assert/strict';
import type { Application } from '../../../src/core/gitops/application';
import { ownerChains } from '../../../src/core/gitops/owner-chain';
import type { ObjectRef } from '../../../src/core/kube/identity';

const ref = (name: string): ObjectRef => ({ apiVersion: 'kustomize.toolkit.fluxcd.io/v1', kind: 'Kustomization', namespace: 'n', name });
const application = (name: string, parent: string | undefined): Application => ({ ref: ref(name), parent: parent === undefined ? undefined : ref(parent) }) as Application;

describe('who applies an application, up to the root', () => {
  const table: readonly (readonly [string, readonly (readonly [string, string | undefined])[], readonly string[]])[] = [
    ['people do', [['app', undefined]], []],
    ['one link', [['app', 'root'], ['root', undefined]], ['root']],
    ['one that applies itself is the root', [['app', 'root'], ['root', 'root']], ['root']],
    ['it is itself the root', [['app', 'app']], []],
    ['two that apply each other', [['app', 'other'], ['other', 'app']], ['other']],
    ['a ring above it', [['app', 'a'], ['a', 'b'], ['b', 'a']], ['a', 'b']],
    ['a parent that is not known ends it', [['app', 'gone']], ['gone']],
    ['a chain without end is cut', Array.from({ length: 100 }, (_, i) => [i === 0 ? 'app' : `p${i}`, `p${i + 1}`] as const), Array.from({ length: 20 }, (_, i) => `p${i + 1}`)],
  ];
  for (const [name, links, expected] of table)
    it(name, () => {
      const all = links.map(([own, parent]) => application(own, parent));
      assert.deepEqual(all[0] && ownerChains(all, [])(all[0]).map(one => one.name), expected);
    });
});
