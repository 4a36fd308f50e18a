import assert from 'node:assert/strict';
import { at, textAt, type Json, type JsonObject } from '../../../src/core/base/json';
import type { FoundApplication } from '../../../src/core/drift/snapshot-lookup';
import { ARGO_NAMESPACE } from '../../bench/argo';
import { makeArgoApplication, type BenchArgoApplication } from '../../bench/argo-application';
import { sharedArgo, type ArgoCluster } from '../../bench/hooks';
import { until as eventually } from '../../bench/process';
import { openEngine, type OpenEngine } from '../drift/open-engine';
import { OpenChanger, plan, refusal } from './open-changer';

const SETTINGS = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {level: info}\n';
const PATIENCE = 60_000;
const HEALING = { automated: { prune: true, selfHeal: true } };

describe('pause and resume, on a real Argo CD', function () {
  this.timeout(240_000);
  let bench: ArgoCluster;
  let application: BenchArgoApplication;
  let open: OpenEngine;
  let admin: OpenChanger;

  const path = (name: string, plural = 'applications'): string => `/apis/argoproj.io/v1alpha1/namespaces/${ARGO_NAMESPACE}/${plural}/${name}`;
  const spec = async (name = application.name): Promise<Json | undefined> => at(await bench.argo.application(name), 'spec', 'syncPolicy');
  const config = (): string => `/api/v1/namespaces/${application.name}/configmaps/settings`;
  const level = async (): Promise<string | undefined> => textAt((await bench.cluster.request('GET', config())).body, 'data', 'level');
  const patch = async (where: string, body: JsonObject, manager = 'kubectl-edit'): Promise<void> => {
    const { status } = await bench.cluster.request('PATCH', `${where}?fieldManager=${manager}`, body, { type: 'application/merge-patch+json' });
    assert.equal(status, 200);
  };
  /** The application as the engine has it, once it is so. */
  const found = async (name: string, holds: (one: FoundApplication) => boolean): Promise<FoundApplication> => {
    const search = (): FoundApplication | undefined =>
      open.engine.current.environments.flatMap(environment => environment.applications.map(one => ({ environment, application: one }))).find(one => one.application.application?.ref.name === name && holds(one));
    await open.until(`Application ${name}`, () => search() !== undefined, PATIENCE);
    const one = search();
    assert.ok(one);
    return one;
  };
  const isPaused = (paused: boolean) => ({ application: { pause, doubt } }: FoundApplication): boolean => (pause !== undefined) === paused && doubt === undefined;
  const drifted = (one: FoundApplication): boolean => isPaused(true)(one) && one.application.objects.some(({ verdict }) => verdict.verdict === 'drift');

  before(async function () {
    this.timeout(900_000);
    bench = await sharedArgo();
    application = await makeArgoApplication(bench, { 'settings.yaml': SETTINGS });
    open = await openEngine({ cluster: bench.cluster, repository: application.repository });
    admin = await OpenChanger.create(open);
    await admin.enable();
  });
  after(async () => {
    await admin.close();
    application.dispose();
  });

  it('nothing is to be paused where only people sync', async () => {
    assert.match(refusal(await admin.changer.planPause(await found(application.name, isPaused(false)), 'INC-1')).message, /^Application argocd\/\S+ is not synced automatically/);
  });

  it('a pause holds against self-heal, keeps the other settings, and says why on the object', async () => {
    await application.change({ syncPolicy: HEALING });
    const made = plan(await admin.changer.planPause(await found(application.name, one => isPaused(false)(one) && one.application.application?.prune === true), 'INC-7: trying a fix'));
    assert.equal((await admin.run(made)).kind, 'done');
    assert.equal(await admin.changer.quiet(made, AbortSignal.timeout(PATIENCE)), 'ended');
    assert.deepEqual(await spec(), { automated: { ...HEALING.automated, enabled: false } });
    const said = at(await bench.argo.application(application.name), 'metadata', 'annotations');
    assert.equal(textAt(said, 'plumbline.dev/paused-reason'), 'INC-7: trying a fix');
    assert.equal(textAt(said, 'fluxcd.controlplane.io/suspendedBy'), undefined, 'that one is Flux Operator\'s');
    await patch(config(), { data: { level: 'debug' } });
    await eventually('Argo CD sees it', async () => textAt(await bench.argo.refresh(application.name), 'status', 'sync', 'status') === 'OutOfSync', PATIENCE);
    assert.equal(await level(), 'debug');
    assert.match(refusal(await admin.changer.planPause(await found(application.name, isPaused(true)), 'again')).message, /is already paused/);
  });

  it('a resume tells that self-heal sets it back, and it does', async () => {
    const made = plan(await admin.changer.planResume(await found(application.name, drifted)));
    assert.deepEqual(made.effect.overwritten.map(({ ref, fields }) => [ref.name, fields.length]), [['settings', 1]]);
    assert.equal((await admin.run(made)).kind, 'done');
    assert.equal(await admin.changer.reconciled(made, AbortSignal.timeout(PATIENCE)), true);
    await eventually('self-heal', async () => (await level()) === 'info', PATIENCE);
    assert.deepEqual(await spec(), HEALING);
    const left = JSON.stringify(at(await bench.argo.application(application.name), 'metadata', 'annotations') ?? {});
    assert.doesNotMatch(left, /plumbline|suspendedBy/);
  });

  it('without self-heal a resume at the same commit leaves what was edited, and says so', async () => {
    await application.change({ syncPolicy: { automated: { selfHeal: false } } });
    const pausing = plan(await admin.changer.planPause(await found(application.name, one => isPaused(false)(one) && one.application.application?.prune === false), 'INC-8'));
    assert.equal((await admin.run(pausing)).kind, 'done');
    await admin.changer.quiet(pausing, AbortSignal.timeout(PATIENCE));
    await patch(config(), { data: { level: 'trace' } });
    const made = plan(await admin.changer.planResume(await found(application.name, drifted)));
    assert.deepEqual([made.effect.overwritten, made.effect.deleted, made.effect.kept.map(({ ref }) => ref.name)], [[], [], ['settings']]);
    assert.equal((await admin.run(made)).kind, 'done');
    assert.equal(await admin.changer.quiet(pausing, AbortSignal.timeout(PATIENCE)), 'resumed', 'nobody waits for the end of a pause that is over');
    assert.equal(await admin.changer.reconciled(made, AbortSignal.timeout(PATIENCE)), true);
    await bench.argo.refresh(application.name);
    assert.equal(await level(), 'trace');
    await application.sync();
  });

  it('is refused where an ApplicationSet would undo it at once, unless that leaves the switch alone', async () => {
    const set = { apiVersion: 'argoproj.io/v1alpha1', kind: 'ApplicationSet', metadata: { name: application.name, namespace: ARGO_NAMESPACE }, spec: { generators: [], template: { metadata: { name: 'x' }, spec: { project: 'default', destination: {} } } } };
    const { metadata } = (await bench.cluster.apply(set, 'bench')) as { readonly metadata: { readonly uid: string } };
    await patch(path(application.name), { metadata: { ownerReferences: [{ apiVersion: set.apiVersion, kind: set.kind, name: set.metadata.name, uid: metadata.uid }] } });
    const owned = await found(application.name, one => isPaused(false)(one) && one.application.application?.parent?.kind === 'ApplicationSet');
    assert.match(refusal(await admin.changer.planPause(owned, 'INC-9')).message, /^ApplicationSet argocd\/\S+ made it and would undo the pause at once/);
    await patch(path(application.name, 'applicationsets'), { spec: { ignoreApplicationDifferences: [{ jsonPointers: ['/spec/syncPolicy'] }] } });
    assert.match(plan(await admin.changer.planPause(owned, 'INC-9')).warnings.join(), /may take the reason of this pause off/);
    await patch(path(application.name), { metadata: { ownerReferences: null } });
  });

  it('is refused below an Application that states the switch and heals itself, and holds below one that does not state it', async () => {
    const child = `${application.name}-child`;
    const manifest = (more: string): string => `apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: ${child}, namespace: ${ARGO_NAMESPACE}}\nspec:\n  project: default\n  source: {repoURL: "file://${application.repository.root}", path: app/sub, targetRevision: main}\n  destination: {server: "https://kubernetes.default.svc", namespace: NAMESPACE}\n  syncPolicy: {automated: {selfHeal: true${more}}}\n`;
    await application.change({});
    await application.sync({ 'child.yaml': manifest(', enabled: true'), 'sub/below.yaml': SETTINGS.replace('settings', 'below') });
    await application.change({ syncPolicy: HEALING });
    const stated = await found(child, one => isPaused(false)(one) && one.application.application?.parent?.name === application.name);
    assert.match(refusal(await admin.changer.planPause(stated, 'INC-10')).message, new RegExp(`^Git states spec.syncPolicy.automated.enabled for it, and Application argocd/${application.name} sets it back`));
    application.commit({ 'child.yaml': manifest('') });
    await bench.argo.refresh(application.name);
    await eventually('the switch is stated no more', async () => at(await spec(child), 'automated', 'enabled') === undefined, PATIENCE);
    const made = plan(await admin.changer.planPause(await found(child, isPaused(false)), 'INC-10'));
    assert.equal((await admin.run(made)).kind, 'done');
    await bench.argo.refresh(application.name);
    await new Promise(resolve => setTimeout(resolve, 5_000));
    assert.equal(at(await spec(child), 'automated', 'enabled'), false, 'self-heal of the parent left it');
  });
});
