import assert from 'node:assert/strict';
import { detectApplier, lastApplied } from '../../../src/core/drift/applier';
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

describe('what is in the inventory and in no file', () => {
  const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'a', name: 'x' };
  const present = (annotations: JsonObject): LiveState => ({ kind: 'present', object: asLive({ metadata: { annotations } }), seen: [] });
  const rows: readonly [string, LiveState, boolean, string | undefined, string | undefined, RegExp?][] = [
    ['gone as well: nothing to say', { kind: 'absent' }, true, undefined, undefined],
    ['present: orphan, and it will be deleted', present({}), true, undefined, 'orphan', /will delete it/],
    ['present, pruning off: orphan, and it stays', present({}), false, undefined, 'orphan', /will leave it/],
    ['present, pruning disabled on the object: it stays', present({ 'kustomize.toolkit.fluxcd.io/prune': 'disabled' }), true, undefined, 'orphan', /will leave it/],
    ['not readable: unknown, never an orphan', { kind: 'unknown', status: { kind: 'denied', reason: 'forbidden' } }, true, undefined, 'unknown'],
    ['files that are not what is applied: nothing to say', present({}), true, 'kustomize', undefined],
  ];
  for (const [name, live, prune, undecided, verdict, note] of rows) {
    it(name, () => {
      const judged = judgeOrphan(ref, live, prune, undecided);
      assert.equal(judged?.verdict, verdict);
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
