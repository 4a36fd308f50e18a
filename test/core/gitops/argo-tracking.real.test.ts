import assert from 'node:assert/strict';
import { at, type JsonObject } from '../../../src/core/base/json';
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

  const method = async (value: string | null): Promise<void> => {
    const { status } = await bench.cluster.request('PATCH', `/api/v1/namespaces/${ARGO_NAMESPACE}/configmaps/argocd-cm?fieldManager=bench`, { data: { 'application.resourceTrackingMethod': value } }, { type: 'application/merge-patch+json' });
    assert.equal(status, 200);
  };
  const live = async (): Promise<JsonObject> => (await bench.cluster.request('GET', `/api/v1/namespaces/${application?.name ?? ''}/configmaps/settings`)).body as JsonObject;
  const start = async (spec: JsonObject = {}): Promise<OpenEngine> => {
    application = await makeArgoApplication(bench, { 'settings.yaml': SETTINGS });
    await application.change(spec);
    await application.sync();
    return (open = await openEngine({ cluster: bench.cluster, repository: application.repository }));
  };
  const settings = (one: OpenEngine) => objectsIn(one.engine.current).find(({ ref, application: id }) => ref.name === 'settings' && id.includes('Application:'))?.verdict;

  before(async function () {
    this.timeout(900_000);
    bench = await sharedArgo();
  });
  afterEach(async () => {
    await open?.close();
    application?.dispose();
    [open, application] = [undefined, undefined];
    await method(null);
  });

  for (const [name, label, annotation] of [['label', true, false], ['annotation+label', true, true], ['annotation', false, true]] as const) {
    it(`tracked by ${name}: what it marked is in sync, and the mark is what it should be`, async () => {
      await method(name);
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
});
