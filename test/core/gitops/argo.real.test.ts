import assert from 'node:assert/strict';
import { symlinkSync, unlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { JsonObject } from '../../../src/core/base/json';
import type { ApplicationState, ObjectState, Snapshot } from '../../../src/core/drift/snapshot';
import type { FieldVerdict } from '../../../src/core/drift/verdict';
import { formatPath } from '../../../src/core/kube/path';
import { makeArgoApplication, type BenchArgoApplication } from '../../bench/argo-application';
import { sharedArgo, type ArgoCluster } from '../../bench/hooks';
import { until as eventually } from '../../bench/process';
import { applicationsIn, objectsIn, openEngine, type OpenEngine } from '../drift/open-engine';

const CONFIG = (data: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  ${data}\n`;
const DEPLOYMENT = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 2
  selector:
    matchLabels: {app: web}
  template:
    metadata:
      labels: {app: web}
    spec:
      containers:
        - name: web
          image: nginx:1.27
          env:
            - {name: A, value: "1"}
`;
const FILES = { 'settings.yaml': CONFIG('level: info'), 'web.yaml': DEPLOYMENT, 'more/notes.yaml': CONFIG('level: info').replace('settings', 'elsewhere') };

describe('an Application of a real Argo CD', function () {
  this.timeout(120_000);
  let bench: ArgoCluster;
  let application: BenchArgoApplication;
  let open: OpenEngine;

  before(async function () {
    this.timeout(900_000);
    bench = await sharedArgo();
    application = await makeArgoApplication(bench, FILES);
    open = await openEngine({ cluster: bench.cluster, repository: application.repository });
  });
  after(async () => {
    await open.close();
    application.dispose();
  });
  afterEach(async () => {
    await application.change({});
    await application.sync();
  });

  const stateIn = (snapshot: Snapshot): ApplicationState | undefined => applicationsIn(snapshot).find(({ application: unit }) => unit?.ref.name === application.name);
  const object = (snapshot: Snapshot, name: string): ObjectState | undefined => stateIn(snapshot)?.objects.find(({ ref }) => ref.name === name);
  const verdict = (snapshot: Snapshot, name: string): string | undefined => object(snapshot, name)?.verdict.verdict;
  const fields = (snapshot: Snapshot, name: string): string[] => (object(snapshot, name)?.verdict.fields ?? []).map((field: FieldVerdict) => `${formatPath(field.path)} ${field.verdict}:${String(field.detail)} ${field.afterResume}`);
  const calm = (snapshot: Snapshot): boolean => verdict(snapshot, 'settings') === 'in-sync' && verdict(snapshot, 'web') === 'in-sync';
  const byHand = async (patch: JsonObject, as = 'kubectl-edit'): Promise<void> => {
    const { status } = await bench.cluster.request('PATCH', `/api/v1/namespaces/${application.name}/configmaps/settings?fieldManager=${as}`, patch, { type: 'application/merge-patch+json' });
    assert.equal(status, 200);
  };

  it('is found by its repository, and all it applies is in sync', async () => {
    const snapshot = await open.until('everything is judged', calm);
    const state = stateIn(snapshot);
    assert.deepEqual(state?.objects.map(({ ref }) => `${ref.namespace ?? ''}/${ref.name}`).sort(), [`${application.name}/settings`, `${application.name}/web`]);
    assert.equal(state.application?.appliedRevision, application.repository.git('rev-parse', 'HEAD'));
    assert.match(state.evidence[0] ?? '', /^Application argocd\/argo-app-\w+ reads .*, revision main: remote origin of this repository$/);
    assert.deepEqual(fields(snapshot, 'settings'), []);
  });

  it('of an object that it has twice the last one is applied, and the others are skipped', async () => {
    await application.sync({ 'z.yaml': CONFIG('level: warn') });
    await open.engine.refresh();
    const copies = (): readonly string[] => (stateIn(open.engine.current)?.objects ?? []).filter(({ ref }) => ref.name === 'settings').map(({ manifest, verdict: { verdict: said, reason } }) => `${basename(manifest?.file ?? '')} ${said}${said === 'skipped' ? `: ${reason}` : ''}`).sort();
    await open.until('both are judged', () => copies().length === 2 && copies().some(line => line.endsWith('in-sync')), 60_000);
    assert.deepEqual(copies(), ['settings.yaml skipped: the same object stands once more in app/z.yaml, and Argo CD applies that one', 'z.yaml in-sync']);
    application.repository.git('rm', '-q', 'app/z.yaml');
    await application.sync({});
    await open.engine.refresh();
    await open.until('it is one again', () => copies().join() === 'settings.yaml in-sync', 60_000);
  });

  it('what a link brings is applied, and is not an orphan here, where links are not followed', async () => {
    application.repository.write('shared.yaml', CONFIG('level: info').replace('settings', 'linked'));
    symlinkSync('../shared.yaml', join(application.repository.root, 'app', 'link.yaml'));
    await application.sync({});
    await open.engine.refresh();
    const snapshot = await open.until('it is looked at', now => verdict(now, 'linked') !== undefined, 60_000);
    assert.deepEqual([verdict(snapshot, 'linked'), object(snapshot, 'linked')?.verdict.reason], ['unknown', 'it is in the inventory, and no file has it that is read here: app/link.yaml is a link or a submodule, which is not followed']);
    unlinkSync(join(application.repository.root, 'app', 'link.yaml'));
    await application.sync({});
    await open.engine.refresh();
    await open.until('it is an orphan', now => verdict(now, 'linked') === 'orphan', 60_000);
  });

  it('leaves to others what lies in folders below: it does not recurse', async () => {
    const snapshot = await open.until('everything is judged', calm);
    assert.deepEqual(objectsIn(snapshot).filter(({ ref }) => ref.name === 'elsewhere').map(({ application: id }) => id.startsWith('Application:')), []);
  });

  it('shows a change by hand, says that nothing corrects it, and is in sync after a sync', async () => {
    await byHand({ data: { level: 'debug', mine: 'x' } });
    const snapshot = await open.until('the drift', now => verdict(now, 'settings') === 'drift');
    assert.deepEqual(fields(snapshot, 'settings'), ['.data.level drift:changed overwritten']);
    assert.deepEqual(object(snapshot, 'settings')?.verdict.kept.map(({ path }) => formatPath(path)), ['.data.mine']);
    assert.deepEqual(object(snapshot, 'settings')?.verdict.notes, ['will not be corrected before the next sync: automatic sync is off']);
    await application.sync();
    const after = await open.until('the sync', now => verdict(now, 'settings') === 'in-sync');
    assert.deepEqual(object(after, 'settings')?.verdict.kept.map(({ path }) => formatPath(path)), ['.data.mine'], 'the sync left it');
    await byHand({ data: { mine: null } });
  });

  it('calls pending what Git has and no sync brought, and in conflict what changed on both sides', async () => {
    application.commit({ 'settings.yaml': CONFIG('level: warn') });
    open.changed([]);
    await open.engine.refresh();
    await open.until('pending', now => verdict(now, 'settings') === 'pending' && fields(now, 'settings').join() === '.data.level pending:changed overwritten');
    await byHand({ data: { level: 'debug' } });
    await open.until('conflict', now => verdict(now, 'settings') === 'conflict');
    await application.sync({ 'settings.yaml': CONFIG('level: info') });
    await open.engine.refresh();
    await open.until('in sync again', calm);
  });

  it('honours ignoreDifferences, and says that a sync overwrites all the same', async () => {
    await application.change({ ignoreDifferences: [{ group: '', kind: 'ConfigMap', jsonPointers: ['/data/level'] }] });
    await byHand({ data: { level: 'debug' } });
    const snapshot = await open.until('the field is skipped', now => verdict(now, 'settings') === 'skipped');
    assert.deepEqual(fields(snapshot, 'settings'), ['.data.level skipped:changed overwritten']);
    assert.ok(object(snapshot, 'settings')?.verdict.notes.some(note => note.includes('RespectIgnoreDifferences')));
    await eventually('Argo CD says the same', async () => JSON.stringify(await bench.argo.refresh(application.name)).includes('"status":"Synced"'), 30_000);
    await application.sync();
    await open.until('the sync wrote it', now => verdict(now, 'settings') === 'in-sync');
  });

  it('with RespectIgnoreDifferences a sync leaves it, as foretold', async () => {
    await application.change({ ignoreDifferences: [{ group: 'apps', kind: 'Deployment', jqPathExpressions: ['.spec.template.spec.containers[] | select(.name == "web") | .image'] }], syncPolicy: { syncOptions: ['RespectIgnoreDifferences=true'] } });
    await bench.cluster.kubectl(['set', 'image', 'deployment/web', 'web=nginx:1.28', '-n', application.name]);
    const snapshot = await open.until('the field is skipped', now => verdict(now, 'web') === 'skipped');
    assert.deepEqual(fields(snapshot, 'web'), ['.spec.template.spec.containers[name="web"].image skipped:changed kept']);
    await application.sync();
    const after = await open.until('it is still there', now => verdict(now, 'web') === 'skipped');
    assert.deepEqual(fields(after, 'web'), ['.spec.template.spec.containers[name="web"].image skipped:changed kept']);
  });

  it('what a trusted manager changed is skipped, what it added is not its business', async () => {
    await application.change({ ignoreDifferences: [{ group: '*', kind: '*', managedFieldsManagers: ['my-operator'] }] });
    await byHand({ data: { level: 'debug' } }, 'my-operator');
    await open.until('the field is skipped', now => verdict(now, 'settings') === 'skipped');
    await byHand({ data: { level: 'trace' } }, 'k9s');
    await open.until('another manager', now => verdict(now, 'settings') === 'drift');
  });

  it('an expression that is more than a path makes what differs undecided, and nothing else', async () => {
    await application.change({ ignoreDifferences: [{ group: '', kind: 'ConfigMap', jqPathExpressions: ['.data | to_entries[] | .key'] }] });
    await open.until('what is the same stays in sync', now => verdict(now, 'settings') === 'in-sync' && stateIn(now)?.application?.tool === 'argo');
    await byHand({ data: { level: 'debug' } });
    await open.until('not sure', now => verdict(now, 'settings') === 'undecided');
  });

  it('self-heal: says that it will be corrected, and it is', async () => {
    const seen: (readonly string[])[] = [];
    const listening = open.engine.onSnapshot(now => {
      const settings = object(now, 'settings');
      if (settings?.verdict.verdict === 'drift') seen.push(settings.verdict.notes);
    });
    await application.change({ syncPolicy: { automated: { selfHeal: true } } });
    await bench.argo.refresh(application.name);
    await open.until('the setting has come', now => stateIn(now)?.application?.tool === 'argo' && JSON.stringify(stateIn(now)?.application).includes('"selfHeal":true'));
    await byHand({ data: { level: 'debug' } });
    await open.until('the correction', now => seen.length > 0 && verdict(now, 'settings') === 'in-sync', 60_000);
    listening.dispose();
    assert.deepEqual(seen[0], ['will be corrected: self-heal is on']);
  });

  it('switched off by hand it is paused, and says with what', async () => {
    await application.change({ syncPolicy: { automated: { enabled: false, selfHeal: true } } });
    const snapshot = await open.until('the pause', now => stateIn(now)?.pause !== undefined);
    assert.equal(stateIn(snapshot)?.pause?.manager, 'bench');
  });

  it('with server-side apply, what kubectl apply set goes and what others set stays', async () => {
    await application.change({ syncPolicy: { syncOptions: ['ServerSideApply=true'] } });
    await application.sync();
    await byHand({ data: { level: 'debug', extra: 'x' } });
    const snapshot = await open.until('the drift', now => verdict(now, 'settings') === 'drift' && open.engine.input(object(now, 'settings')?.id ?? '')?.applier.tool === 'argo-ssa');
    assert.deepEqual(fields(snapshot, 'settings'), ['.data.level drift:changed overwritten']);
    await byHand({ data: { extra: null } });
  });

  it('an object that Git dropped is an orphan', async () => {
    application.repository.git('rm', '-q', 'app/web.yaml');
    application.repository.git('commit', '-q', '-m', 'no web');
    await bench.argo.refresh(application.name);
    await open.engine.refresh();
    const snapshot = await open.until('the orphan', now => verdict(now, 'web') === 'orphan');
    assert.deepEqual(object(snapshot, 'web')?.verdict.notes, ['the controller will leave it: pruning is off']);
    await application.sync({ 'web.yaml': DEPLOYMENT });
    await open.engine.refresh();
    await open.until('all is well again', calm);
  });

  it('an object that another Application has, too, names it', async () => {
    const other = await makeArgoApplication(bench, { 'settings.yaml': CONFIG('level: info').replace('name: settings', `name: settings\n  namespace: ${application.name}`) });
    try {
      const snapshot = await open.until('the other claim', now => object(now, 'settings')?.verdict.notes.includes(`Application argocd/${other.name} claims this object, too`) === true);
      assert.ok(snapshot);
    } finally {
      await bench.cluster.kubectl(['delete', 'application', other.name, '-n', 'argocd', '--wait=false']);
      other.dispose();
    }
  });
});
