import assert from 'node:assert/strict';
import type { JsonObject } from '../../../src/core/base/json';
import type { ArgoApplication } from '../../../src/core/gitops/application';
import { readArgoApplication } from '../../../src/core/gitops/argo-application';
import { argoHelm } from '../../../src/core/gitops/argo-helm';
import { excludedBy, unwatchedBy } from '../../../src/core/gitops/argo-excluded';
import { isArgoFile, readArgoFiles } from '../../../src/core/gitops/argo-files';
import { readSettings, settingsFrom, trackedBy } from '../../../src/core/gitops/argo-settings';
import { asLive } from '../../../src/core/kube/live';
import { present } from '../../fake/present';

const SHA = '0123456789abcdef0123456789abcdef01234567';
const OTHER = 'f123456789abcdef0123456789abcdef01234567';
const SETTINGS = settingsFrom([], '');

const object = (spec: JsonObject = {}, status: JsonObject = {}, more: JsonObject = {}): JsonObject => ({
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'Application',
  ...more,
  metadata: { name: 'shop', namespace: 'argocd', uid: 'u1', resourceVersion: '7', ...(more['metadata'] as JsonObject | undefined) },
  spec: { project: 'default', source: { repoURL: 'https://git.acme.io/acme/shop', path: './apps/shop', targetRevision: 'main' }, destination: { server: 'https://kubernetes.default.svc', namespace: 'shop' }, ...spec },
  status: { sync: { status: 'Synced', revision: OTHER }, history: [{ id: 0, revision: SHA }], controllerNamespace: 'argocd', ...status },
});

function read(given: JsonObject): ArgoApplication {
  const application = readArgoApplication(asLive(given), SETTINGS, 'https://cluster.example:6443');
  assert.ok(application);
  return application;
}

describe('an Application of Argo CD', () => {
  const state = (phase: string, revision: string, more: JsonObject = {}): JsonObject => ({ operationState: { phase, message: 'm', syncResult: { revision }, ...more } });
  const rows: readonly (readonly [name: string, object: JsonObject, pick: (a: ArgoApplication) => unknown, expected: unknown])[] = [
    ['where it reads and where it applies', object(), a => [a.source?.url, a.source?.branch, a.source?.revision, a.path, a.targetNamespace, a.remoteCluster], ['https://git.acme.io/acme/shop', 'main', OTHER, 'apps/shop', 'shop', undefined]],
    ['the last applied revision is the history’s', object(), a => a.appliedRevision, SHA],
    ['without history the last whole sync counts', object({}, { history: [], ...state('Succeeded', OTHER) }), a => a.appliedRevision, OTHER],
    ['a sync of some objects does not', object({}, { history: [], ...state('Succeeded', OTHER, { operation: { sync: { resources: [{ kind: 'ConfigMap', name: 'x' }] } } }) }), a => a.appliedRevision, undefined],
    ['a failed sync is an attempt', object({}, state('Failed', OTHER)), a => [a.appliedRevision, a.attemptedRevision, a.ready], [SHA, OTHER, { status: 'False', reason: 'SyncFailed', message: 'm' }]],
    ['a fixed commit is no branch', object({ source: { repoURL: 'x', path: '', targetRevision: SHA } }), a => a.source?.branch, undefined],
    ['HEAD is no branch', object({ source: { repoURL: 'x', path: '' } }), a => a.source?.branch, undefined],
    ['a chart of a registry has no folder', object({ source: { repoURL: 'https://charts.acme.io', chart: 'db', targetRevision: '1.0.0' } }), a => a.source, undefined],
    ['one of several sources', object({ source: undefined as never, sources: [{ repoURL: 'y', ref: 'values' }, { repoURL: 'x', path: 'a', targetRevision: 'b' }] }, { history: [{ revisions: [OTHER, SHA] }] }), a => [a.source?.url, a.path, a.appliedRevision, a.notComputed, a.part, a.further], ['x', 'a', SHA, [], { index: 0, of: 1 }, []]],
    ['where the options of kustomize stand: in the source', object({ source: { repoURL: 'x', path: 'a', kustomize: { namePrefix: 'p-' } } }), a => a.build.kustomizeAt, ['source', 'kustomize']],
    ['in each of several', object({ source: undefined as never, sources: [{ repoURL: 'x', path: 'a' }, { repoURL: 'y', ref: 'values' }, { repoURL: 'z', path: 'c' }] }), a => [a, ...a.further].map(one => one.build.kustomizeAt), [['sources', 0, 'kustomize'], ['sources', 2, 'kustomize']]],
    ['in the source of a hydrator', object({ sourceHydrator: { drySource: { repoURL: 'x', path: 'dry' } } }), a => a.build.kustomizeAt, ['sourceHydrator', 'drySource', 'kustomize']],
    ['a single one in the list is one', object({ sources: [{ repoURL: 'x', path: 'a' }] }, { history: [{ revisions: [SHA] }] }), a => [a.path, a.appliedRevision, a.notComputed], ['a', SHA, []]],
    ['another cluster', object({ destination: { server: 'https://far.example' } }), a => a.remoteCluster, 'far.example, spec.destination'],
    ['another cluster by name', object({ destination: { name: 'far' } }), a => a.remoteCluster, 'far, spec.destination'],
    ['this cluster by name', object({ destination: { name: 'in-cluster' } }), a => a.remoteCluster, undefined],
    ['this cluster by its address', object({ destination: { server: 'https://cluster.example:6443' } }), a => a.remoteCluster, undefined],
    ['nobody made it automatic: no pause', object(), a => [a.pause, a.automation, a.prune], [undefined, { kind: 'manual' }, false]],
    ['automatic', object({ syncPolicy: { automated: { prune: true, selfHeal: true } } }), a => [a.pause, a.automation, a.prune], [undefined, { kind: 'automatic', selfHeal: true, prune: true }, true]],
    ['switched off', object({ syncPolicy: { automated: { prune: true, enabled: false } } }, {}, { metadata: { managedFields: [{ manager: 'ana', operation: 'Update', fieldsV1: { 'f:spec': { 'f:syncPolicy': { 'f:automated': { 'f:enabled': {} } } } } }] } }), a => [a.pause?.manager, a.automation, a.prune], ['ana', { kind: 'off', selfHeal: false, prune: true }, false]],
    ['not looked after', object({ syncPolicy: { automated: {} } }, {}, { metadata: { annotations: { 'argocd.argoproj.io/skip-reconcile': 'true', 'plumbline.dev/paused-reason': 'incident' } } }), a => a.pause?.reason, 'incident'],
    ['sync options', object({ syncPolicy: { syncOptions: ['ServerSideApply=true', 'Replace=true', 'ClientSideApplyMigration=false', 'RespectIgnoreDifferences=true'] } }), a => a.sync, { serverSide: true, replace: true, migrates: false, respectsIgnored: true }],
    ['an operation that waits', object({}, {}, { operation: { sync: {} } }), a => a.reconciling, true],
    ['an operation that runs', object({}, state('Running', OTHER)), a => a.reconciling, true],
    ['what is wrong', object({}, { conditions: [{ type: 'SharedResourceWarning', message: 'w' }, { type: 'ComparisonError', message: 'no such folder' }] }), a => a.ready, { status: 'False', reason: 'ComparisonError', message: 'no such folder' }],
    ['its objects, without hooks', object({}, { resources: [{ group: 'apps', version: 'v1', kind: 'Deployment', namespace: 'shop', name: 'web' }, { version: 'v1', kind: 'Namespace', name: 'shop' }, { group: 'batch', version: 'v1', kind: 'Job', name: 'x', hook: true }, { kind: 'Broken' }] }), a => a.inventory, [{ apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' }, { apiVersion: 'v1', kind: 'Namespace', namespace: undefined, name: 'shop' }]],
    ['a chart of this repository', object({ source: { repoURL: 'x', path: 'a', helm: {} } }), a => a.notComputed, []],
    ['values that come from elsewhere', object({ source: { repoURL: 'x', path: 'a', helm: { valueFiles: ['$values/prod.yaml', 'https://me:hunter2@x.example/v.yaml?token=hunter2', 'env/*.yaml', '{a/b,c}/*.yaml'], parameters: [{ name: 'a', value: '$ARGOCD_APP_NAME' }] } } }), a => a.notComputed, ['value files come from another source (spec.source.helm.valueFiles)', 'value files are fetched from the network: https://x.example/v.yaml (spec.source.helm.valueFiles)', 'value files are found by a pattern that is not computed: {a/b,c}/*.yaml (spec.source.helm.valueFiles)', 'variables of the build are put in (spec.source.helm)']],
    ['values of another source that is the same repository at the same revision', object({ source: undefined as never, sources: [{ repoURL: 'https://git.acme.io/a/b.git', ref: 'values' }, { repoURL: 'git@git.acme.io:a/b.git', targetRevision: 'HEAD', path: 'a', helm: { valueFiles: ['$values/env/prod.yaml', 'own.yaml'] } }] }), a => [a.notComputed, a.build.helm.valueFiles], [[], ['/env/prod.yaml', 'own.yaml']]],
    ['values of another source at another revision', object({ source: undefined as never, sources: [{ repoURL: 'https://git.acme.io/a/b.git', ref: 'values', targetRevision: 'v1' }, { repoURL: 'https://git.acme.io/a/b.git', path: 'a', helm: { valueFiles: ['$values/env/prod.yaml'] } }] }), a => a.notComputed, ['value files come from another source (spec.sources[1].helm.valueFiles)']],
    ['what Argo CD found to be rendered', object({}, { sourceType: 'Kustomize' }), a => a.notComputed, []],
    ['plain files', object({}, { sourceType: 'Directory' }), a => a.notComputed, []],
    ['a hydrated source', object({ sourceHydrator: { drySource: { repoURL: 'x', path: 'dry' }, syncSource: { targetBranch: 'env', path: 'p' } } }), a => [a.path, a.appliedRevision, a.notComputed], ['dry', undefined, []]],
    ['outside the control plane its name has the namespace', object({}, {}, { metadata: { namespace: 'team' } }), a => a.instance, 'team_shop'],
    ['an ApplicationSet made it', object({}, {}, { metadata: { ownerReferences: [{ kind: 'ApplicationSet', name: 'all' }] } }), a => `${a.parent?.kind ?? ''} ${a.parent?.name ?? ''}`, 'ApplicationSet all'],
    ['a Kustomization of Flux applies it', object({}, {}, { metadata: { labels: { 'kustomize.toolkit.fluxcd.io/name': 'apps', 'kustomize.toolkit.fluxcd.io/namespace': 'flux-system' } } }), a => `${a.parent?.kind ?? ''} ${a.parent?.namespace ?? ''}/${a.parent?.name ?? ''}`, 'Kustomization flux-system/apps'],
    ['several sources, one of which lends values', object({ source: undefined as never, sources: [{ repoURL: 'x', path: 'a' }, { repoURL: 'y', ref: 'values' }, { repoURL: 'z', path: 'c' }] }, { history: [{ revisions: [SHA, SHA, OTHER] }] }), a => [a, ...a.further].map(one => [one.source?.url, one.path, one.appliedRevision, one.part]), [['x', 'a', SHA, { index: 0, of: 2 }], ['z', 'c', OTHER, { index: 1, of: 2 }]]],
    ['a hydrated source is at the commit that the applied one was rendered from', object({ sourceHydrator: { drySource: { repoURL: 'x', path: 'dry' } } }, { sourceHydrator: { lastSuccessfulOperation: { drySHA: OTHER, hydratedSHA: SHA } } }), a => a.appliedRevision, OTHER],
    ['variables in the options of kustomize', object({ source: { repoURL: 'x', path: 'a', kustomize: { images: ['a:$ARGOCD_APP_REVISION'], version: 'v4' } } }), a => a.notComputed, ['it is built by another version of kustomize (spec.source.kustomize.version)', 'variables of the build are put in (spec.source.kustomize)']],
    ['another Application applies it', object({}, {}, { metadata: { annotations: { 'argocd.argoproj.io/tracking-id': 'team_root:argoproj.io/Application:argocd/shop' } } }), a => [a.parent?.namespace, a.parent?.name], ['team', 'root']],
    ['nothing but identity', { apiVersion: 'argoproj.io/v1alpha1', kind: 'Application', metadata: { name: 'x', namespace: 'y', uid: 'u', resourceVersion: '1' } }, a => [a.source, a.path, a.ready, a.inventory, a.appliedRevision], [undefined, '', undefined, [], undefined]],
  ];
  for (const [name, given, pick, expected] of rows) it(name, () => assert.deepEqual(pick(read(given)), expected));

  it('one without identity is left out', () => assert.equal(readArgoApplication(asLive({ kind: 'Application' }), SETTINGS, ''), undefined));
});

describe('the settings of Argo CD', () => {
  const config = (data: JsonObject): ReturnType<typeof readSettings> => readSettings({ kind: 'present', object: asLive({ data }), seen: [] });
  it('annotations unless it says otherwise', () => assert.deepEqual(config({})?.tracking, { method: 'annotation', labelKey: 'app.kubernetes.io/instance', installationId: undefined }));
  it('labels, another key, an installation', () => assert.deepEqual(config({ 'application.resourceTrackingMethod': 'annotation+label', 'application.instanceLabelKey': 'acme/app', installationID: 'one' })?.tracking, { method: 'annotation+label', labelKey: 'acme/app', installationId: 'one' }));
  it('kinds it leaves alone, and what of roles it does not compare', () => {
    const read = config({ 'resource.exclusions': '- apiGroups: ["", "*.acme.io"]\n  kinds: [Endpoints, Widget]\n  clusters: ["*"]\n', 'resource.inclusions': '- apiGroups: [apps, "", "*.acme.io"]\n  clusters: [https://kubernetes.*]\n', 'resource.compareoptions': 'ignoreAggregatedRoles: true\n' });
    assert.ok(read);
    assert.equal(read.ignoresAggregated, true);
    const asked = ([apiVersion = '', kind = '', server]: readonly string[]): string => /resource\.\w+|never/.exec(excludedBy(read.excluded, { apiVersion, kind }, server) ?? '')?.[0] ?? 'applied';
    const rows = [['v1', 'Endpoints'], ['v1', 'ConfigMap'], ['a.acme.io/v1', 'Widget'], ['a.acme.io/v1', 'Gadget'], ['batch/v1', 'Job'], ['batch/v1', 'Job', 'https://far.example'], ['v1', 'Event'], ['coordination.k8s.io/v1', 'Lease', 'https://far.example']];
    assert.deepEqual(rows.map(asked), ['resource.exclusions', 'applied', 'resource.exclusions', 'applied', 'resource.inclusions', 'applied', 'never', 'never']);
  });
  it('objects that it applies and does not watch, by their labels: all selectors count, and sets of values are left open', () => {
    const read = config({ 'resource.selectors': '- kinds: [Pod]\n  selector: "app=web"\n- apiGroups: [""]\n  kinds: [Pod, ConfigMap]\n  selector: " team, !old"\n- kinds: [Secret]\n  selector: "app in (a,b)"\n- kinds: [Job]\n- clusters: [https://far.*]\n  selector: near=no\n' });
    assert.ok(read);
    const asked = (kind: string, labels: JsonObject, server?: string): string => /OutOfSync whatever there is: its labels are not those of .*(?= \(argocd-cm, resource\.selectors\))|not told here/.exec(unwatchedBy(read.excluded, { apiVersion: 'v1', kind, metadata: { labels } }, server) ?? 'watched')?.[0]?.replace(/.* of /, '') ?? 'watched';
    const rows: readonly (readonly [string, string, JsonObject, string?])[] = [
      ['app=web', 'Pod', {}],
      ['team, !old', 'Pod', { app: 'web' }],
      ['watched', 'Pod', { app: 'web', team: 'shop' }],
      ['team, !old', 'ConfigMap', { team: 'shop', old: 'yes' }],
      ['not told here', 'Secret', { app: 'a' }],
      ['watched', 'Job', {}],
      ['near=no', 'Job', {}, 'https://far.example'],
    ];
    assert.deepEqual(rows.map(([, kind, labels, server]) => asked(kind, labels, server)), rows.map(([expected]) => expected));
  });
  it('options of kustomize that change nothing, one that lets files lie anywhere, and others', () => {
    const built = (buildOptions: string): unknown => {
      const application = readArgoApplication(asLive(object()), { ...SETTINGS, buildOptions }, '');
      return [application?.build.unrestricted, application?.notComputed];
    };
    assert.deepEqual(built('--enable-helm --load-restrictor LoadRestrictionsNone'), [true, []]);
    assert.deepEqual(built(' --load-restrictor=LoadRestrictionsRootOnly --reorder none'), [false, []]);
    assert.deepEqual(built('--load-restrictor LoadRestrictionsNone --enable-alpha-plugins'), [true, ['kustomize is run with options of the installation (kustomize.buildOptions)']]);
  });
  it('settings that cannot be read leave nothing alone', () => assert.deepEqual(config({ 'resource.exclusions': '- apiGroups: [', 'resource.compareoptions': 'x: [' }), config({})));
  it('not known while it is not read', () => assert.equal(readSettings({ kind: 'unknown', status: { kind: 'denied', reason: 'no' } }), undefined));
  it('told from the marks where it may not be read', () => {
    const labelled = present({ metadata: { labels: { 'app.kubernetes.io/instance': 'shop' } } });
    const annotated = present({ metadata: { annotations: { 'argocd.argoproj.io/tracking-id': 'shop:/ConfigMap:a/b' } } });
    assert.deepEqual([[labelled], [annotated], [labelled, annotated], []].map(objects => settingsFrom(objects, 'shop').tracking.method), ['label', 'annotation', 'annotation', 'annotation']);
  });
  it('a mark names an application, where it describes the object that it stands on', () => {
    const marked = (id: string): JsonObject => ({ kind: 'Deployment', metadata: { name: 'web', annotations: { 'argocd.argoproj.io/tracking-id': id } } });
    assert.deepEqual(['team_shop:apps/Deployment:a/web', 'shop:apps/Deployment:a/other', 'nonsense'].map(id => trackedBy(marked(id))), ['team_shop', undefined, undefined]);
  });
});

describe('the files Argo CD reads', () => {
  const plain = { recurse: false, include: '', exclude: '' };
  const rows: readonly (readonly [file: string, directory: typeof plain, taken: boolean])[] = [
    ['a.yaml', plain, true],
    ['a.json', plain, true],
    ['a.txt', plain, false],
    ['b/a.yaml', plain, false],
    ['b/a.yaml', { ...plain, recurse: true }, true],
    ['a.yaml', { ...plain, exclude: 'a.*' }, false],
    ['a.yaml', { ...plain, include: '{b,c}.yaml' }, false],
    ['b/c.yaml', { ...plain, recurse: true, include: 'b/*' }, true],
    ['b/c.yaml', { recurse: true, include: 'b/*', exclude: '*c.yaml' }, false],
  ];
  for (const [file, directory, taken] of rows) it(`${file} with ${JSON.stringify(directory)}: ${String(taken)}`, () => assert.equal(isArgoFile(file, directory), taken));
  it('a chart at the top renders all, one below does not', () => {
    assert.deepEqual(readArgoFiles(['app/Chart.yaml', 'app/x.yaml', 'other.yaml'], 'app', { directory: plain, build: { tool: undefined, kustomize: {}, kustomizeAt: [], unrestricted: false, helm: argoHelm(undefined) } }).get('app/x.yaml'), { kind: 'rendered', by: 'app/Chart.yaml' });
    assert.deepEqual(readArgoFiles(['app/db/kustomization.yaml', 'app/x.yaml'], 'app', { directory: plain, build: { tool: undefined, kustomize: {}, kustomizeAt: [], unrestricted: false, helm: argoHelm(undefined) } }).get('app/x.yaml'), { kind: 'plain' });
  });
});
