import assert from 'node:assert/strict';
import { at, isArray, listAt, textAt } from '../../../src/core/base/json';
import type { ObjectState, Snapshot } from '../../../src/core/drift/snapshot';
import { makeApplication, type BenchApplication } from '../../bench/application';
import type { BenchCluster } from '../../bench/cluster';
import { sharedCluster, sharedFlux } from '../../bench/hooks';
import { until } from '../../bench/process';
import { applicationsIn, objectsIn, openEngine, verdictsIn, type OpenEngine } from './open-engine';

export { mochaHooks } from '../../bench/hooks';

/** What is done by hand to each object before Git drops it. */
const MARKS: Readonly<Record<string, readonly string[]>> = {
  plain: [],
  'prune-off': ['annotate', 'kustomize.toolkit.fluxcd.io/prune=Disabled'],
  'left-alone': ['label', 'kustomize.toolkit.fluxcd.io/reconcile=disabled'],
  'ssa-ignored': ['annotate', 'kustomize.toolkit.fluxcd.io/ssa=ignore'],
  'not-its-own': ['label', 'kustomize.toolkit.fluxcd.io/name-'],
  'kept-by-helm': ['annotate', 'helm.sh/resource-policy=keep'],
};
const NAMES = Object.keys(MARKS);
const KUSTOMIZATION = (resources: readonly string[], level: string): string => `namespace: NAMESPACE\nresources: [${resources.map(name => `${name}.yaml`).join(', ')}]\nconfigMapGenerator: [{name: settings, literals: [level=${level}]}]\n`;

describe('what Git has twice, under a real kustomize-controller', function () {
  this.timeout(120_000);

  it('is refused, as the controller refuses the whole folder', async () => {
    const cluster = await sharedCluster();
    const flux = await sharedFlux();
    const map = (level: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings, namespace: NAMESPACE}\ndata: {level: ${level}}\n`;
    const application = await makeApplication(cluster, flux, { 'a.yaml': map('info') });
    const open = await openEngine({ cluster, repository: application.repository });
    try {
      await open.until('it is in sync', now => verdictsIn(now)[0] === 'ConfigMap/settings in-sync', 60_000);
      application.repository.commit({ 'app/b.yaml': map('debug').replaceAll('NAMESPACE', application.namespace) });
      await flux.reconcile('gitrepository', application.namespace, 'app');
      await flux.reconcile('kustomization', application.namespace, 'app');
      const status = async (): Promise<string> => JSON.stringify(at((await cluster.request('GET', application.path)).body, 'status', 'conditions'));
      await until('it has failed', async () => /already registered id/.test(await status()), 60_000);
      await open.engine.refresh();
      await open.until('both are refused', now => verdictsIn(now).length === 2 && verdictsIn(now).every(line => line.endsWith('invalid')), 60_000);
      assert.deepEqual(objectsIn(open.engine.current).map(({ verdict }) => verdict.reason).sort(), ['a', 'b'].map(name => `the same object stands once more in app/${name}.yaml: kustomize refuses that, and the controller applies nothing of the folder`));
    } finally {
      await open.close();
      application.dispose();
    }
  });
});

describe('what Git has no more, under a real kustomize-controller', function () {
  this.timeout(120_000);
  let cluster: BenchCluster;
  let application: BenchApplication;
  let open: OpenEngine;

  before(async function () {
    this.timeout(180_000);
    cluster = await sharedCluster();
    const map = (name: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\ndata: {a: x}\n`;
    application = await makeApplication(cluster, await sharedFlux(), { 'kustomization.yaml': KUSTOMIZATION(NAMES, 'info'), ...Object.fromEntries(NAMES.map(name => [`${name}.yaml`, map(name)])) });
    open = await openEngine({ cluster, repository: application.repository });
  });
  after(async () => {
    await open.close();
    application.dispose();
  });

  const named = (snapshot: Snapshot, begin: string): readonly ObjectState[] => objectsIn(snapshot).filter(({ ref }) => ref.name.startsWith(begin));
  /** When the application's last run ended. */
  const runOf = (snapshot: Snapshot): string | undefined => applicationsIn(snapshot).find(one => one.application?.ref.namespace === application.namespace)?.application?.ranAt;
  const live = async (): Promise<string[]> => {
    const { body } = await cluster.request('GET', `/api/v1/namespaces/${application.namespace}/configmaps`);
    const items = at(body, 'items');
    return (isArray(items) ? items : []).map(item => textAt(item, 'metadata', 'name') ?? '').filter(name => name !== 'kube-root-ca.crt').sort();
  };

  it('what a run deletes and what it leaves is foretold of each, and happens', async () => {
    await open.until('everything is judged', now => verdictsIn(now).length === NAMES.length + 1 && verdictsIn(now).every(line => line.endsWith('in-sync')), 60_000);
    for (const [name, [verb, mark]] of Object.entries(MARKS)) if (verb !== undefined && mark !== undefined) await cluster.kubectl([verb, `configmap/${name}`, '-n', application.namespace, mark]);
    for (const name of NAMES) application.repository.git('rm', '-q', `app/${name}.yaml`);
    application.repository.write('app/kustomization.yaml', KUSTOMIZATION([], 'info').replaceAll('NAMESPACE', application.namespace));
    await open.engine.refresh();
    const snapshot = await open.until('they are orphans', now => NAMES.every(name => named(now, name)[0]?.verdict.verdict === 'orphan'));
    const deleted = NAMES.filter(name => named(snapshot, name)[0]?.verdict.notes[0] === 'the controller will delete it on its next run');
    assert.deepEqual(deleted, ['plain', 'kept-by-helm']);
    await application.sync({ 'kustomization.yaml': KUSTOMIZATION([], 'info') });
    assert.deepEqual((await live()).filter(name => NAMES.includes(name)), NAMES.filter(name => !deleted.includes(name)).sort());
  });

  it('a ConfigMap generated from other content is a rename on its way: neither missing nor an orphan', async () => {
    await open.engine.refresh();
    await open.until('settled', now => named(now, 'settings-').length === 1 && named(now, 'settings-')[0]?.verdict.verdict === 'in-sync');
    const [before = ''] = named(open.engine.current, 'settings-').map(({ ref }) => ref.name);
    application.repository.write('app/kustomization.yaml', KUSTOMIZATION([], 'debug').replaceAll('NAMESPACE', application.namespace));
    open.changed([`${application.repository.root}/app/kustomization.yaml`]);
    const snapshot = await open.until('both names', now => named(now, 'settings-').length === 2);
    const [next = ''] = named(snapshot, 'settings-').map(({ ref }) => ref.name).filter(name => name !== before);
    const said = named(snapshot, 'settings-').map(({ ref, verdict }) => [ref.name, verdict.verdict, verdict.reason, ...verdict.notes]);
    assert.deepEqual(said, [
      [next, 'pending', 'it is not in the cluster yet: not committed', `takes the place of ${before}`],
      [before, 'pending', `Git has changed what it was generated from: ${next} takes its place with the next apply`, 'the controller will delete it on its next run'],
    ]);
    assert.deepEqual(await live().then(names => names.filter(name => name.startsWith('settings-'))), [before]);
    await application.sync({ 'kustomization.yaml': KUSTOMIZATION([], 'debug') });
    await open.engine.refresh();
    await open.until('renamed', now => named(now, 'settings-').length === 1 && named(now, 'settings-')[0]?.ref.name === next && named(now, 'settings-')[0]?.verdict.verdict === 'in-sync');
    assert.deepEqual(await live().then(names => names.filter(name => name.startsWith('settings-'))), [next]);
  });

  it('what is applied under the controller’s own name right after its run is not called the server’s own doing', async () => {
    const path = `/api/v1/namespaces/${application.namespace}/configmaps`;
    const settings = (): ObjectState | undefined => named(open.engine.current, 'settings-')[0];
    const name = settings()?.ref.name ?? '';
    const { body } = await cluster.request('GET', `${path}/${name}`);
    const metadata = { name, namespace: application.namespace, labels: at(body, 'metadata', 'labels') ?? null, annotations: at(body, 'metadata', 'annotations') ?? null };
    // A run that has something to write, so that its entry is of this very second; then somebody in its name, at once.
    for (let attempt = 1; ; attempt++) {
      await cluster.kubectl(['patch', `configmap/${name}`, '-n', application.namespace, '--type=merge', '-p', `{"data":{"level":"by hand ${attempt}"}}`]);
      await (await sharedFlux()).reconcile('kustomization', application.namespace, 'app');
      assert.equal(textAt((await cluster.request('GET', `${path}/${name}`)).body, 'data', 'level'), 'debug', 'the run has put it back');
      const applied = await cluster.apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { level: `impersonated ${attempt}` } }, 'kustomize-controller');
      const version = textAt(applied, 'metadata', 'resourceVersion');
      const liveVersion = (): string | undefined => { const live = open.engine.input(settings()?.id ?? '')?.live; return live?.kind === 'present' ? textAt(live.object, 'metadata', 'resourceVersion') : undefined; };
      const snapshot = await open.until('it is seen after the run', now => liveVersion() === version && runOf(now) !== undefined);
      assert.deepEqual([settings()?.verdict.verdict, settings()?.verdict.fields.map(({ verdict }) => verdict)], ['undecided', ['undecided']], `${runOf(snapshot) ?? ''} ${JSON.stringify(at(applied, 'metadata', 'managedFields'))}`);
      const own = listAt(applied, 'metadata', 'managedFields').find(entry => textAt(entry, 'manager') === 'kustomize-controller');
      if (textAt(own, 'time') === runOf(snapshot)) return;
      assert.ok(attempt < 8, 'never within one second');
    }
  });
});
