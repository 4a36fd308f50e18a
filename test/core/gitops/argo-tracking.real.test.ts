import assert from 'node:assert/strict';
import { at, listAt, textAt, type JsonObject } from '../../../src/core/base/json';
import { formatPath } from '../../../src/core/kube/path';
import { ARGO_NAMESPACE } from '../../bench/argo';
import { makeArgoApplication, type BenchArgoApplication } from '../../bench/argo-application';
import { sharedArgo, type ArgoCluster } from '../../bench/hooks';
import { objectsIn, openEngine, type OpenEngine } from '../drift/open-engine';

const SETTINGS = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {level: info}\n';

describe('marks and ways of applying of a real Argo CD', function () {
  this.timeout(240_000);
  let bench: ArgoCluster;
  let application: BenchArgoApplication | undefined;
  let open: OpenEngine | undefined;

  const configure = async (data: JsonObject): Promise<void> => {
    const { status } = await bench.cluster.request('PATCH', `/api/v1/namespaces/${ARGO_NAMESPACE}/configmaps/argocd-cm?fieldManager=bench`, { data }, { type: 'application/merge-patch+json' });
    assert.equal(status, 200);
  };
  const live = async (): Promise<JsonObject> => (await bench.cluster.request('GET', `/api/v1/namespaces/${application?.name ?? ''}/configmaps/settings`)).body as JsonObject;
  const start = async (spec: JsonObject = {}, more: Readonly<Record<string, string>> = {}): Promise<OpenEngine> => {
    application = await makeArgoApplication(bench, { 'settings.yaml': SETTINGS, ...more });
    await application.change(spec);
    await application.sync();
    return (open = await openEngine({ cluster: bench.cluster, repository: application.repository }));
  };
  const verdictOf = (one: OpenEngine, name: string) => objectsIn(one.engine.current).find(({ ref, application: id }) => ref.name === name && id.includes('Application:'))?.verdict;
  const settings = (one: OpenEngine) => verdictOf(one, 'settings');

  before(async function () {
    this.timeout(900_000);
    bench = await sharedArgo();
  });
  afterEach(async () => {
    await open?.close();
    application?.dispose();
    [open, application] = [undefined, undefined];
    await configure({ 'application.resourceTrackingMethod': null, 'resource.exclusions': null, 'resource.selectors': null, 'resource.compareoptions': null, 'kustomize.buildOptions': null });
  });

  for (const [name, label, annotation] of [['label', true, false], ['annotation+label', true, true], ['annotation', false, true]] as const) {
    it(`tracked by ${name}: what it marked is in sync, and the mark is what it should be`, async () => {
      await configure({ 'application.resourceTrackingMethod': name });
      const one = await start();
      await one.until('in sync', () => settings(one)?.verdict === 'in-sync', 60_000);
      const metadata = at(await live(), 'metadata');
      assert.deepEqual([at(metadata, 'labels', 'app.kubernetes.io/instance') !== undefined, at(metadata, 'annotations', 'argocd.argoproj.io/tracking-id') !== undefined], [label, annotation]);
      assert.deepEqual(settings(one)?.fields.map(({ path }) => formatPath(path)), []);
    });
  }

  it('Replace=true removes what others added: it is drift, and a sync does remove it', async () => {
    const one = await start({ syncPolicy: { syncOptions: ['Replace=true'] } });
    await one.until('in sync', () => settings(one)?.verdict === 'in-sync', 60_000);
    const { status } = await bench.cluster.request('PATCH', `/api/v1/namespaces/${application?.name ?? ''}/configmaps/settings?fieldManager=k9s`, { data: { mine: 'x' } }, { type: 'application/merge-patch+json' });
    assert.equal(status, 200);
    await one.until('drift', () => settings(one)?.verdict === 'drift', 60_000);
    assert.deepEqual(settings(one)?.fields.map(({ path, detail, afterResume }) => `${formatPath(path)} ${String(detail)} ${afterResume}`), ['.data.mine extra deleted']);
    await application?.sync();
    assert.deepEqual(at(await live(), 'data'), { level: 'info' });
  });

  it('a kind that the installation excludes is not applied, and not missing', async () => {
    await configure({ 'resource.exclusions': '- apiGroups: [coordination.k8s.io, policy]\n  kinds: [PodDisruptionBudget]\n' });
    const budget = 'apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: budget}\nspec: {minAvailable: 1, selector: {matchLabels: {app: web}}}\n';
    const one = await start({}, { 'budget.yaml': budget });
    await one.until('in sync', () => settings(one)?.verdict === 'in-sync', 60_000);
    const { status } = await bench.cluster.request('GET', `/apis/policy/v1/namespaces/${application?.name ?? ''}/poddisruptionbudgets/budget`);
    assert.deepEqual([status, verdictOf(one, 'budget')?.verdict, verdictOf(one, 'budget')?.reason], [404, 'skipped', 'Argo CD leaves this kind alone (argocd-cm, resource.exclusions)']);
  });

  it('an object that the installation does not watch is applied all the same, compared here, and said to be out of sync there', async () => {
    await configure({ 'resource.selectors': '- kinds: [ConfigMap]\n  selector: "watched=yes"\n' });
    const one = await start({}, { 'watched.yaml': SETTINGS.replace('{name: settings}', '{name: watched, labels: {watched: "yes"}}') });
    await one.until('in sync', () => ['settings', 'watched'].every(name => verdictOf(one, name)?.verdict === 'in-sync'), 60_000);
    assert.deepEqual([settings(one)?.notes, verdictOf(one, 'watched')?.notes], [['Argo CD does not watch it, and calls it OutOfSync whatever there is: its labels are not those of watched=yes (argocd-cm, resource.selectors)'], []]);
    const said = await bench.argo.refresh(application?.name ?? '');
    assert.match(listAt(said, 'status', 'conditions').map(condition => textAt(condition, 'message')).join(), /Resource \/ConfigMap settings does not match the resource selector "watched=yes" in the settings and will not be watched; it will appear as OutOfSync/);
    assert.deepEqual(listAt(said, 'status', 'resources').map(resource => [textAt(resource, 'name'), textAt(resource, 'status')]), [['settings', 'OutOfSync'], ['watched', 'Synced']]);
    await bench.cluster.kubectl(['patch', 'configmap/settings', '-n', application?.name ?? '', '-p', '{"data":{"level":"debug"}}']);
    await one.until('drift', () => settings(one)?.verdict === 'drift', 60_000);
    await application?.sync();
    await one.until('a sync brings it back', () => settings(one)?.verdict === 'in-sync', 60_000);
  });

  it('a kustomization may take files from anywhere where the installation lets it, and is refused where it does not', async () => {
    await configure({ 'kustomize.buildOptions': '--enable-helm --load-restrictor LoadRestrictionsNone' });
    const one = await start({}, { 'kustomization.yaml': 'resources: [settings.yaml]\nconfigMapGenerator: [{name: shared, files: [../shared/level], options: {disableNameSuffixHash: true}}]\n', '../shared/level': 'info' });
    await one.until('in sync', () => ['settings', 'shared'].every(name => verdictOf(one, name)?.verdict === 'in-sync'), 60_000);
    await configure({ 'kustomize.buildOptions': null });
    await one.until('refused', () => one.engine.current.files.size > 0 && settings(one)?.verdict !== 'in-sync', 60_000);
    const problems = [...one.engine.current.files.values()].flatMap(({ problems: found }) => found.map(({ message }) => message));
    assert.ok(problems.some(message => /is not in or below/.test(message)), problems.join('\n'));
  });

  it('the rules of a role that aggregates others are not compared where the installation says so', async () => {
    await configure({ 'resource.compareoptions': 'ignoreAggregatedRoles: true\n' });
    const role = 'apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: plumbline-aggregated}\naggregationRule: {clusterRoleSelectors: [{matchLabels: {acme.io/aggregate: "true"}}]}\nrules: [{apiGroups: [""], resources: [pods], verbs: [get]}]\n';
    const one = await start({}, { 'role.yaml': role });
    await one.until('in sync', () => verdictOf(one, 'plumbline-aggregated')?.verdict === 'in-sync', 60_000);
    const { status } = await bench.cluster.request('PATCH', '/apis/rbac.authorization.k8s.io/v1/clusterroles/plumbline-aggregated?fieldManager=k9s', { rules: [{ apiGroups: [''], resources: ['pods', 'nodes'], verbs: ['get'] }] }, { type: 'application/merge-patch+json' });
    assert.equal(status, 200);
    const fields = (): readonly string[] => verdictOf(one, 'plumbline-aggregated')?.fields.map(({ path, verdict }) => `${formatPath(path)} ${verdict}`) ?? [];
    await one.until('looked at again', () => fields().length > 0, 60_000);
    assert.deepEqual(fields(), ['.rules skipped']);
    const compared = await bench.argo.refresh(application?.name ?? '');
    assert.equal(at(compared, 'status', 'sync', 'status'), 'Synced');
  });
});
