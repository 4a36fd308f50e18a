import { join } from 'node:path';
import { at, withMember, type Json, type JsonObject } from '../../src/core/base/json';
import { stringifyJson } from '../../src/core/base/json-text';
import { splitApiVersion } from '../../src/core/kube/identity';
import { parseManifests } from '../../src/core/manifests/parse';
import type { BenchCluster } from './cluster';
import { conditionOf } from './crds';
import { until } from './process';

/**
 * The sample's Application without Argo CD: its programs take minutes to build and a second cluster's worth of memory. Its
 * kind is served from a definition without a schema, and what Argo CD would have applied and reported is written here once, under its
 * own names. Nothing syncs. Whatever has to be true of Argo CD is tested against the real one (`argo.ts`).
 */
const DEFINITION: Json = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'applications.argoproj.io' },
  spec: {
    group: 'argoproj.io',
    names: { kind: 'Application', listKind: 'ApplicationList', plural: 'applications', singular: 'application', shortNames: ['app', 'apps'] },
    scope: 'Namespaced',
    versions: [{ name: 'v1alpha1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } } }],
  },
};

const PATIENCE_MS = 60_000;

/** Serves Applications, and makes the namespaces of Argo CD and of what it applies. */
export async function serveApplications(cluster: BenchCluster): Promise<void> {
  const namespaces = ['argocd', 'payments'].map((name): Json => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }));
  await cluster.apply({ apiVersion: 'v1', kind: 'List', items: [DEFINITION, ...namespaces] }, 'argocd-installer');
  const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/applications.argoproj.io';
  await until('the CRD of Applications', async () => conditionOf((await cluster.request('GET', path)).body, 'Established') === 'True' && (await cluster.request('GET', '/apis/argoproj.io/v1alpha1/applications')).status === 200, PATIENCE_MS);
}

/** Applies the folder `apps/payments` of the clone as Argo CD does, and reports it in the Application's status. */
export async function stagePayments(cluster: BenchCluster, clone: string, revision: string): Promise<void> {
  const rendered = parseManifests('', await cluster.kubectl(['kustomize', join(clone, 'apps', 'payments')]), 'K2').manifests.map(({ object, ref }) => {
    const { group } = splitApiVersion(ref.apiVersion);
    const metadata = at(object, 'metadata') as JsonObject;
    const annotations = { 'argocd.argoproj.io/tracking-id': `payments:${group}/${ref.kind}:${ref.namespace ?? ''}/${ref.name}` };
    return { ref, group, object: withMember(object, 'metadata', withMember(metadata, 'annotations', annotations)) };
  });
  await cluster.kubectl(['apply', '--field-manager=argocd-controller', '-f', '-'], { stdin: stringifyJson({ apiVersion: 'v1', kind: 'List', items: rendered.map(({ object }) => object) }) });
  const now = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
  const resources = rendered.map(({ ref, group }) => ({ ...(group && { group }), version: splitApiVersion(ref.apiVersion).version, kind: ref.kind, namespace: ref.namespace ?? '', name: ref.name, status: 'Synced' }));
  const status: Json = {
    controllerNamespace: 'argocd',
    reconciledAt: now,
    sourceType: 'Kustomize',
    health: { status: 'Healthy' },
    sync: { status: 'Synced', revision },
    history: [{ id: 0, revision, deployedAt: now, deployStartedAt: now }],
    operationState: { phase: 'Succeeded', message: 'successfully synced (all tasks run)', startedAt: now, finishedAt: now, operation: { sync: { revision } }, syncResult: { revision } },
    resources,
  };
  const answer = await cluster.request('PATCH', '/apis/argoproj.io/v1alpha1/namespaces/argocd/applications/payments?fieldManager=argocd-application-controller', { status }, { type: 'application/merge-patch+json' });
  if (answer.status !== 200) throw new Error(`the status of Application payments: HTTP ${answer.status}`);
}
