import assert from 'node:assert/strict';
import { at, listAt, textAt, type JsonObject } from '../../../src/core/base/json';
import type { ApplicationState, Snapshot } from '../../../src/core/drift/snapshot';
import { makeArgoApplication, type BenchArgoApplication } from '../../bench/argo-application';
import { sharedArgo, type ArgoCluster } from '../../bench/hooks';
import { program } from '../../bench/programs';
import { summary } from '../drift/make';
import { applicationsIn, openEngine, type OpenEngine } from '../drift/open-engine';

export { mochaHooks } from '../../bench/hooks';

const TEMPLATE = `apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}-settings
data:
  level: {{ .Values.level }}
  color: {{ .Values.color | quote }}
  list: {{ .Values.list | quote }}
  kind: {{ kindOf .Values.color | quote }}
  text: {{ .Values.text | default "none" | quote }}
  version: {{ .Capabilities.KubeVersion.Version | quote }}
  cases: {{ .Capabilities.APIVersions.Has "argoproj.io/v1alpha1/Application" | quote }}
  nothing: {{ .Capabilities.APIVersions.Has "nothing.example/v1" | quote }}
`;
const FILES = {
  'Chart.yaml': 'apiVersion: v2\nname: web\nversion: 1.0.0\n',
  'values.yaml': 'level: info\ncolor: red\nlist: a\n',
  'values-prod.yaml': 'level: warn\ncolor: green\n',
  // Found by patterns: in which order decides which value wins.
  'env/b.yaml': 'level: b\n',
  'env/a.yaml': 'level: a\ncolor: a\n',
  'env/c/a.yaml': 'level: c\n',
  'env/.hidden.yaml': 'color: hidden\n',
  'env.yaml': 'level: top\nlist: top\n',
  'motd.txt': 'hello',
  'templates/settings.yaml': TEMPLATE,
  'templates/random.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: random\ndata:\n  token: {{ randAlphaNum 12 }}\n',
  'charts/db/Chart.yaml': 'apiVersion: v2\nname: db\nversion: 1.0.0\n',
  'charts/db/templates/db.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: db\ndata:\n  ns: {{ .Release.Namespace }}\n',
};

describe('an Application of a real Argo CD whose source is a chart', function () {
  this.timeout(120_000);
  let bench: ArgoCluster;
  let application: BenchArgoApplication;
  let open: OpenEngine;

  before(async function () {
    this.timeout(900_000);
    const [argo, helm] = await Promise.all([sharedArgo(), program('helm')]);
    bench = argo;
    application = await makeArgoApplication(bench, FILES);
    open = await openEngine({ cluster: bench.cluster, repository: application.repository, helm });
  });
  after(async () => {
    await open.close();
    application.dispose();
  });

  const stateIn = (snapshot: Snapshot): ApplicationState | undefined => applicationsIn(snapshot).find(({ application: unit }) => unit?.ref.name === application.name);
  const lines = (snapshot: Snapshot): string[] => (stateIn(snapshot)?.objects ?? []).map(({ ref, verdict }) => [ref.name, verdict.verdict, ...summary(verdict.fields)].join(' ')).sort();
  const becomes = (wanted: readonly string[]): Promise<Snapshot> => open.until(wanted.join(', '), snapshot => lines(snapshot).join() === [...wanted].sort().join());
  const named = (settings: string): string[] => ['db in-sync', 'random undecided', settings];
  const desiredLevel = (snapshot: Snapshot): unknown => at(open.engine.input(stateIn(snapshot)?.objects.find(({ ref }) => ref.name === `${application.name}-settings`)?.id ?? '')?.desired, 'data', 'level');
  /** Another source, with the same folder. */
  const source = async (helm: JsonObject): Promise<void> => {
    await application.change({ source: { repoURL: `file://${application.repository.root}`, path: 'app', targetRevision: 'main', helm } });
    await application.sync();
  };

  it('is rendered as Argo CD does it: in sync, but for what comes out otherwise each time', async () => {
    const snapshot = await becomes(named(`${application.name}-settings in-sync`));
    const state = stateIn(snapshot);
    assert.match(state?.evidence.at(-1) ?? '', /^rendered by helm v4\.\d+.* \(\/.*\)$/);
    const random = state?.objects.find(({ ref }) => ref.name === 'random');
    assert.equal(random?.verdict.reason, 'its template gives other values each time it is rendered');
    const settings = state?.objects.find(({ ref }) => ref.name === `${application.name}-settings`);
    assert.ok(settings?.manifest?.file.endsWith('app/templates/settings.yaml'));
  });

  it('marks drift at the line of the template', async () => {
    const name = `${application.name}-settings`;
    await bench.cluster.kubectl(['patch', `configmap/${name}`, '-n', application.name, '-p', '{"data":{"level":"debug"}}']);
    const snapshot = await becomes(named(`${name} drift .data.level drift:changed overwritten`));
    const field = stateIn(snapshot)?.objects.find(({ ref }) => ref.name === name)?.verdict.fields[0];
    const { start } = field?.at ?? { start: 0 };
    assert.equal(TEMPLATE.slice(TEMPLATE.lastIndexOf('\n', start) + 1).split('\n')[0], '  level: {{ .Values.level }}');
    // Found out after the verdict: which value sets it.
    const traced = await open.until('what sets it', now => stateIn(now)?.objects.find(({ ref }) => ref.name === name)?.verdict.fields[0]?.set !== undefined);
    const set = stateIn(traced)?.objects.find(({ ref }) => ref.name === name)?.verdict.fields[0]?.set;
    assert.deepEqual([set?.by, set?.file, set?.text?.slice(set.range?.start, set.range?.end), set?.certain, set?.whole], ['values', `${application.repository.root}/app/values.yaml`, 'info', true, true]);
    await application.sync();
    await becomes(named(`${name} in-sync`));
  });

  const sources: readonly (readonly [name: string, helm: JsonObject, release: string])[] = [
    ['value files', { valueFiles: ['values-prod.yaml'] }, ''],
    ['several value files, of which the last one wins', { valueFiles: ['env/b.yaml', 'values-prod.yaml', 'env/a.yaml'] }, ''],
    ['values in the Application, and a name of its own', { valueFiles: ['values-prod.yaml'], values: 'level: error\n', releaseName: 'shop' }, 'shop'],
    ['values as an object, before the text', { valuesObject: { level: 'fatal', list: 'x,y' }, values: 'level: error\n' }, ''],
    ['parameters, with commas, as texts, and from files', { parameters: [{ name: 'list', value: 'a,b' }, { name: 'color', value: '12', forceString: true }], fileParameters: [{ name: 'text', path: 'motd.txt' }] }, ''],
    ['files that are not there, ignored', { valueFiles: ['values-prod.yaml', 'gone.yaml'], ignoreMissingValueFiles: true }, ''],
    ['a pattern', { valueFiles: ['env/*.yaml'] }, ''],
    ['a pattern through all folders', { valueFiles: ['**/[abc].yaml'] }, ''],
    ['patterns through folders, around a file that is named', { valueFiles: ['env/**/?.yaml', 'values-prod.yaml', '/app/env*.yaml', 'env/a.yaml'] }, ''],
    ['a class, and the same file twice', { valueFiles: ['env/a.yaml', 'env/[b-z].yaml', 'env/a.yaml', '../app/env/c/*'] }, ''],
    ['alternatives in braces, and a class of what is not meant', { valueFiles: ['{env,none}/[!c].{yaml,yml}', 'env/{a,{b,x}}.y?ml'] }, ''],
    ['folders below folders', { valueFiles: ['**/e*/**/*.yaml'] }, ''],
    ['a pattern that finds nothing, ignored', { valueFiles: ['none/*.yaml'], ignoreMissingValueFiles: true }, ''],
    ['another version of Kubernetes', { kubeVersion: '1.30.0' }, ''],
  ];
  for (const [name, helm, release] of sources) {
    it(`is rendered as Argo CD does it: ${name}`, async () => {
      await source(helm);
      await becomes(named(`${release || application.name}-settings in-sync`));
    });
  }

  it('a pattern that finds a folder is an error, as it is to Argo CD', async () => {
    await application.change({ source: { repoURL: `file://${application.repository.root}`, path: 'app', targetRevision: 'main', helm: { valueFiles: ['env/*'] } } });
    const state = await bench.argo.refresh(application.name);
    assert.match(listAt(state, 'status', 'conditions').map(condition => textAt(condition, 'message')).join(), /env\/c: is a directory/);
    const said = (snapshot: Snapshot): string[] => [...snapshot.files.values()].flatMap(({ problems }) => problems.map(({ message }) => message));
    const snapshot = await open.until('it is told', now => said(now).includes('This chart is not rendered: app/env/* finds the folder app/env/c, which is no value file.'));
    assert.ok(!lines(snapshot).some(line => /missing|in-sync|drift|orphan/.test(line)), lines(snapshot).join());
  });

  it('is rendered as Argo CD does it: with files beside the chart that say more of the source, of all Applications and of this one', async () => {
    await application.change({ source: { repoURL: `file://${application.repository.root}`, path: 'app', targetRevision: 'main', helm: { releaseName: application.name, valueFiles: ['values-prod.yaml'], parameters: [{ name: 'list', value: 'spec', forceString: true }], valuesObject: { text: 'spec', more: { color: 'spec' } } } } });
    const own = `.argocd-source-${application.name}.yaml`;
    await application.sync({ '.argocd-source.yaml': 'repoURL: nowhere\nhelm:\n  releaseName: null\n  valuesObject: {text: null, list: all}\n  parameters: [{name: level, value: all}]\n', [own]: 'helm:\n  valueFiles: ["env/*.yaml"]\n  parameters: [{name: color, value: "12"}]\n' });
    await open.engine.refresh();
    await open.until('in sync', snapshot => lines(snapshot).join() === named(`${application.name}-settings in-sync`).sort().join() && desiredLevel(snapshot) === 'b');
    const { body } = await bench.cluster.request('GET', `/api/v1/namespaces/${application.name}/configmaps/${application.name}-settings`);
    assert.deepEqual(['level', 'color', 'kind', 'list', 'text'].map(key => at(body, 'data', key)), ['b', '12', 'string', 'all', 'none']);
    application.commit({ [own]: 'kustomize: {namePrefix: x-}\n' });
    await open.engine.refresh();
    const snapshot = await open.until('it is refused', now => [...now.files.values()].some(({ file, problems }) => file.endsWith(own) && problems.some(({ message }) => /says more of how Argo CD renders the chart than options of Helm/.test(message))));
    assert.ok(!lines(snapshot).some(line => /missing|in-sync|drift|orphan/.test(line)), lines(snapshot).join());
    application.repository.git('rm', '-q', 'app/.argocd-source.yaml', `app/${own}`);
    await application.change({});
    await application.sync({ 'values.yaml': FILES['values.yaml'] });
    await open.engine.refresh();
  });

  it('is rendered as Argo CD does it: value files of another source, which is the same repository', async () => {
    const repoURL = `file://${application.repository.root}`;
    await application.change({ sources: [{ repoURL, targetRevision: 'main', ref: 'files' }, { repoURL, path: 'app', targetRevision: 'main', helm: { valueFiles: ['$files/app/values-prod.yaml'] } }] });
    await application.sync();
    await open.until('in sync', snapshot => stateIn(snapshot)?.application?.tool === 'argo' && lines(snapshot).join() === named(`${application.name}-settings in-sync`).sort().join() && desiredLevel(snapshot) === 'warn');
    const { body } = await bench.cluster.request('GET', `/api/v1/namespaces/${application.name}/configmaps/${application.name}-settings`);
    assert.equal(at(body, 'data', 'level'), 'warn');
    await application.change({});
    await application.sync();
  });

  it('what Git has and no sync brought is pending; a chart that is broken is told at its line, and nothing is called missing', async () => {
    await source({ releaseName: application.name });
    await becomes(named(`${application.name}-settings in-sync`));
    application.commit({ 'values.yaml': 'level: trace\ncolor: red\nlist: a\n' });
    await open.engine.refresh();
    await becomes(named(`${application.name}-settings pending .data.level pending:changed (unreconciled) overwritten`));
    application.repository.write('app/templates/settings.yaml', TEMPLATE.replace('.Values.level', '.Values.a.b.c'));
    await open.engine.refresh();
    const snapshot = await open.until('the trouble', now => [...now.files.values()].some(({ problems }) => problems.some(({ message }) => message.includes('nil pointer'))));
    const [problem] = [...snapshot.files.values()].flatMap(({ problems }) => problems.filter(({ severity }) => severity === 'error'));
    assert.ok(problem?.file.endsWith('app/templates/settings.yaml'));
    assert.ok(!lines(snapshot).some(line => /missing|in-sync|drift|orphan/.test(line)), lines(snapshot).join());
  });
});
