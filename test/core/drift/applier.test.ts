import assert from 'node:assert/strict';
import { claimedBy, detectApplier } from '../../../src/core/drift/applier';
import { lastApplied } from '../../../src/core/drift/last-applied';
import { judgeOrphan } from '../../../src/core/drift/orphan';
import { wantsOf } from '../../../src/core/drift/wants';
import type { JsonObject } from '../../../src/core/base/json';
import type { LiveState } from '../../../src/core/cluster/api';
import { asLive } from '../../../src/core/kube/live';

const managed = (...entries: [manager: string, operation: string][]): JsonObject => ({ metadata: { managedFields: entries.map(([manager, operation]) => ({ manager, operation })) } });

const cases: readonly [string, JsonObject | undefined, string][] = [
  ['nothing live', undefined, 'none'],
  ['no managedFields', {}, 'none'],
  ['managedFields of strangers only', managed(['k9s', 'Update']), 'none'],
  ['kubectl apply', managed(['kubectl-client-side-apply', 'Update']), 'kubectl'],
  ['kubectl apply --server-side', managed(['kubectl', 'Apply']), 'kubectl-ssa'],
  ['kubectl scale alone is no applier', managed(['kubectl', 'Update']), 'none'],
  ['Helm 3', managed(['helm', 'Update']), 'helm3'],
  ['Helm 4', managed(['helm', 'Apply'], ['helm', 'Update']), 'helm4'],
  ['Argo CD, client-side', managed(['argocd-controller', 'Update'], ['kubectl-client-side-apply', 'Update']), 'argo'],
  ['a last-applied record without managedFields', { metadata: { annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{}' } } }, 'kubectl'],
  ['managedFields that are no list', { metadata: { managedFields: 'x' } }, 'none'],
];

describe('the applier of a plain folder is read off the live object', () => {
  for (const [name, live, tool] of cases) it(`${name}: ${tool}`, () => assert.equal(detectApplier(live).tool, tool));
  it('the record is the annotation, word for word', () => assert.equal(lastApplied({ metadata: { annotations: { 'kubectl.kubernetes.io/last-applied-configuration': 'text' } } }), 'text'));
});

describe('an object of a plain folder that a controller claims', () => {
  const rows: readonly [string, JsonObject | undefined, RegExp | undefined][] = [
    ['nothing live', undefined, undefined],
    ['nobody claims it', { metadata: { labels: { app: 'x' } } }, undefined],
    ['Flux does', { metadata: { labels: { 'kustomize.toolkit.fluxcd.io/name': 'apps', 'kustomize.toolkit.fluxcd.io/namespace': 'flux-system' } } }, /^Kustomization flux-system\/apps applies it/],
    ['a Helm release of Flux does', { metadata: { labels: { 'helm.toolkit.fluxcd.io/name': 'db', 'helm.toolkit.fluxcd.io/namespace': 'data' } } }, /^HelmRelease data\/db applies it/],
    ['Argo CD does', { kind: 'Deployment', metadata: { name: 'web', annotations: { 'argocd.argoproj.io/tracking-id': 'shop:apps/Deployment:a/web' } } }, /^the Application shop of Argo CD applies it/],
    ['a mark of Argo CD that was copied from another object', { kind: 'Deployment', metadata: { name: 'copy', annotations: { 'argocd.argoproj.io/tracking-id': 'shop:apps/Deployment:a/web' } } }, undefined],
  ];
  for (const [name, live, expected] of rows) it(name, () => (expected ? assert.match(claimedBy(live) ?? '', expected) : assert.equal(claimedBy(live), undefined)));
});

describe('what is in the inventory and in no file', () => {
  const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'a', name: 'x' };
  const present = (annotations: JsonObject): LiveState => ({ kind: 'present', object: asLive({ metadata: { annotations } }), seen: [] });
  const rows: readonly [string, LiveState, boolean, boolean, string | undefined, RegExp?, string?][] = [
    ['gone as well: nothing to say', { kind: 'absent' }, true, true, undefined],
    ['present: orphan, and it will be deleted', present({}), true, true, 'orphan', /will delete it/],
    ['present, pruning off: orphan, and it stays', present({}), false, true, 'orphan', /will leave it/],
    ['present, pruning disabled on the object: it stays', present({ 'kustomize.toolkit.fluxcd.io/prune': 'disabled' }), true, true, 'orphan', /will leave it/],
    ['not readable: unknown, never an orphan', { kind: 'unknown', status: { kind: 'denied', reason: 'forbidden' } }, true, true, 'unknown'],
    ['an inventory that may be an old one: unknown, with the reason', present({}), true, true, 'unknown', /^$/, 'Flux cannot be read'],
    ['files that are not what is applied: nothing to say', present({}), true, false, undefined],
  ];
  for (const [name, live, prune, complete, verdict, note, doubt] of rows) {
    it(name, () => {
      const judged = judgeOrphan(ref, live, { prune, complete, doubt });
      assert.equal(judged?.verdict, verdict);
      if (doubt !== undefined) assert.equal(judged?.reason, doubt);
      if (note) assert.match(judged?.notes.join() ?? '', note);
    });
  }
});

describe('only what the files need is watched', () => {
  const cluster = { resource: (_: string, kind: string) => ({ group: '', version: 'v1', kind, plural: 'x', namespaced: kind !== 'ClusterRole', verbs: [] }) };
  const ref = (kind: string, namespace: string | undefined): { apiVersion: string; kind: string; namespace: string | undefined; name: string } => ({ apiVersion: 'v1', kind, namespace, name: 'x' });
  it('namespaces of one kind come together, sorted', () =>
    assert.deepEqual(wantsOf([{ refs: [ref('ConfigMap', 'b')] }, { refs: [ref('ConfigMap', 'a'), ref('ConfigMap', 'b')] }], cluster), [{ apiVersion: 'v1', kind: 'ConfigMap', namespaces: ['a', 'b'] }]));
  it('a cluster-scoped kind is wanted everywhere', () => assert.deepEqual(wantsOf([{ refs: [ref('ClusterRole', undefined)] }], cluster), [{ apiVersion: 'v1', kind: 'ClusterRole', namespaces: undefined }]));
  it('more than ten namespaces are read in one request', () =>
    assert.deepEqual(wantsOf([{ refs: Array.from({ length: 11 }, (_, i) => ref('ConfigMap', `n${i}`)) }], cluster), [{ apiVersion: 'v1', kind: 'ConfigMap', namespaces: undefined }]));
});
