import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { at, listAt } from '../../../src/core/base/json';
import type { ApplicationState, ObjectState, Snapshot } from '../../../src/core/drift/snapshot';
import type { BenchCluster, User } from '../../bench/cluster';
import { BenchHelm } from '../../bench/helm';
import { sharedCluster } from '../../bench/hooks';
import { Scratch } from '../git/scratch';
import { summary } from '../drift/make';
import { applicationsIn, openEngine, type OpenEngine } from '../drift/open-engine';

export { mochaHooks } from '../../bench/hooks';

const CANARY = 'hunter2-canary';
const META = 'metadata:\n  name: {{ .Release.Name }}\n';

const CHART = {
  'values.yaml': 'replicas: 2\ncolor: red\n',
  'templates/deployment.yaml': `apiVersion: apps/v1\nkind: Deployment\n${META}spec:\n  replicas: {{ .Values.replicas }}\n  selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: web}}\n    spec: {containers: [{name: web, image: "nginx:1.27"}]}\n`,
  'templates/settings.yaml': `apiVersion: v1\nkind: ConfigMap\n${META}data:\n  color: {{ .Values.color }}\n`,
  'templates/secret.yaml': `apiVersion: v1\nkind: Secret\n${META}stringData:\n  password: {{ .Values.password }}\n  token: {{ randAlphaNum 12 }}\n`,
  'crds/thing.yaml': 'apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: things.NAME.example}\nspec:\n  group: NAME.example\n  scope: Namespaced\n  names: {kind: Thing, plural: things, singular: thing, listKind: ThingList}\n  versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]\n',
  // Larger than a record may be, unless it is packed.
  'templates/large.yaml': '{{- range $i := until 2 }}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: large-{{ $i }}\ndata:\n  text: {{ repeat 800000 "x" }}\n{{- end }}\n',
};

const releaseOf = (snapshot: Snapshot): ApplicationState | undefined => applicationsIn(snapshot).find(({ application }) => application?.kind === 'Helm release');
const lineOf = ({ ref, verdict }: ObjectState): string => [`${ref.kind}/${ref.name}`, verdict.verdict, ...summary(verdict.fields)].join(' ');
const linesOf = (snapshot: Snapshot): string[] => (releaseOf(snapshot)?.objects ?? []).map(lineOf).filter(line => !/^(?:ConfigMap\/large-|CustomResourceDefinition\/)/.test(line)).sort();
const notesOf = (snapshot: Snapshot): string[] => [...new Set((releaseOf(snapshot)?.objects ?? []).flatMap(({ verdict }) => verdict.notes))];
const IN_SYNC = ['ConfigMap/cart in-sync', 'Deployment/cart in-sync', 'Secret/cart in-sync'];

for (const which of ['helm', 'helm3'] as const) {
  describe(`a release that people made, by a real ${which}`, function () {
    this.timeout(240_000);
    let cluster: BenchCluster;
    let helm: BenchHelm;
    let namespace: string;
    /** Releases of other tests are in the cluster, too: none is made of a chart of this name. */
    let name: string;
    let repository: Scratch;
    let open: OpenEngine | undefined;

    const start = async (user: User = 'viewer', renders = true): Promise<OpenEngine> => (open = await openEngine({ cluster, repository, user, ...(renders && { helm: helm.path }) }));
    const becomes = (engine: OpenEngine, lines: readonly string[]): Promise<Snapshot> =>
      engine.until(lines.join(', '), snapshot => linesOf(snapshot).join() === [...lines].sort().join(), 90_000).catch((error: unknown) => {
        throw new Error(`${linesOf(engine.engine.current).join('\n')}\n${String(error)}`);
      });
    const chart = (): string => join(repository.root, 'charts', name);
    const write = (engine: OpenEngine, path: string, text: string): void => {
      repository.write(`charts/${name}/${path}`, text);
      engine.changed([join(chart(), path)]);
    };
    const upgrade = (): Promise<string> => helm.run('upgrade', '--install', 'cart', chart(), '-n', namespace, '--set', `password=${CANARY},color=green`, ...(which === 'helm' ? ['--force-conflicts'] : []));

    before(async function () {
      this.timeout(1_200_000);
      cluster = await sharedCluster();
      helm = await BenchHelm.open(which, cluster);
      namespace = await cluster.namespace('install');
      name = `chart-${namespace}`;
      repository = new Scratch();
      const files = { 'Chart.yaml': `apiVersion: v2\nname: ${name}\nversion: 1.0.0\n`, ...CHART };
      repository.commit(Object.fromEntries(Object.entries(files).map(([path, text]) => [`charts/${name}/${path}`, text.replaceAll('NAME', name)])));
      await upgrade();
    });
    afterEach(async () => {
      await open?.close();
      open = undefined;
      repository.git('checkout', '--', '.');
    });
    after(async () => {
      repository.dispose();
      await helm.dispose();
    });

    it('is an application of its own, found by its chart, told at the templates; its record is what was applied', async () => {
      const engine = await start();
      const snapshot = await becomes(engine, IN_SYNC);
      const state = releaseOf(snapshot);
      assert.deepEqual([state?.application?.ref.name, state?.application?.ref.namespace, state?.folder], ['cart', namespace, chart()]);
      assert.equal(state?.objects.length, 6);
      assert.match(state.evidence[0] ?? '', new RegExp(`^Helm release ${namespace}/cart was made of chart ${name} 1\\.0\\.0, as Helm recorded in revision \\d+, and a chart of that name is here$`));
      const deployment = state.objects.find(({ ref }) => ref.kind === 'Deployment');
      assert.equal(deployment?.manifest?.file, join(chart(), 'templates/deployment.yaml'));
      const { applier, base } = engine.engine.input(deployment.id) ?? {};
      assert.deepEqual([applier, base?.kind], [{ tool: which === 'helm' ? 'helm4' : 'helm3', manager: 'helm', active: false }, 'known']);
    });

    it('what is changed by hand is drift against what Helm applied, what was deleted missing; another revision is noticed', async () => {
      const engine = await start();
      await becomes(engine, IN_SYNC);
      await cluster.kubectl(['scale', 'deployment/cart', '--replicas=5', '-n', namespace]);
      await cluster.kubectl(['delete', 'configmap/cart', '-n', namespace]);
      await cluster.kubectl(['patch', 'secret/cart', '-n', namespace, '-p', '{"stringData":{"password":"changed-canary"}}']);
      const snapshot = await becomes(engine, ['ConfigMap/cart missing', `Deployment/cart drift .spec.replicas drift:changed overwritten`, 'Secret/cart drift .data.password drift:changed overwritten']);
      assert.ok(notesOf(snapshot).includes('will not be corrected until somebody applies it again'), notesOf(snapshot).join('; '));
      assert.ok(!/canary/.test(JSON.stringify(releaseOf(snapshot)?.objects.map(({ verdict }) => verdict))), 'no value of a Secret');
      await upgrade();
      await becomes(engine, IN_SYNC);
    });

    it('what Git has changed since is pending, what its chart no longer makes an orphan: rendered with the values that Helm was given', async () => {
      const engine = await start();
      await becomes(engine, IN_SYNC);
      write(engine, 'values.yaml', 'replicas: 4\ncolor: blue\n');
      await becomes(engine, ['ConfigMap/cart in-sync', 'Deployment/cart pending .spec.replicas pending:changed (uncommitted) none', 'Secret/cart in-sync']);
      write(engine, 'values.yaml', CHART['values.yaml']);
      rmSync(join(chart(), 'templates/settings.yaml'));
      engine.changed([join(chart(), 'templates/settings.yaml')]);
      await becomes(engine, ['ConfigMap/cart orphan', 'Deployment/cart in-sync', 'Secret/cart in-sync']);
    });

    it('a definition in crds/ is only looked for: Helm installs it once and never changes it', async () => {
      const crd = `crd/things.${name}.example`;
      const stateOf = (snapshot: Snapshot): string => releaseOf(snapshot)?.objects.filter(({ ref }) => ref.kind === 'CustomResourceDefinition').map(({ verdict }) => `${verdict.verdict}: ${verdict.reason}`).join() ?? '';
      const engine = await start();
      await engine.until('it is there', now => stateOf(now) === 'skipped: it lies in crds/: Helm installs it where it is not there, and never changes it');
      await cluster.kubectl(['annotate', crd, 'by=hand']);
      write(engine, 'crds/thing.yaml', CHART['crds/thing.yaml'].replaceAll('NAME', name).replace('singular: thing', 'singular: thing, shortNames: [th]'));
      await upgrade();
      const { body } = await cluster.request('GET', `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/things.${name}.example`);
      assert.deepEqual([at(body, 'spec', 'names', 'shortNames'), at(body, 'metadata', 'annotations', 'by')], [undefined, 'hand'], 'the real Helm leaves it as it is');
      await cluster.kubectl(['delete', crd]);
      const snapshot = await engine.until('it is missing', now => stateOf(now).startsWith('missing'), 60_000);
      assert.ok(applicationsIn(snapshot).every(({ application }) => application !== undefined), 'its folder says nothing of it');
      await upgrade();
      await assert.rejects(cluster.kubectl(['get', crd]), 'the real Helm does not make it anew');
    });

    it('without a helm its objects are compared with what was applied, and what of the chart is another is said', async () => {
      const engine = await start('viewer', false);
      await becomes(engine, IN_SYNC);
      write(engine, 'values.yaml', 'replicas: 4\ncolor: red\n');
      write(engine, 'Chart.yaml', `apiVersion: v2\nname: ${name}\nversion: 1.1.0\n`);
      write(engine, 'templates/settings.yaml', `${CHART['templates/settings.yaml']}  more: "yes"\n`);
      const said = /^its chart here has version 1\.1\.0, and 1\.0\.0 was applied, and other values than were applied \(replicas\), and other templates than were applied: what the next upgrade with it changes is not rendered; its chart is not rendered: no helm was found on PATH \(the setting plumbline\.helm\.path names one\)$/;
      const snapshot = await engine.until('what is ahead is said', now => notesOf(now).some(note => said.test(note)), 60_000);
      assert.deepEqual(linesOf(snapshot), IN_SYNC);
      assert.deepEqual([...snapshot.files.values()].flatMap(({ problems }) => problems), [], 'its templates do not say the same once more');
    });

    it('where no chart of that name is here, files that name its objects are compared, and that it has no source is said', async () => {
      const files = new Scratch();
      files.commit({ 'deploy.yaml': `apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: cart\n  namespace: ${namespace}\nspec:\n  replicas: 2\n  selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: web}}\n    spec: {containers: [{name: web, image: "nginx:1.29"}]}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: own, namespace: ${namespace}}\n` });
      await cluster.kubectl(['create', 'configmap', 'own', '-n', namespace]);
      open = await openEngine({ cluster, repository: files, user: 'viewer' });
      try {
        const image = '.spec.template.spec.containers[name="web"].image';
        const snapshot = await becomes(open, [`Deployment/cart pending ${image} pending:changed (unreconciled) overwritten`]);
        assert.match(releaseOf(snapshot)?.evidence[0] ?? '', /has no source in this repository: no chart here is called chart-install/);
        assert.deepEqual(applicationsIn(snapshot).flatMap(({ application, objects }) => (application ? [] : objects.map(({ ref }) => ref.name))), ['own'], 'what is not Helm’s stays in its folder');
        await cluster.kubectl(['scale', 'deployment/cart', '--replicas=5', '-n', namespace]);
        await becomes(open, [`Deployment/cart drift .spec.replicas drift:changed overwritten ${image} pending:changed (unreconciled) overwritten`]);
        await open.close();
        open = await openEngine({ cluster, repository: files, user: 'no-secrets' });
        const denied = await becomes(open, ['Deployment/cart undecided']);
        assert.match(releaseOf(denied)?.objects[0]?.verdict.reason ?? '', /^Helm's records of its releases in install-.* may not be listed by this user$/);
      } finally {
        await open.close();
        open = undefined;
        files.dispose();
        await cluster.kubectl(['delete', 'configmap', 'own', '-n', namespace]);
        await upgrade();
      }
    });
  });
}

describe('a release whose records are no Secrets', function () {
  this.timeout(240_000);
  let cluster: BenchCluster;
  let helm: BenchHelm;
  let namespace: string;
  let repository: Scratch;
  let open: OpenEngine;

  const becomes = (lines: readonly string[]): Promise<Snapshot> => open.until(lines.join(', '), snapshot => linesOf(snapshot).join() === lines.join(), 90_000);
  const reasons = (snapshot: Snapshot): string[] => (releaseOf(snapshot)?.objects ?? []).map(({ verdict: { verdict, reason } }) => `${verdict}: ${reason}`);
  const DEPLOYMENT = (replicas: number): string => `apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: cart\n  namespace: ${namespace}\nspec:\n  replicas: ${replicas}\n  selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: web}}\n    spec: {containers: [{name: web, image: "nginx:1.27"}]}\n`;

  before(async function () {
    this.timeout(1_200_000);
    cluster = await sharedCluster();
    helm = await BenchHelm.open('helm', cluster, 'configmap');
    namespace = await cluster.namespace('install');
    const chart = await helm.chart(`maps-${namespace}`, { 'templates/deployment.yaml': CHART['templates/deployment.yaml'], 'values.yaml': CHART['values.yaml'] });
    await helm.run('install', 'cart', chart, '-n', namespace);
    await helm.run('upgrade', 'cart', chart, '-n', namespace, '--set', 'replicas=4');
    repository = new Scratch();
    repository.commit({ 'deploy.yaml': DEPLOYMENT(4) });
    // No permission for Secrets is needed.
    open = await openEngine({ cluster, repository, user: 'no-secrets' });
  });
  after(async () => {
    await open.close();
    repository.dispose();
    await helm.dispose();
  });

  it('ConfigMaps (HELM_DRIVER=configmap) are read like Secrets: what Helm applied last is what was applied', async () => {
    const { body } = await cluster.request('GET', `/api/v1/namespaces/${namespace}/configmaps?labelSelector=owner%3Dhelm`);
    assert.deepEqual(listAt(body, 'items').map(item => at(item, 'metadata', 'name')), ['sh.helm.release.v1.cart.v1', 'sh.helm.release.v1.cart.v2']);
    await becomes(['Deployment/cart in-sync']);
    await cluster.kubectl(['scale', 'deployment/cart', '--replicas=5', '-n', namespace]);
    await becomes(['Deployment/cart drift .spec.replicas drift:changed overwritten']);
    repository.write('deploy.yaml', DEPLOYMENT(3));
    open.changed([join(repository.root, 'deploy.yaml')]);
    const snapshot = await becomes(['Deployment/cart conflict .spec.replicas conflict:changed (unreconciled) overwritten']);
    assert.match(releaseOf(snapshot)?.evidence[1] ?? '', /of 1 that it has; what it applied is the release that Helm stored/);
  });

  it('where no object holds a record, as with HELM_DRIVER=sql, what was applied cannot be known, and is not called in sync', async () => {
    await cluster.kubectl(['delete', 'configmap', '-l', 'owner=helm', '-n', namespace]);
    await open.close();
    repository.write('deploy.yaml', DEPLOYMENT(5));
    open = await openEngine({ cluster, repository });
    const snapshot = await becomes(['Deployment/cart undecided']);
    assert.match(reasons(snapshot)[0] ?? '', /^undecided: no Secret or ConfigMap holds a record of the release: Helm keeps it in a database \(HELM_DRIVER=sql\)/);
  });

  it('nor where Secrets may hold one that may not be listed', async () => {
    await open.close();
    open = await openEngine({ cluster, repository, user: 'no-secrets' });
    const snapshot = await becomes(['Deployment/cart undecided']);
    assert.match(reasons(snapshot)[0] ?? '', /^undecided: Helm's records of its releases in install-\S+ may not be listed by this user$/);
  });
});
