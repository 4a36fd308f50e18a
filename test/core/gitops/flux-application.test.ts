import assert from 'node:assert/strict';
import type { JsonObject } from '../../../src/core/base/json';
import type { FluxKustomization } from '../../../src/core/gitops/application';
import { readKustomizations } from '../../../src/core/gitops/flux-application';
import { present } from '../../fake/present';

const SHA = '0123456789abcdef0123456789abcdef01234567';
const OTHER = 'f123456789abcdef0123456789abcdef01234567';

const gitRepository = (spec: JsonObject = {}): JsonObject => ({
  apiVersion: 'source.toolkit.fluxcd.io/v1',
  kind: 'GitRepository',
  metadata: { name: 'shop', namespace: 'flux-system' },
  spec: { url: 'https://git.acme.io/acme/shop', ref: { branch: 'main' }, ...spec },
  status: { artifact: { revision: `main@sha1:${OTHER}` } },
});

const kustomization = (spec: JsonObject = {}, status: JsonObject = {}, metadata: JsonObject = {}): JsonObject => ({
  apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
  kind: 'Kustomization',
  metadata: { name: 'shop', namespace: 'flux-system', uid: 'u1', resourceVersion: '7', generation: 3, ...metadata },
  spec: { sourceRef: { kind: 'GitRepository', name: 'shop' }, path: './apps/shop', interval: '10m', prune: true, ...spec },
  status: { observedGeneration: 3, conditions: [{ type: 'Ready', status: 'True', reason: 'ReconciliationSucceeded', message: 'Applied' }], lastAppliedRevision: `main@sha1:${SHA}`, lastAttemptedRevision: `main@sha1:${SHA}`, ...status },
});

/** As kustomize-controller leaves it after a run that failed at this generation, the last success being older. */
const failed = (generation: number): JsonObject => ({
  observedGeneration: 1,
  conditions: [{ type: 'Reconciling', status: 'True', reason: 'ProgressingWithRetry', observedGeneration: generation }, { type: 'Ready', status: 'False', reason: 'HealthCheckFailed', observedGeneration: generation }],
});

function read(object: JsonObject, repository = gitRepository()): FluxKustomization {
  const [application] = readKustomizations([present(object)], [present(repository)]);
  assert.ok(application);
  return application;
}

const owner = (manager: string, time: string | undefined, fields: JsonObject = { 'f:spec': { 'f:suspend': {} } }): JsonObject => ({ manager, operation: 'Update', ...(time ? { time } : {}), fieldsV1: fields });

const written = (time: string): JsonObject => ({ manager: 'gotk-kustomize-controller', operation: 'Update', subresource: 'status', time, fieldsV1: { 'f:status': {} } });

describe('a Flux Kustomization', () => {
  it('is read in full', () => {
    assert.deepEqual(read(kustomization({ targetNamespace: 'shop', force: true, ignore: [{ paths: ['/spec/replicas', 7], target: { kind: 'Deployment' } }], commonMetadata: { labels: { team: 'web' } } }, { inventory: { entries: [{ id: 'shop_web_apps_Deployment', v: 'v1' }, { id: 'broken', v: 'v1' }] } })), {
      tool: 'flux',
      kind: 'Kustomization',
      ref: { apiVersion: 'kustomize.toolkit.fluxcd.io/v1', kind: 'Kustomization', namespace: 'flux-system', name: 'shop' },
      uid: 'u1',
      resourceVersion: '7',
      manager: 'kustomize-controller',
      source: { ref: { apiVersion: 'source.toolkit.fluxcd.io/v1', kind: 'GitRepository', namespace: 'flux-system', name: 'shop' }, url: 'https://git.acme.io/acme/shop', branch: 'main', revision: OTHER, suspended: false, ignore: undefined },
      path: 'apps/shop',
      appliedRevision: SHA,
      attemptedRevision: SHA,
      pause: undefined,
      interval: 600_000,
      reconciling: false,
      ready: { status: 'True', reason: 'ReconciliationSucceeded', message: 'Applied' },
      ranAt: undefined,
      ranFor: 1_200_000,
      prune: true,
      force: true,
      targetNamespace: 'shop',
      ignore: [{ paths: ['/spec/replicas'], target: { kind: 'Deployment' }, source: 'spec.ignore' }],
      commonMetadata: { labels: { team: 'web' }, annotations: {} },
      decrypts: false,
      inventory: [{ apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' }],
      build: { added: {}, fields: { targetNamespace: 'shop' }, substitution: undefined },
      notComputed: [],
      remoteCluster: undefined,
      waitsFor: undefined,
      parent: undefined,
      doubt: undefined,
    });
  });

  const table: readonly (readonly [name: string, object: JsonObject, pick: (a: FluxKustomization) => unknown, expected: unknown, source?: JsonObject])[] = [
    ['a source in another namespace is not the one of this name here', kustomization({ sourceRef: { kind: 'GitRepository', name: 'shop', namespace: 'other' } }), a => a.source, undefined],
    ['an OCI source has no repository', kustomization({ sourceRef: { kind: 'OCIRepository', name: 'shop' } }), a => [a.source, a.appliedRevision], [undefined, undefined]],
    ['an OCI digest is no commit, its origin is', kustomization({ sourceRef: { kind: 'OCIRepository', name: 'shop' } }, { lastAppliedRevision: `latest@sha256:${SHA}0123456789abcdef01234567`, lastAppliedOriginRevision: `main@sha1:${OTHER}` }), a => a.appliedRevision, OTHER],
    ['a remote cluster is told', kustomization({ kubeConfig: { secretRef: { name: 'x' } } }), a => a.remoteCluster, 'Secret x, spec.kubeConfig'],
    ['an empty path is the whole source', kustomization({ path: '' }), a => a.path, ''],
    ['a run going on', kustomization({}, { conditions: [{ type: 'Reconciling', status: 'True' }] }), a => [a.reconciling, a.ready], [true, undefined]],
    ['a run that failed is over, though it is tried again later', kustomization({}, failed(3)), a => a.reconciling, false],
    ['a run that failed before the spec changed', kustomization({}, failed(2)), a => a.reconciling, true],
    ['when its last run ended, by the server’s clock', kustomization({}, {}, { managedFields: [written('2026-11-24T10:00:00Z'), written('2026-11-24T10:05:00Z'), owner('kubectl-edit', '2026-11-24T11:00:00Z')] }), a => a.ranAt, '2026-11-24T10:05:00Z'],
    ['how long that run took', kustomization({}, { history: [{ lastReconciledDuration: '1m1.5s' }, { lastReconciledDuration: '1s' }] }), a => a.ranFor, 61_500],
    ['how long it may have taken, where that is not recorded', kustomization({ timeout: '30s' }), a => a.ranFor, 60_000],
    ['nothing of that while it runs', kustomization({}, { conditions: [{ type: 'Ready', status: 'Unknown' }] }, { managedFields: [written('2026-11-24T10:00:00Z')] }), a => a.ranAt, undefined],
    ['a spec not yet looked at', kustomization({}, { observedGeneration: 2 }), a => a.reconciling, true],
    ['a paused one that stands still', kustomization({ suspend: true }, { observedGeneration: 2 }), a => a.reconciling, false],
    ['suspend: false is no pause', kustomization({ suspend: false }), a => a.pause, undefined],
    ['who applies it', kustomization({}, {}, { labels: { 'kustomize.toolkit.fluxcd.io/name': 'root', 'kustomize.toolkit.fluxcd.io/namespace': 'flux-system' } }), a => a.parent?.name, 'root'],
    ['what is built, and what is not computed', kustomization({ postBuild: { substitute: { a: '1' } }, patches: [{}], images: [], namePrefix: '', nameSuffix: 'x', decryption: { provider: 'sops' }, components: ['c'] }), a => [a.notComputed, a.decrypts, Object.keys(a.build.added), a.build.substitution], [[], true, ['nameSuffix', 'components', 'patches'], { values: { a: '1' }, from: [], always: false }]],
    ['a source that holds more than its repository', kustomization(), a => a.notComputed, ['its source takes in other repositories (GitRepository libs, spec.include)', 'its source takes in submodules (spec.recurseSubmodules)'], { include: [{ repository: { name: 'libs' } }], recurseSubmodules: true }],
    ['a source that holds less, where it matters', kustomization(), a => a.notComputed, ['its source checks out only apps/shop/prod, libs (spec.sparseCheckout)'], { sparseCheckout: ['./apps/shop/prod', 'libs'] }],
    ['a source that holds less elsewhere', kustomization(), a => a.notComputed, [], { sparseCheckout: ['apps/shop'] }],
    ['empty settings change nothing', kustomization({ postBuild: { substitute: {}, substituteFrom: [] }, patches: [] }), a => [a.notComputed, a.build.added], [[], {}]],
    ['hostile keys are data', kustomization({ commonMetadata: { labels: JSON.parse('{"__proto__":"x","constructor":"y"}') as JsonObject } }), a => Object.keys(a.commonMetadata.labels), ['__proto__', 'constructor']],
    ['nothing but identity', { apiVersion: 'kustomize.toolkit.fluxcd.io/v1beta2', kind: 'Kustomization', metadata: { name: 'x', namespace: 'y', uid: 'u', resourceVersion: '1' } }, a => [a.path, a.interval, a.inventory, a.ready, a.prune], ['', undefined, [], undefined, false]],
  ];
  for (const [name, object, pick, expected, source] of table) it(name, () => assert.deepEqual(pick(read(object, gitRepository(source))), expected));

  it('an object without identity is left out', () => assert.deepEqual(readKustomizations([present({ kind: 'Kustomization' })], []), []));

  const pauses: readonly (readonly [string, JsonObject, unknown])[] = [
    ['by kubectl: only the manager and a time', kustomization({ suspend: true }, {}, { managedFields: [owner('kubectl-patch', '2026-11-24T10:00:00Z'), owner('flux', '2026-11-24T11:00:00Z', { 'f:spec': { 'f:path': {} } })] }), { reason: undefined, by: undefined, since: Date.parse('2026-11-24T10:00:00Z'), manager: 'kubectl-patch' }],
    ['by us', kustomization({ suspend: true }, {}, { annotations: { 'plumbline.dev/paused-reason': 'incident 7', 'plumbline.dev/paused-by': 'ana', 'plumbline.dev/paused-at': '2026-11-24T09:00:00Z', 'fluxcd.controlplane.io/suspendedBy': 'ben' }, managedFields: [owner('plumbline', '2026-11-24T09:00:01Z')] }), { reason: 'incident 7', by: 'ana', since: Date.parse('2026-11-24T09:00:00Z'), manager: 'plumbline' }],
    ['by Flux Operator', kustomization({ suspend: true }, {}, { annotations: { 'fluxcd.controlplane.io/suspendedBy': 'ben' } }), { reason: undefined, by: 'ben', since: undefined, manager: undefined }],
    ['two owners: the later one', kustomization({ suspend: true }, {}, { managedFields: [owner('kustomize-controller', '2026-11-24T08:00:00Z'), owner('kubectl-edit', '2026-11-24T10:00:00Z')] }), { reason: undefined, by: undefined, since: Date.parse('2026-11-24T10:00:00Z'), manager: 'kubectl-edit' }],
    ['a time that is none', kustomization({ suspend: true }, {}, { annotations: { 'plumbline.dev/paused-at': 'yesterday' }, managedFields: [owner('k9s', undefined)] }), { reason: undefined, by: undefined, since: undefined, manager: 'k9s' }],
  ];
  for (const [name, object, expected] of pauses) it(`paused ${name}`, () => assert.deepEqual(read(object).pause, expected));

  const refs: readonly (readonly [string, JsonObject, string | undefined])[] = [
    ['branch', { ref: { branch: 'main' } }, 'main'],
    ['none: master', { ref: null }, 'master'],
    ['tag wins over branch', { ref: { branch: 'main', tag: 'v1' } }, undefined],
    ['semver wins over branch', { ref: { branch: 'main', semver: '>=1' } }, undefined],
    ['a full name wins', { ref: { branch: 'main', name: 'refs/heads/feat/x' } }, 'feat/x'],
    ['a full name of a tag', { ref: { branch: 'main', name: 'refs/tags/v1' } }, undefined],
    ['a commit on a branch', { ref: { branch: 'main', commit: SHA } }, 'main'],
  ];
  for (const [name, spec, expected] of refs) it(`source reference: ${name}`, () => assert.equal(read(kustomization(), gitRepository(spec)).source?.branch, expected));
});
