import assert from 'node:assert/strict';
import { claimedBy, detectApplier, impersonated } from '../../../src/core/drift/applier';
import { lastApplied } from '../../../src/core/drift/last-applied';
import { isSuccessor, judgeOrphan } from '../../../src/core/drift/orphan';
import type { Want } from '../../../src/core/cluster/api';
import { mergeWants } from '../../../src/core/cluster/merge-wants';
import { usesOf, wantsOf } from '../../../src/core/drift/wants';
import type { JsonObject } from '../../../src/core/base/json';
import type { LiveState } from '../../../src/core/cluster/api';
import type { ObjectRef } from '../../../src/core/kube/identity';
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
  const named = (name: string): ObjectRef => ({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'a', name });
  const owner = { apiVersion: 'x/v1', kind: 'Kustomization', namespace: 'flux-system', name: 'apps' };
  const labels = { 'kustomize.toolkit.fluxcd.io/name': 'apps', 'kustomize.toolkit.fluxcd.io/namespace': 'flux-system' };
  const present = (annotations: JsonObject = {}): LiveState => ({ kind: 'present', object: asLive({ metadata: { labels, annotations } }), seen: [] });
  interface Row {
    readonly name: string;
    readonly live: LiveState;
    readonly prune?: boolean;
    readonly tool?: 'flux' | 'argo' | 'helm';
    readonly complete?: boolean;
    readonly doubt?: string;
    readonly successor?: ObjectRef;
    readonly says: readonly [verdict: string, reason: RegExp, notes: readonly string[]] | undefined;
  }
  const REASON = /it is in the cluster and in the inventory/;
  const DELETES = 'the controller will delete it on its next run';
  const leaves = (why: string): string[] => [`the controller will leave it: ${why}`];
  // What each note says was seen done by the real controllers: `orphans.real.test.ts`, `argo.real.test.ts`.
  const rows: readonly Row[] = [
    { name: 'gone as well: nothing to say', live: { kind: 'absent' }, says: undefined },
    { name: 'present: it will be deleted', live: present(), says: ['orphan', REASON, [DELETES]] },
    { name: 'pruning off: it stays', live: present(), prune: false, says: ['orphan', REASON, leaves('pruning is off')] },
    { name: 'without the labels of its Kustomization it stays', live: { kind: 'present', object: asLive({ metadata: {} }), seen: [] }, says: ['orphan', REASON, leaves('it does not have the labels of its Kustomization any more')] },
    { name: 'pruning disabled on the object: it stays', live: present({ 'kustomize.toolkit.fluxcd.io/prune': 'Disabled' }), says: ['orphan', REASON, leaves('it says kustomize.toolkit.fluxcd.io/prune: disabled')] },
    { name: 'Flux told to leave it alone: it stays', live: present({ 'kustomize.toolkit.fluxcd.io/reconcile': 'disabled' }), says: ['orphan', REASON, leaves('it says kustomize.toolkit.fluxcd.io/reconcile: disabled')] },
    { name: 'Argo CD knows none of these marks', tool: 'argo', live: present({ 'kustomize.toolkit.fluxcd.io/prune': 'disabled' }), says: ['orphan', REASON, [DELETES]] },
    { name: 'Argo CD told not to prune it', tool: 'argo', live: present({ 'argocd.argoproj.io/sync-options': 'Prune=false' }), says: ['orphan', REASON, leaves('it says Prune=false')] },
    { name: 'Helm told to keep it', tool: 'helm', live: present({ 'helm.sh/resource-policy': 'keep' }), says: ['orphan', REASON, leaves('it says helm.sh/resource-policy: keep')] },
    { name: 'a mark that only Helm honours', live: present({ 'helm.sh/resource-policy': 'keep' }), says: ['orphan', REASON, [DELETES, 'helm.sh/resource-policy: keep does not save it: only Helm looks at that']] },
    { name: 'not readable: unknown, never an orphan', live: { kind: 'unknown', status: { kind: 'denied', reason: 'forbidden' } }, says: ['unknown', /could not be told/, []] },
    { name: 'an inventory that may be an old one: unknown, with the reason', live: present(), doubt: 'Flux cannot be read', says: ['unknown', /^Flux cannot be read$/, []] },
    { name: 'files that are not what is applied: nothing to say', live: present(), complete: false, says: undefined },
    { name: 'generated anew under another name: pending', live: present(), successor: named('next'), says: ['pending', /next takes its place/, [DELETES]] },
  ];
  for (const { name, live, prune = true, tool = 'flux', complete = true, doubt, successor, says } of rows) {
    it(name, () => {
      const judged = judgeOrphan(named('x'), live, { application: { tool, prune, ref: owner }, complete, doubt, successor });
      assert.deepEqual([judged?.verdict, judged?.notes], [says?.[0], says?.[2]]);
      if (says) assert.match(judged?.reason ?? '', says[1]);
    });
  }

  const pairs: readonly (readonly [string, string, boolean])[] = [
    ['app-config-2h7gbd7k6m', 'app-config-9b5f5fhcdk', true],
    ['app-config-2h7gbd7k6m', 'app-config-2h7gbd7k6m', false],
    ['app-config-2h7gbd7k6m', 'other-9b5f5fhcdk', false],
    ['app-config', 'app-config-9b5f5fhcdk', false],
    ['web-production', 'web-deployment', false],
  ];
  for (const [before, next, expected] of pairs) it(`${next} ${expected ? 'takes' : 'does not take'} the place of ${before}`, () => assert.equal(isSuccessor(named(next), named(before)), expected));
  it('nothing but ConfigMaps and Secrets is generated', () => assert.equal(isSuccessor({ ...named('a-9b5f5fhcdk'), kind: 'Job' }, { ...named('a-2h7gbd7k6m'), kind: 'Job' }), false));
});

describe('somebody else under the name of the applier', () => {
  const by = (time: string, version: string, manager = 'kustomize-controller'): Parameters<typeof impersonated>[0] => ({ applied: [{ manager, time }], version });
  const run = { ranAt: '2026-11-24T10:00:05Z', ranFor: 1_500, resourceVersion: '100' };
  const rows: readonly (readonly [string, Parameters<typeof impersonated>[0], Parameters<typeof impersonated>[2], ReturnType<typeof impersonated>])[] = [
    ['applied well before the run began', by('2026-11-24T10:00:01Z', '120'), run, undefined],
    ['applied while it ran, as far as whole seconds tell', by('2026-11-24T10:00:02Z', '90'), run, 'during'],
    ['applied after it', by('2026-11-24T10:00:06Z', '90'), run, 'after'],
    ['in the second in which it ended, and written before the run was reported', by('2026-11-24T10:00:05Z', '99'), run, 'during'],
    ['in that second, and written after it was reported', by('2026-11-24T10:00:05Z', '101'), run, 'after'],
    ['versions are compared as numbers', by('2026-11-24T10:00:05Z', '1000'), { ...run, resourceVersion: '999' }, 'after'],
    ['versions that are no numbers say nothing', by('2026-11-24T10:00:05Z', 'b'), { ...run, resourceVersion: 'a' }, 'during'],
    ['another manager', by('2026-11-24T10:00:06Z', '120', 'k9s'), run, undefined],
    ['a long run', by('2026-11-24T09:58:00Z', '90'), { ...run, ranFor: 130_000 }, 'during'],
    ['a run of which nobody knows how long it took', by('2026-11-24T01:00:00Z', '90'), { ...run, ranFor: undefined }, 'during'],
    ['the end of the run is not recorded', by('2026-11-24T10:00:06Z', '120'), { ...run, ranAt: undefined }, undefined],
    ['no application', by('2026-11-24T10:00:06Z', '120'), undefined, undefined],
  ];
  for (const [name, live, last, expected] of rows) it(`${name}: ${expected ?? 'no'}`, () => assert.equal(impersonated(live, { tool: 'flux', manager: 'kustomize-controller', active: true }, last), expected));
});

describe('only what the files need is watched', () => {
  const cluster = { resource: (_: string, kind: string) => ({ group: '', version: 'v1', kind, plural: 'x', namespaced: kind !== 'ClusterRole', verbs: [] }) };
  const ref = (kind: string, namespace: string | undefined, name = 'x'): { apiVersion: string; kind: string; namespace: string | undefined; name: string } => ({ apiVersion: 'v1', kind, namespace, name });
  const both = (kind: string, namespace: string | undefined): ReturnType<typeof ref>[] => [ref(kind, namespace), ref(kind, namespace, 'y')];
  it('namespaces of one kind come together, sorted', () =>
    assert.deepEqual(wantsOf([{ uses: usesOf(both('ConfigMap', 'b')) }, { uses: usesOf([...both('ConfigMap', 'a'), ref('ConfigMap', 'b')]) }], cluster), [{ apiVersion: 'v1', kind: 'ConfigMap', namespaces: ['a', 'b'] }]));
  it('a cluster-scoped kind is wanted everywhere', () => assert.deepEqual(wantsOf([{ uses: usesOf(both('ClusterRole', undefined)) }], cluster), [{ apiVersion: 'v1', kind: 'ClusterRole', namespaces: undefined }]));
  it('more than ten namespaces are read in one request', () =>
    assert.deepEqual(wantsOf([{ uses: usesOf(Array.from({ length: 11 }, (_, i) => ref('ConfigMap', `n${i}`))) }], cluster), [{ apiVersion: 'v1', kind: 'ConfigMap', namespaces: undefined }]));
  it('of a namespace in which one object alone is, however often it is named, only that', () => {
    const wants = wantsOf([{ uses: usesOf([ref('ConfigMap', 'a'), ref('ConfigMap', 'a'), ref('ConfigMap', 'b')]) }, { uses: usesOf([ref('ConfigMap', 'a'), ref('ConfigMap', 'b', 'y')]) }], cluster);
    assert.deepEqual(wants, [{ apiVersion: 'v1', kind: 'ConfigMap', namespaces: ['a', 'b'], alone: new Map([['a', 'x']]) }]);
    assert.deepEqual(wantsOf([{ uses: usesOf([ref('ClusterRole', undefined)]) }], cluster), [{ apiVersion: 'v1', kind: 'ClusterRole', namespaces: undefined, alone: new Map([['', 'x']]) }]);
    assert.deepEqual(wantsOf([{ uses: usesOf([ref('ConfigMap', undefined)]) }], cluster), [{ apiVersion: 'v1', kind: 'ConfigMap', namespaces: undefined }], 'where it is cannot be told');
  });
});

describe('what several want of one kind is read once', () => {
  const want = (namespaces: readonly string[] | undefined, alone: Readonly<Record<string, string>> = {}): Want => ({ apiVersion: 'v1', kind: 'ConfigMap', namespaces, alone: new Map(Object.entries(alone)) });
  const rows: readonly (readonly [what: string, wants: readonly Want[], expected: Want])[] = [
    ['other namespaces', [want(['a'], { a: 'x' }), want(['b'], { b: 'y' })], want(['a', 'b'], { a: 'x', b: 'y' })],
    ['the same object', [want(['a'], { a: 'x' }), want(['a'], { a: 'x' })], want(['a'], { a: 'x' })],
    ['another object', [want(['a'], { a: 'x' }), want(['a'], { a: 'y' })], want(['a'])],
    ['all of a namespace', [want(['a']), want(['a', 'b'], { a: 'x', b: 'x' })], want(['a', 'b'], { b: 'x' })],
    ['all there are', [want(['a'], { a: 'x' }), want(undefined)], want(undefined)],
    ['all there are, of a kind without namespaces', [want(undefined, { '': 'x' }), want(undefined)], want(undefined)],
    ['one of a kind without namespaces', [want(undefined, { '': 'x' }), want(undefined, { '': 'x' })], want(undefined, { '': 'x' })],
  ];
  for (const [what, wants, expected] of rows) {
    it(what, () => {
      for (const order of [wants, [...wants].reverse()]) {
        const [merged, ...more] = [...mergeWants(order).values()];
        assert.deepEqual([{ ...merged, namespaces: merged?.namespaces && [...merged.namespaces].sort() }, more], [expected, []]);
      }
    });
  }
});
