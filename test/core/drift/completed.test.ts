import assert from 'node:assert/strict';
import { fromEntries, textAt, type Json, type JsonObject } from '../../../src/core/base/json';
import { Completed } from '../../../src/core/drift/completed';
import { desiredOf, type DesiredContext } from '../../../src/core/drift/desired';
import type { Tracking } from '../../../src/core/gitops/application';
import { refLike, refOf } from '../../../src/core/kube/identity';

const AWAY: JsonObject = { service: { name: 's', namespace: 'elsewhere' } };
const SUBJECTS: Json = [{ kind: 'ServiceAccount', name: 's', namespace: 'elsewhere' }];
const ENCRYPTED = 'ENC[AES256_GCM,data:x,iv:x,tag:x,type:str]';

/** Whatever an applier treats in its own way, and what none does. */
const CONTENTS: readonly (readonly [apiVersion: string, kind: string, content: JsonObject])[] = [
  ['v1', 'ConfigMap', { data: { a: 'b' } }],
  ['v1', 'ConfigMap', { data: { a: 'b' }, status: {} }],
  ['v1', 'Secret', { data: { a: ENCRYPTED } }],
  ['v1', 'Secret', { data: { a: 'Yg==' }, stringData: { a: 'c' } }],
  ['v1', 'Secret', { stringData: { a: 'c' }, sops: { mac: 'm' } }],
  ['x.example/v1', 'Secret', { data: { a: ENCRYPTED } }],
  ['v1', 'Namespace', {}],
  ['x.example/v1', 'Namespace', {}],
  ['rbac.authorization.k8s.io/v1', 'RoleBinding', { subjects: SUBJECTS }],
  ['rbac.authorization.k8s.io/v1', 'ClusterRoleBinding', { subjects: SUBJECTS }],
  ['rbac.authorization.k8s.io/v1', 'ClusterRole', { aggregationRule: { clusterRoleSelectors: [] } }],
  ['apiregistration.k8s.io/v1', 'APIService', { spec: AWAY }],
  ['apiextensions.k8s.io/v1', 'CustomResourceDefinition', { spec: { conversion: { webhook: { clientConfig: AWAY } } } }],
  ['apps/v1', 'Deployment', { spec: { template: { spec: { containers: [{ name: 'c', ports: [{ containerPort: 1 }] }] } } } }],
];
const NAMESPACES: readonly (Json | undefined)[] = [undefined, '', 'x', 'target', 5, null];
const METADATA: readonly JsonObject[] = [{}, { annotations: { 'argocd.argoproj.io/sync-options': 'Force=true', note: 'n' } }, { uid: 'u', labels: { app: 'web' } }];

const tracking = (method: Tracking['method'], labelKey: string): Tracking => ({ method, labelKey, installationId: undefined });
const CONTEXTS: readonly DesiredContext[] = [true, false, undefined].flatMap((namespaced): DesiredContext[] => [
  { tool: 'plain', namespaced, defaultNamespace: 'default' },
  { tool: 'helm', namespaced, name: 'r', namespace: 'target' },
  ...['target', undefined].flatMap((targetNamespace): DesiredContext[] => [
    ...[true, false].map((decrypts): DesiredContext => ({ tool: 'flux', namespaced, name: 'k', namespace: 'f', targetNamespace, commonMetadata: { labels: {}, annotations: {} }, decrypts })),
    ...[tracking('annotation', 'app.kubernetes.io/instance'), tracking('label', 'app.kubernetes.io/instance'), tracking('label', 'applications.argoproj.io/app-name')].map((how): DesiredContext => ({ tool: 'argo', namespaced, instance: 'i', targetNamespace, tracking: how })),
  ]),
]);

describe('a manifest as its applier sends it', () => {
  it('is called, and refused, as the whole object says, though that is not looked at', () => {
    let count = 0;
    for (const [apiVersion, kind, content] of CONTENTS) {
      for (const namespace of NAMESPACES) {
        for (const more of METADATA) {
          const written: JsonObject = { apiVersion, kind, metadata: fromEntries([['name', 'a'], ...(namespace === undefined ? [] : [['namespace', namespace] as const]), ...Object.entries(more)]), ...content };
          const ref = refOf(written);
          assert.ok(ref);
          const manifest = { ref, object: written };
          for (const context of CONTEXTS) {
            const what = JSON.stringify([written, context]);
            const desired = desiredOf({ object: written }, context);
            const completed = new Completed(manifest, context);
            assert.deepEqual([completed.ref, completed.invalid, completed.undecided], [refLike(desired.object, ref), desired.invalid, desired.undecided], what);
            for (let i = 0; i < 2; i++) assert.deepEqual(completed.object, desired.object, what);
            const annotations = context.tool === 'argo' ? textAt(completed.marks, 'metadata', 'annotations', 'argocd.argoproj.io/sync-options') : undefined;
            assert.equal(annotations, context.tool === 'argo' ? textAt(desired.object, 'metadata', 'annotations', 'argocd.argoproj.io/sync-options') : undefined, what);
            assert.deepEqual(new Completed(manifest, context).marks, completed.marks, what);
            count++;
          }
        }
      }
    }
    assert.ok(count > 4_000);
  });

  it('takes no look at the manifest where its name tells enough', () => {
    const unread = {
      ref: { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'x', name: 'a' },
      get object(): JsonObject {
        throw new Error('it was looked at');
      },
    };
    for (const context of CONTEXTS) assert.ok(new Completed(unread, context).ref);
    const secret = { ...CONTEXTS.find(({ tool }) => tool === 'flux') } as DesiredContext;
    assert.throws(() => new Completed({ ref: { ...unread.ref, kind: 'Secret' }, get object() { return unread.object; } }, secret), /looked at/);
  });
});
