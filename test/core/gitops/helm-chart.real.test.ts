import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ApplicationState, ObjectState, Snapshot } from '../../../src/core/drift/snapshot';
import { makeApplication, type BenchApplication } from '../../bench/application';
import { startCluster, type BenchCluster } from '../../bench/cluster';
import { startFlux, type BenchFlux } from '../../bench/flux';
import { BenchHelm } from '../../bench/helm';
import { BenchHelmRelease, installHelmReleases } from '../../bench/helm-release';
import { program } from '../../bench/programs';
import { summary } from '../drift/make';
import { applicationsIn, openEngine, type OpenEngine } from '../drift/open-engine';

export { mochaHooks } from '../../bench/hooks';

const CANARY = 'hunter2-canary';

const release = (values = 'level: warn', more = ''): string => `apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata:
  name: web
  namespace: NAMESPACE
spec:
  interval: 1h
  chart:
    spec:
      chart: ./charts/web
      sourceRef: {kind: GitRepository, name: app}
${more}  values:
    ${values}
`;

/** What the values come from, and what is done to what Helm prints. */
const FROM = `  valuesFrom:
    - {kind: ConfigMap, name: web-values}
    - {kind: ConfigMap, name: gone, optional: true}
    - {kind: Secret, name: web-secret, valuesKey: password, targetPath: secret.password}
  postRenderers:
    - kustomize:
        patches:
          - target: {kind: Deployment}
            patch: |
              - op: add
                path: /spec/template/spec/priorityClassName
                value: high
        images:
          - {name: nginx, newTag: "1.29"}
`;

const VALUES = `apiVersion: v1
kind: ConfigMap
metadata: {name: web-values, namespace: NAMESPACE}
data:
  values.yaml: |
    color: green
    level: error
---
apiVersion: v1
kind: Secret
metadata: {name: web-secret, namespace: NAMESPACE}
stringData: {password: ${CANARY}}
`;

const SETTINGS = `apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}-settings
data:
  level: {{ .Values.level }}
  color: {{ .Values.color }}
  upgrade: {{ .Release.IsUpgrade | quote }}
  cases: {{ .Capabilities.APIVersions.Has "helm.toolkit.fluxcd.io/v2/HelmRelease" | quote }}
`;

const CHART = {
  '../charts/web/Chart.yaml': 'apiVersion: v2\nname: web\nversion: 1.0.0\n',
  '../charts/web/values.yaml': 'replicas: 3\nlevel: info\ncolor: red\n',
  '../charts/web/templates/settings.yaml': SETTINGS,
  '../charts/web/templates/deployment.yaml': 'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  replicas: {{ .Values.replicas }}\n  selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: web}}\n    spec: {containers: [{name: web, image: "nginx:1.27"}]}\n',
  '../charts/web/templates/secret.yaml': 'apiVersion: v1\nkind: Secret\nmetadata: {name: web}\nstringData:\n  password: {{ dig "secret" "password" "none" .Values.AsMap }}\n  token: {{ randAlphaNum 12 }}\n',
  '../charts/web/templates/hook.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: hook\n  annotations: {helm.sh/hook: pre-install, helm.sh/hook-delete-policy: hook-succeeded}\n',
};

const helmOf = (snapshot: Snapshot): ApplicationState | undefined => applicationsIn(snapshot).find(({ application }) => application?.tool === 'helm');
const lineOf = (state: ObjectState): string => [state.ref.name, state.ref.kind, state.verdict.verdict, ...summary(state.verdict.fields)].join(' ');
const linesOf = (snapshot: Snapshot): string[] => (helmOf(snapshot)?.objects ?? []).map(lineOf).sort();
const notesOf = (snapshot: Snapshot): string[] => [...new Set((helmOf(snapshot)?.objects ?? []).flatMap(({ verdict }) => verdict.notes))];
const IN_SYNC = ['web Deployment in-sync', 'web Secret in-sync', 'web-settings ConfigMap in-sync'];

describe('a HelmRelease whose chart lies in the repository', function () {
  this.timeout(120_000);
  let cluster: BenchCluster;
  let flux: BenchFlux;
  let helm: BenchHelm;
  let application: BenchApplication;
  let controller: BenchHelmRelease;
  let open: OpenEngine;

  const becomes = async (lines: readonly string[], engine = open): Promise<Snapshot> => {
    const wanted = [...lines].sort().join('\n');
    return engine.until(wanted, snapshot => linesOf(snapshot).join('\n') === wanted, 60_000).catch((error: unknown) => {
      throw new Error(`${linesOf(engine.engine.current).join('\n')}\n${String(error)}`);
    });
  };
  const file = (path: string): string => join(application.repository.root, path);
  /** Changes a file in the working tree. */
  const write = (path: string, text: string): void => {
    application.repository.write(path, text.replaceAll('NAMESPACE', application.namespace));
    open.changed([file(path)]);
  };
  const upgrade = (): Promise<void> => controller.reconcile(file('charts/web'));
  const lineAt = (path: string, start = 0): string => {
    const text = open.engine.text(file(path)) ?? '';
    return text.slice(text.lastIndexOf('\n', start) + 1).split('\n')[0]?.trim() ?? '';
  };

  before(async function () {
    this.timeout(1_200_000);
    cluster = await startCluster();
    await installHelmReleases(cluster);
    [flux, helm] = await Promise.all([startFlux(cluster), BenchHelm.open('helm-controller', cluster)]);
    application = await makeApplication(cluster, flux, { 'release.yaml': release(), 'values.yaml': VALUES, ...CHART });
    controller = new BenchHelmRelease(cluster, helm, application.namespace, 'web');
    open = await openEngine({ cluster, repository: application.repository, helm: await program('helm') });
  });
  after(async () => {
    await open.close();
    application.dispose();
    await helm.dispose();
    await flux.stop();
    await cluster.stop();
  });

  it('before its first installation all is pending but what comes out otherwise each time', async () => {
    await becomes(['web Deployment pending', 'web Secret undecided', 'web-settings ConfigMap pending']);
  });

  it('is rendered as helm-controller does it, and what comes out otherwise each time is what was applied', async () => {
    await upgrade();
    // The next run is an upgrade, which this chart says.
    await becomes(['web Deployment in-sync', 'web Secret in-sync', 'web-settings ConfigMap pending .data.upgrade pending:changed (unreconciled) overwritten']);
    await upgrade();
    const snapshot = await becomes(IN_SYNC);
    const state = helmOf(snapshot);
    assert.match(state?.evidence.at(-1) ?? '', /^rendered by helm v4\./);
    assert.ok(state?.objects.every(({ manifest }) => manifest?.file.startsWith(file('charts/web/templates/'))));
    assert.deepEqual([...snapshot.files.values()].flatMap(({ problems }) => problems), []);
  });

  it('values that it refers to, in their order, patches and images are part of it', async () => {
    await application.sync({ 'release.yaml': release('level: warn', FROM) });
    await open.engine.refresh();
    await becomes([
      'web Deployment pending .spec.template.spec.priorityClassName pending (unreconciled) overwritten .spec.template.spec.containers[name="web"].image pending:changed (unreconciled) overwritten',
      'web Secret pending .data.password pending:changed (unreconciled) overwritten',
      'web-settings ConfigMap pending .data.color pending:changed (unreconciled) overwritten',
    ]);
    await upgrade();
    const snapshot = await becomes(IN_SYNC);
    assert.ok(!JSON.stringify(helmOf(snapshot)?.objects.map(({ verdict }) => verdict)).includes(CANARY));
  });

  it('what was changed by hand is drift at the line of the template', async () => {
    await cluster.kubectl(['scale', 'deployment/web', '--replicas=5', '-n', application.namespace]);
    const snapshot = await becomes(['web Deployment drift .spec.replicas drift:changed overwritten', ...IN_SYNC.slice(1)]);
    const [field] = helmOf(snapshot)?.objects.find(({ ref }) => ref.kind === 'Deployment')?.verdict.fields ?? [];
    assert.equal(lineAt('charts/web/templates/deployment.yaml', field?.at.start), 'replicas: {{ .Values.replicas }}');
    // Found out after the verdict, by changing values and rendering again: the chart's own, and what the HelmRelease gives.
    const setOf = (now: Snapshot, kind: string): string => {
      const set = helmOf(now)?.objects.find(({ ref }) => ref.kind === kind)?.verdict.fields[0]?.set;
      return set ? `${set.by} ${set.file?.slice(application.repository.root.length + 1) ?? ''} ${(set.text ?? open.engine.text(set.file ?? '') ?? '').slice(set.range?.start, set.range?.end)}` : 'not known';
    };
    await open.until('the value is found', now => setOf(now, 'Deployment') === 'values charts/web/values.yaml 3', 60_000);
    await cluster.kubectl(['patch', 'configmap/web-settings', '-n', application.namespace, '-p', '{"data":{"level":"by-hand"}}']);
    await open.until('the value of the HelmRelease is found', now => setOf(now, 'ConfigMap') === 'values app/release.yaml warn', 60_000);
    await cluster.kubectl(['patch', 'configmap/web-settings', '-n', application.namespace, '-p', '{"data":{"level":"warn"}}']);
    await cluster.kubectl(['scale', 'deployment/web', '--replicas=3', '-n', application.namespace]);
    await becomes(IN_SYNC);
  });

  it('what the working tree has and nobody applied is pending, per field and with how far it has come', async () => {
    write('app/release.yaml', release('level: trace', FROM));
    const level = (stage: string): string => `web-settings ConfigMap pending .data.level pending:changed (${stage})`;
    await becomes([...IN_SYNC.slice(0, 2), `${level('uncommitted')} none`]);
    const sha = application.repository.commit({});
    assert.match(sha, /^[0-9a-f]{40}$/);
    await open.engine.refresh();
    assert.deepEqual(notesOf(await becomes([...IN_SYNC.slice(0, 2), `${level('unreconciled')} overwritten`])).filter(note => /reconcileStrategy/.test(note)), []);
    write('charts/web/templates/settings.yaml', SETTINGS.replace('.Values.level', '"debug"'));
    const waits = /^the templates of its chart have changed and it still calls itself version 1\.0\.0: Flux takes that only with another version \(spec\.chart\.spec\.reconcileStrategy: ChartVersion\)$/;
    await open.until('it is said that Flux waits for a version', snapshot => notesOf(snapshot).some(note => waits.test(note)));
    write('charts/web/Chart.yaml', 'apiVersion: v2\nname: web\nversion: 1.0.1\n');
    await open.until('the version has moved', snapshot => !notesOf(snapshot).some(note => waits.test(note)));
    write('charts/web/Chart.yaml', CHART['../charts/web/Chart.yaml']);
    write('charts/web/templates/settings.yaml', SETTINGS);
    await application.sync({ 'release.yaml': release('level: warn', FROM) });
    await open.engine.refresh();
    await becomes(IN_SYNC);
  });

  it('what its chart has no more is an orphan; what it has in addition is pending', async () => {
    rmSync(file('charts/web/templates/settings.yaml'));
    write('charts/web/templates/other.yaml', SETTINGS.replace('-settings', '-other'));
    open.changed([file('charts/web/templates/settings.yaml')]);
    await becomes([...IN_SYNC.slice(0, 2), 'web-settings ConfigMap orphan', 'web-other ConfigMap pending']);
    write('charts/web/templates/settings.yaml', SETTINGS);
    rmSync(file('charts/web/templates/other.yaml'));
    open.changed([file('charts/web/templates/other.yaml')]);
    await becomes(IN_SYNC);
  });

  it('a chart that is broken is told at its line, without a secret, and what was applied is compared all the same', async () => {
    write('charts/web/templates/settings.yaml', `{{ fail (printf "no %s" .Values.secret.password) }}\n`);
    const problemIn = (now: Snapshot): string => now.files.get(file('charts/web/templates/settings.yaml'))?.problems.map(({ message }) => message).join() ?? '';
    const snapshot = await open.until('the trouble', now => /^helm: .*no \*\*\*/.test(problemIn(now)));
    assert.ok(!JSON.stringify([...snapshot.files.values()].map(({ problems }) => problems)).includes(CANARY));
    assert.deepEqual(linesOf(snapshot), [...IN_SYNC].sort());
    assert.ok(notesOf(snapshot).some(note => /^its chart is not rendered: helm: .*\*\*\*/.test(note)), notesOf(snapshot).join());
    write('charts/web/templates/settings.yaml', SETTINGS);
    await open.until('no trouble', now => [...now.files.values()].every(({ problems }) => problems.length === 0));
  });

  it('what looks into the cluster is undecided where it comes out otherwise here', async () => {
    write('charts/web/templates/settings.yaml', SETTINGS.replace('.Values.color', '(lookup "v1" "Secret" "" "web" | default dict | len)'));
    const snapshot = await becomes(['web Deployment in-sync', 'web Secret in-sync', 'web-settings ConfigMap undecided']);
    assert.equal(helmOf(snapshot)?.objects.find(({ verdict }) => verdict.verdict === 'undecided')?.verdict.reason, 'its template gives other values each time it is rendered, or by what it finds in the cluster');
    write('charts/web/templates/settings.yaml', SETTINGS);
    await becomes(IN_SYNC);
  });

  it('without helm what was applied is compared, and the reason is said', async () => {
    write('app/release.yaml', release('level: trace', FROM));
    const bare = await openEngine({ cluster, repository: application.repository });
    try {
      await becomes(IN_SYNC, bare);
      const snapshot = await bare.until('the values are known', now => notesOf(now).some(note => note.startsWith('Git asks for other values than were applied (level)')));
      assert.deepEqual(notesOf(snapshot), ['Git asks for other values than were applied (level): what the next upgrade changes is not rendered; its chart is not rendered: no helm was found on PATH (the setting plumbline.helm.path names one)']);
      assert.ok(helmOf(snapshot)?.objects.every(({ manifest }) => manifest?.file === file('app/release.yaml')));
      assert.deepEqual([...snapshot.files.values()].flatMap(({ problems }) => problems.filter(({ severity }) => severity === 'error')), []);
    } finally {
      await bare.close();
    }
  });
});
