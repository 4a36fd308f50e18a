import assert from 'node:assert/strict';
import { join } from 'node:path';
import { at, type Json, type JsonObject } from '../../../src/core/base/json';
import { formatPath } from '../../../src/core/kube/path';
import { makeApplication, type BenchApplication } from '../../bench/application';
import type { BenchCluster } from '../../bench/cluster';
import type { BenchFlux } from '../../bench/flux';
import { sharedCluster, sharedFlux } from '../../bench/hooks';
import { until } from '../../bench/process';
import { objectsIn, openEngine, type OpenEngine } from './open-engine';

export { mochaHooks } from '../../bench/hooks';

const configMap = (name: string, level: string, more = ''): string => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}, namespace: NAMESPACE}\ndata: {level: ${level}, size: "1"${more}}\n`;
const NAMES = ['k9s', 'kubectl-edit', 'removed', 'moved', 'other', 'dropped'];

describe('what a Kustomization ignores (spec.ignore), under a real kustomize-controller', function () {
  this.timeout(180_000);
  let cluster: BenchCluster;
  let flux: BenchFlux;
  let application: BenchApplication;
  let open: OpenEngine;

  const verdictOf = (name: string) => objectsIn(open.engine.current).find(({ ref }) => ref.name === name && ref.namespace === application.namespace)?.verdict;
  const fieldsOf = (name: string): string[] => (verdictOf(name)?.fields ?? []).map(({ path, verdict, afterResume }) => `${formatPath(path)} ${verdict} ${afterResume}`).sort();
  const keptOf = (name: string): string[] => (verdictOf(name)?.kept ?? []).map(({ path }) => formatPath(path));
  const live = async (name: string): Promise<Json | undefined> => at((await cluster.request('GET', `/api/v1/namespaces/${application.namespace}/configmaps/${name}`)).body, 'data');
  const edit = async (name: string, data: JsonObject, manager: string): Promise<void> => {
    const { status } = await cluster.request('PATCH', `/api/v1/namespaces/${application.namespace}/configmaps/${name}?fieldManager=${manager}`, { data }, { type: 'application/merge-patch+json' });
    assert.equal(status, 200);
  };
  const ignore = async (rules: readonly JsonObject[] | null): Promise<void> => {
    const { status } = await cluster.request('PATCH', application.path, { spec: { ignore: rules } }, { type: 'application/merge-patch+json' });
    assert.equal(status, 200);
    // Another `spec` is a reason to run: what is edited afterwards stays until it is asked for.
    await flux.reconcile('kustomization', application.namespace, 'app');
  };

  before(async function () {
    this.timeout(900_000);
    cluster = await sharedCluster();
    flux = await sharedFlux();
    application = await makeApplication(cluster, flux, Object.fromEntries(NAMES.map(name => [`${name}.yaml`, configMap(name, 'info', name === 'dropped' ? ', extra: "y"' : '')])));
    await ignore([{ paths: ['/data/level', '/data/extra'], target: { kind: 'ConfigMap', name: 'k9s|kubectl-edit|removed|moved|dropped' } }]);
    open = await openEngine({ cluster, repository: application.repository });
    await open.until('all are in sync', () => NAMES.every(name => verdictOf(name)?.verdict === 'in-sync'), 90_000);
  });
  after(async () => {
    await open.close();
    application.dispose();
  });

  /** Another size is put back by a run, whatever is ignored beside it. */
  const runs = async (name: string): Promise<Json | undefined> => {
    await edit(name, { size: '9' }, 'k9s');
    await open.until('there is something to put back', () => fieldsOf(name).includes('.data.size drift overwritten'), 60_000);
    await flux.reconcile('kustomization', application.namespace, 'app');
    await open.until('it is put back', () => !fieldsOf(name).some(field => field.startsWith('.data.size')), 60_000);
    return live(name);
  };
  const push = async (name: string, level: string): Promise<void> => {
    await application.sync({ [`${name}.yaml`]: configMap(name, level) });
    open.changed([join(application.repository.root, 'app', `${name}.yaml`)]);
  };

  it('a value that is ignored is not drift, and stays when the rest is put back; what another added stays, too', async () => {
    await edit('k9s', { level: 'debug', extra: 'x' }, 'k9s');
    await open.until('it is seen', () => fieldsOf('k9s').length > 0, 60_000);
    assert.deepEqual([fieldsOf('k9s'), keptOf('k9s'), verdictOf('k9s')?.verdict], [['.data.level skipped kept'], ['.data.extra'], 'skipped']);
    assert.match(verdictOf('k9s')?.reason ?? '', /^not compared: spec\.ignore: \/data\/level/);
    assert.deepEqual(await runs('k9s'), { level: 'debug', extra: 'x', size: '1' });
    // The controller owns it now, as if it had applied it.
    assert.deepEqual([fieldsOf('k9s'), verdictOf('k9s')?.verdict], [['.data.level skipped kept'], 'skipped']);
  });

  it('what `kubectl edit` added is removed all the same', async () => {
    await edit('kubectl-edit', { level: 'debug', extra: 'x' }, 'kubectl-edit');
    await open.until('it is seen', () => fieldsOf('kubectl-edit').length > 1, 60_000);
    assert.deepEqual(fieldsOf('kubectl-edit'), ['.data.extra drift deleted', '.data.level skipped kept']);
    assert.deepEqual(await runs('kubectl-edit'), { level: 'debug', size: '1' });
  });

  it('what is gone is not drift; when the rest is put back it is null, which need not be nothing', async () => {
    await edit('removed', { level: null }, 'k9s');
    await open.until('it is seen', () => fieldsOf('removed').length > 0, 60_000);
    assert.deepEqual(fieldsOf('removed'), ['.data.level skipped unknown']);
    assert.deepEqual(await runs('removed'), { level: '', size: '1' });
  });

  it('what Git changes of it does not arrive', async () => {
    await push('moved', 'warn');
    await open.until('it is seen', () => fieldsOf('moved').length > 0, 60_000);
    assert.deepEqual([fieldsOf('moved'), await live('moved')], [['.data.level skipped kept'], { level: 'info', size: '1' }]);
    assert.deepEqual(await runs('moved'), { level: 'info', size: '1' });
  });

  it('elsewhere the same field is drift', async () => {
    await edit('other', { level: 'debug' }, 'k9s');
    await open.until('it is seen', () => fieldsOf('other').length > 0, 60_000);
    assert.deepEqual(fieldsOf('other'), ['.data.level drift overwritten']);
    assert.deepEqual(await runs('other'), { level: 'info', size: '1' });
  });

  // Last: nothing of the Kustomization is applied any more afterwards.
  it('what Git lets go of stays, and the controller fails once anything else has to be put back', async () => {
    await push('dropped', 'info');
    await open.until('it is seen', () => fieldsOf('dropped').length > 0, 60_000);
    assert.deepEqual([fieldsOf('dropped'), verdictOf('dropped')?.verdict], [['.data.extra skipped kept'], 'skipped']);
    await edit('dropped', { size: '9' }, 'k9s');
    await open.until('it is blocked', () => verdictOf('dropped')?.fields.some(({ verdict }) => verdict === 'blocked') === true, 60_000);
    await flux.reconcile('kustomization', application.namespace, 'app');
    const status = async (): Promise<string> => JSON.stringify(at((await cluster.request('GET', application.path)).body, 'status', 'conditions'));
    await until('it has failed', async () => /replace operation does not apply/.test(await status()), 60_000);
    assert.deepEqual(await live('dropped'), { extra: 'y', level: 'info', size: '9' });
  });
});
