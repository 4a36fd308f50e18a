import assert from 'node:assert/strict';
import { at, type Json } from '../../../src/core/base/json';
import type { ApplicationState, ObjectState, Snapshot } from '../../../src/core/drift/snapshot';
import { makeApplication, type BenchApplication } from '../../bench/application';
import { startCluster, type BenchCluster, type User } from '../../bench/cluster';
import { startFlux, type BenchFlux } from '../../bench/flux';
import { BenchHelm } from '../../bench/helm';
import { BenchHelmRelease, installHelmReleases } from '../../bench/helm-release';
import { Lookup, type FoundApplication } from '../../../src/core/drift/snapshot-lookup';
import { OpenChanger, plan } from '../change/open-changer';
import { summary } from '../drift/make';
import { applicationsIn, openEngine, type OpenEngine } from '../drift/open-engine';

export { mochaHooks } from '../../bench/hooks';

const CANARY = 'hunter2-canary';

const release = (replicas = 3): string => `apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata:
  name: web
  namespace: NAMESPACE
spec:
  interval: 1h
  chart:
    spec:
      chart: web
      version: 1.0.0
      sourceRef: {kind: HelmRepository, name: charts}
  driftDetection:
    mode: warn
    ignore:
      - paths: [/spec/replicas]
        target: {kind: Deployment, name: we.*}
  values:
    replicas: ${replicas}
    password: ${CANARY}
`;

const META = 'metadata:\n  name: {{ .Release.Name }}\n';

const CHART = {
  'templates/deployment.yaml': `apiVersion: apps/v1\nkind: Deployment\n${META}spec:\n  replicas: {{ .Values.replicas }}\n  selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: web}}\n    spec: {containers: [{name: web, image: "nginx:1.27"}]}\n`,
  'templates/secret.yaml': `apiVersion: v1\nkind: Secret\n${META}stringData:\n  password: {{ .Values.password }}\n`,
  // Another value each time it is rendered: what was applied says which one counts.
  'templates/random.yaml': `apiVersion: v1\nkind: ConfigMap\n${META}data:\n  token: {{ randAlphaNum 12 }}\n`,
  // Larger than a record may be, unless it is packed.
  'templates/large.yaml': '{{- range $i := until 3 }}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: large-{{ $i }}\ndata:\n  text: {{ repeat 800000 "x" }}\n{{- end }}\n',
  'templates/hook.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: hook\n  annotations: {helm.sh/hook: pre-install, helm.sh/hook-delete-policy: hook-succeeded}\n',
  'templates/bad.yaml': '{{- if .Values.bad }}\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: bad\n  labels: {a: "not a label!"}\n{{- end }}\n',
};

const helmOf = (snapshot: Snapshot): ApplicationState | undefined => applicationsIn(snapshot).find(({ application }) => application?.tool === 'helm');
const lineOf = (state: ObjectState): string => [`${state.ref.kind}/${state.ref.name}`, state.verdict.verdict, ...summary(state.verdict.fields)].join(' ');
const linesOf = (snapshot: Snapshot): string[] => (helmOf(snapshot)?.objects ?? []).map(lineOf).filter(line => !line.startsWith('ConfigMap/large-')).sort();
const IN_SYNC = ['ConfigMap/web in-sync', 'Deployment/web in-sync', 'Secret/web in-sync'];

describe('a HelmRelease, and the release that a real Helm stored', function () {
  this.timeout(120_000);
  let cluster: BenchCluster;
  let flux: BenchFlux;
  let helm: BenchHelm;
  let application: BenchApplication;
  let controller: BenchHelmRelease;
  let chart: string;
  let open: OpenEngine | undefined;

  const start = async (user: User = 'viewer'): Promise<OpenEngine> => (open = await openEngine({ cluster, repository: application.repository, user }));
  const becomes = (engine: OpenEngine, lines: readonly string[]): Promise<Snapshot> => engine.until(lines.join(', '), snapshot => linesOf(snapshot).join() === lines.join());
  const find = (snapshot: Snapshot, kind: string): ObjectState => {
    const found = helmOf(snapshot)?.objects.find(({ ref }) => ref.kind === kind && ref.name === 'web');
    assert.ok(found);
    return found;
  };
  before(async function () {
    this.timeout(1_200_000);
    cluster = await startCluster();
    await installHelmReleases(cluster);
    [flux, helm] = await Promise.all([startFlux(cluster), BenchHelm.open('helm-controller', cluster)]);
    application = await makeApplication(cluster, flux, { 'release.yaml': release() });
    controller = new BenchHelmRelease(cluster, helm, application.namespace, 'web');
    chart = await helm.chart('web', CHART);
    await controller.reconcile(chart);
  });
  afterEach(async () => {
    await open?.close();
    open = undefined;
  });
  after(async () => {
    application.dispose();
    await helm.dispose();
    await flux.stop();
    await cluster.stop();
  });

  it('applies the objects of the release: they are in sync, random values, Secrets and large ones too, and hooks are none of them', async () => {
    const engine = await start();
    const snapshot = await engine.until('all six are in sync', now => helmOf(now)?.objects.length === 6 && helmOf(now)?.objects.every(({ verdict }) => verdict.verdict === 'in-sync') === true);
    const state = helmOf(snapshot);
    assert.ok(state);
    assert.ok(state.objects.every(({ manifest }) => manifest?.file.endsWith('app/release.yaml')), state.objects.map(lineOf).join('; '));
    const { applier } = engine.engine.input(find(snapshot, 'Deployment').id) ?? {};
    assert.deepEqual([applier?.tool, applier?.manager], ['helm4', 'helm-controller']);
  });

  it('what is changed by hand is drift, told where the HelmRelease gives the values; what its rules ignore is skipped, what was deleted missing', async () => {
    const engine = await start();
    await becomes(engine, IN_SYNC);
    await cluster.kubectl(['scale', 'deployment/web', '--replicas=5', '-n', application.namespace]);
    await cluster.kubectl(['patch', 'secret/web', '-n', application.namespace, '-p', '{"stringData":{"password":"changed-canary"}}']);
    await cluster.kubectl(['delete', 'configmap/web', '-n', application.namespace]);
    const snapshot = await becomes(engine, ['ConfigMap/web missing', 'Deployment/web skipped .spec.replicas skipped:changed overwritten', 'Secret/web drift .data.password drift:changed overwritten']);
    const { verdict } = find(snapshot, 'Secret');
    assert.deepEqual(verdict.notes, ['will not be corrected before the next upgrade: drift is only told (spec.driftDetection.mode: warn)']);
    assert.deepEqual(find(snapshot, 'Deployment').verdict.notes, ['an upgrade overwrites what is not compared']);
    const [field] = verdict.fields;
    assert.equal(engine.engine.text(`${application.repository.root}/app/release.yaml`)?.slice(field?.at.start, field?.at.end), 'values');
    assert.ok(!/canary/.test(JSON.stringify(verdict)), 'no value of a Secret');
    await controller.reconcile(chart);
    await becomes(engine, IN_SYNC);
  });

  it('an object that says so itself is skipped', async () => {
    const engine = await start();
    await cluster.kubectl(['annotate', 'deployment/web', 'helm.toolkit.fluxcd.io/driftDetection=disabled', '-n', application.namespace]);
    await becomes(engine, ['ConfigMap/web in-sync', 'Deployment/web skipped', 'Secret/web in-sync']);
    await cluster.kubectl(['annotate', 'deployment/web', 'helm.toolkit.fluxcd.io/driftDetection-', '-n', application.namespace]);
  });

  it('without the right to read Secrets nothing of it is judged, and the reason is said', async () => {
    const engine = await start('no-secrets');
    const snapshot = await engine.until('the refusal has come', now => helmOf(now)?.doubt?.includes('may not be read') === true);
    assert.match(helmOf(snapshot)?.doubt ?? '', /^Helm's record of the release, Secret .*\/sh\.helm\.release\.v1\.web\.v\d+, may not be read by this user$/);
    assert.deepEqual(helmOf(snapshot)?.objects, []);
    await controller.reconcile(chart, { inventory: [`${application.namespace}_web_apps_Deployment`] });
    const known = await becomes(engine, ['Deployment/web undecided']);
    assert.match(find(known, 'Deployment').verdict.reason, /may not be read by this user$/);
    await controller.reconcile(chart);
  });

  it('values that only Git has are told on each object, and an upgrade brings them', async () => {
    const engine = await start();
    await becomes(engine, IN_SYNC);
    application.repository.write('app/release.yaml', release(4).replaceAll('NAMESPACE', application.namespace));
    engine.changed([`${application.repository.root}/app/release.yaml`]);
    const ahead = 'Git asks for other values than were applied (replicas): what the next upgrade changes is not rendered';
    const isAhead = (now: Snapshot): boolean => helmOf(now)?.objects.every(({ verdict }) => verdict.notes.includes(ahead)) === true;
    const snapshot = await engine.until('Git is ahead', isAhead);
    const own = applicationsIn(snapshot).flatMap(({ objects }) => objects).find(({ ref }) => ref.kind === 'HelmRelease');
    assert.deepEqual(summary(own?.verdict.fields ?? []), ['.spec.values.replicas pending:changed (uncommitted) none']);
    await application.sync({ 'release.yaml': release(4) });
    await controller.reconcile(chart);
    const upgraded = await engine.until('the upgrade is seen', now => linesOf(now).join() === IN_SYNC.join() && !isAhead(now));
    assert.equal(at(engine.engine.input(find(upgraded, 'Deployment').id)?.desired, 'spec', 'replicas'), 4);
  });

  it('is paused and resumed like a Kustomization, and its parent lets the pause be', async () => {
    const engine = await start('admin');
    await becomes(engine, IN_SYNC);
    const person = await OpenChanger.create(engine);
    await person.enable();
    const path = `/apis/helm.toolkit.fluxcd.io/v2/namespaces/${application.namespace}/helmreleases/web`;
    const suspended = async (): Promise<Json | undefined> => at((await cluster.request('GET', path)).body, 'spec', 'suspend');
    const found = async (paused: boolean): Promise<FoundApplication> => {
      const snapshot = await engine.until(paused ? 'paused' : 'running', now => helmOf(now) !== undefined && (helmOf(now)?.pause !== undefined) === paused);
      const state = new Lookup(snapshot).application(helmOf(snapshot)?.id ?? '');
      assert.ok(state);
      return state;
    };
    const pause = plan(await person.changer.planPause(await found(false), 'INC-8: trying more replicas'));
    assert.deepEqual(pause.warnings, []);
    assert.equal((await person.run(pause)).kind, 'done');
    assert.equal(await suspended(), true);
    const waiting = person.changer.quiet(pause, new AbortController().signal);
    await controller.look();
    assert.equal(await waiting, 'ended');
    await flux.reconcile('kustomization', application.namespace, 'app');
    assert.equal(await suspended(), true, 'Git does not state spec.suspend: the Kustomization leaves it');
    assert.equal((await found(true)).application.pause?.reason, 'INC-8: trying more replicas');
    await cluster.kubectl(['patch', 'secret/web', '-n', application.namespace, '-p', '{"stringData":{"password":"by hand"}}']);
    await becomes(engine, ['ConfigMap/web in-sync', 'Deployment/web in-sync', 'Secret/web drift .data.password drift:changed overwritten']);
    const resume = plan(await person.changer.planResume(await found(true)));
    assert.deepEqual([resume.effect.overwritten, resume.effect.unknown.map(({ ref, reason }) => `${ref.kind}: ${reason}`)], [[], ['Secret: drift is only told (spec.driftDetection.mode: warn): Helm leaves it as it is, unless it upgrades, and then sets it back; whether it upgrades is for Helm to decide']]);
    assert.equal((await person.run(resume)).kind, 'done');
    assert.equal(await suspended(), undefined);
    const answered = person.changer.reconciled(resume, new AbortController().signal);
    await controller.reconcile(chart);
    assert.equal(await answered, true);
    await found(false);
    await becomes(engine, IN_SYNC);
    // As the one of Git is, it is set back by whoever applies it.
    await application.sync({ 'release.yaml': release(4).replace('  interval', '  suspend: false\n  interval') });
    const warned = plan(await person.changer.planPause(await found(false), 'INC-9'));
    assert.match(warned.warnings.join(), /this pause will not hold: Git states spec\.suspend for it, and Kustomization .*\/app sets it back at its next run/);
    await application.sync({ 'release.yaml': release(4) });
    await person.close();
    open = undefined;
  });

  it('after an upgrade that failed the last deployed revision counts, with a doubt', async () => {
    const engine = await start();
    await becomes(engine, IN_SYNC);
    await application.sync({ 'release.yaml': release(4).replace('    password', '    bad: true\n    password') });
    await controller.reconcile(chart, { mayFail: true });
    const snapshot = await engine.until('the failure is seen', now => (helmOf(now)?.objects.length ?? 0) > 0 && helmOf(now)?.application?.ready?.status === 'False');
    assert.match(engine.engine.input(find(snapshot, 'Deployment').id)?.baseInDoubt ?? '', /^revision \d+ of the release is failed$/);
    assert.ok(!linesOf(snapshot).some(line => line.startsWith('ConfigMap/bad')), linesOf(snapshot).join());
  });

  it('once uninstalled it has no objects, and none is called missing', async () => {
    const engine = await start();
    await engine.until('the objects are known', now => helmOf(now)?.objects.length === 6);
    await controller.uninstall();
    const snapshot = await engine.until('they are gone', now => helmOf(now)?.objects.length === 0);
    assert.equal(helmOf(snapshot)?.doubt, undefined);
  });
});
