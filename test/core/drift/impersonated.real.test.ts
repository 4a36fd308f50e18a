import assert from 'node:assert/strict';
import { at, listAt, textAt, type Json } from '../../../src/core/base/json';
import { explain } from '../../../src/core/drift/explain';
import type { ObjectState } from '../../../src/core/drift/snapshot';
import { formatPath } from '../../../src/core/kube/path';
import { makeApplication, type BenchApplication } from '../../bench/application';
import type { BenchCluster } from '../../bench/cluster';
import type { BenchFlux } from '../../bench/flux';
import { sharedCluster, sharedFlux } from '../../bench/hooks';
import { until } from '../../bench/process';
import { objectsIn, openEngine, type OpenEngine } from './open-engine';

export { mochaHooks } from '../../bench/hooks';

const MANAGER = 'kustomize-controller';
const MERGE = { type: 'application/merge-patch+json' };

describe('somebody who applies under the name of a real kustomize-controller while it runs (row 161)', function () {
  this.timeout(300_000);
  let cluster: BenchCluster;
  let flux: BenchFlux;
  let application: BenchApplication;
  let open: OpenEngine;

  const pathTo = (plural: string, name: string): string => `/api/v1/namespaces/${application.namespace}/${plural}/${name}`;
  const get = async (path: string): Promise<Json> => (await cluster.request('GET', path)).body;
  const level = async (): Promise<string | undefined> => textAt(await get(pathTo('configmaps', 'settings')), 'data', 'level');
  const named = (name: string): ObjectState | undefined => objectsIn(open.engine.current).find(({ ref }) => ref.name === name);
  const settings = (): ObjectState | undefined => named('settings');
  const patch = async (path: string, body: Json): Promise<void> => {
    const { status } = await cluster.request('PATCH', `${path}?fieldManager=bench`, body, MERGE);
    assert.equal(status, 200, path);
  };
  /** A run waits for the claim until it is bound. */
  const bind = (phase: 'Bound' | 'Pending'): Promise<void> => patch(`${pathTo('persistentvolumeclaims', 'disk')}/status`, { status: { phase } });

  before(async function () {
    this.timeout(300_000);
    cluster = await sharedCluster();
    flux = await sharedFlux();
    application = await makeApplication(cluster, flux, {
      'settings.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings, namespace: NAMESPACE}\ndata: {level: info}\n',
      'disk.yaml': 'apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: disk, namespace: NAMESPACE}\nspec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}\n',
      'policy.yaml': 'apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: db, namespace: NAMESPACE}\nspec: {podSelector: {}, ingress: [{ports: [{port: 5432}]}]}\n',
    });
    await bind('Bound');
    await patch(application.path, { spec: { wait: true, timeout: '3m' } });
    await flux.applied(application.namespace, 'app');
    open = await openEngine({ cluster, repository: application.repository });
  });
  after(async () => {
    await open.close();
    application.dispose();
  });

  it('is not called the server’s own doing: that shows with the next run, and is said', async () => {
    await open.until('in sync', () => settings()?.verdict.verdict === 'in-sync', 60_000);
    await bind('Pending');
    await cluster.kubectl(['patch', 'configmap/settings', '-n', application.namespace, '--type=merge', '-p', '{"data":{"level":"by hand"}}']);
    await cluster.kubectl(['delete', 'networkpolicy/db', '-n', application.namespace]);
    const run = flux.reconcile('kustomization', application.namespace, 'app');
    await until('the run has applied it', async () => (await level()) === 'info', 60_000);
    const live = await get(pathTo('configmaps', 'settings'));
    const metadata = { name: 'settings', namespace: application.namespace, labels: at(live, 'metadata', 'labels') ?? null };
    const applied = await cluster.apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { level: 'impersonated' } }, MANAGER);
    assert.equal(listAt(await get(application.path), 'status', 'conditions').some(one => textAt(one, 'type') === 'Ready' && textAt(one, 'status') === 'True'), false, 'the run still waits');
    await bind('Bound');
    await run;
    assert.equal(await level(), 'impersonated', 'the run has not come by again');
    const version = textAt(applied, 'metadata', 'resourceVersion');
    const seen = (): boolean => {
      const input = open.engine.input(settings()?.id ?? '');
      return input?.live.kind === 'present' && textAt(input.live.object, 'metadata', 'resourceVersion') === version && input.impersonated === 'during' && named('db')?.verdict.verdict !== 'missing';
    };
    await open.until('what was applied during the run is seen', seen, 60_000);
    const { verdict } = settings() ?? assert.fail('it is gone');
    assert.deepEqual([verdict.verdict, verdict.fields.map(field => [field.verdict, field.detail])], ['undecided', [['undecided', 'changed']]]);
    const said = explain(verdict, open.engine.input(settings()?.id ?? '') ?? assert.fail('it is not judged'));
    assert.match(said, /whether the server rewrote it, or somebody else applied under its name before its last run ended, shows with the next run, or when the server is asked/);
  });

  it('is no question where the server only filled in what it always does', () => {
    const policy = named('db');
    assert.equal(open.engine.input(policy?.id ?? '')?.impersonated, 'during');
    assert.deepEqual([policy?.verdict.verdict, policy?.verdict.fields.map(field => [formatPath(field.path), field.verdict, field.detail])], ['in-sync', [['.spec.ingress', 'equivalent', 'changed']]]);
  });

  it('is put right by the next run', async () => {
    await flux.reconcile('kustomization', application.namespace, 'app');
    assert.equal(await level(), 'info');
    await open.until('in sync again', () => settings()?.verdict.verdict === 'in-sync', 60_000);
  });
});
