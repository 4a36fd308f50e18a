import assert from 'node:assert/strict';
import type { ApplicationState, Snapshot } from '../../../src/core/drift/snapshot';
import { formatPath } from '../../../src/core/kube/path';
import type { BenchCluster } from '../../bench/cluster';
import { sharedCluster } from '../../bench/hooks';
import { Scratch } from '../git/scratch';
import { DEPLOYMENT } from '../render/features';
import { applicationsIn, openEngine, type OpenEngine } from './open-engine';

const FILES = {
  'base/kustomization.yaml': 'resources: [web.yaml]\n',
  'base/web.yaml': DEPLOYMENT,
  'base/unlisted.yaml': DEPLOYMENT.replaceAll('web', 'nobody'),
  'over/kustomization.yaml': 'namespace: NS\nresources: [../base, more/settings.yaml]\nreplicas: [{name: web, count: 3}]\n',
  'over/more/settings.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {a: b}\n',
  'over/by-hand/other.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: other, namespace: NS}\ndata: {a: b}\n',
  'elsewhere/kustomization.yaml': 'namespace: NS\nnamePrefix: far-\nresources: [../base]\n',
  'broken/kustomization.yaml': 'namespace: NS\nresources: [map.yaml, absent.yaml]\n',
  'broken/map.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: broken, namespace: NS}\n',
};

describe('a folder that people apply with kubectl apply -k', function () {
  this.timeout(120_000);
  let cluster: BenchCluster;
  let namespace: string;
  let repository: Scratch;
  let open: OpenEngine;
  const folders = (snapshot: Snapshot): [string, string[]][] => applicationsIn(snapshot).map(({ folder, objects }): [string, string[]] => [folder.slice(repository.root.length + 1), objects.map(({ ref, verdict }) => `${ref.name} ${verdict.verdict}`).sort()]).sort();
  const over = (snapshot: Snapshot): ApplicationState | undefined => applicationsIn(snapshot).find(({ folder }) => folder.endsWith('/over'));

  before(async function () {
    this.timeout(300_000);
    cluster = await sharedCluster();
    namespace = await cluster.namespace('kubectl-k');
    repository = new Scratch();
    repository.commit(Object.fromEntries(Object.entries(FILES).map(([file, text]) => [file, text.replaceAll('NS', namespace)])));
    await cluster.kubectl(['apply', '-k', `${repository.root}/over`]);
    await cluster.kubectl(['apply', '-f', `${repository.root}/over/by-hand`]);
    open = await openEngine({ cluster, repository });
  });
  after(async () => {
    await open.close();
    repository.dispose();
  });

  it('is compared as kustomize builds it; its base, and an overlay of another cluster, are nothing of their own', async () => {
    const snapshot = await open.until('all is judged', now => over(now)?.objects.every(({ verdict }) => verdict.verdict === 'in-sync') === true, 90_000);
    const rows = folders(snapshot);
    assert.deepEqual(rows.filter(([folder]) => folder !== 'broken'), [['over', ['settings in-sync', 'web in-sync']], ['over/by-hand', ['other in-sync']]]);
    assert.deepEqual(rows.find(([folder]) => folder === 'broken')?.[1], ['broken undecided'], 'never the file as it stands');
  });

  it('drift is told against what was built', async () => {
    await cluster.kubectl(['scale', 'deployment/web', '-n', namespace, '--replicas=9']);
    const snapshot = await open.until('drift', now => over(now)?.objects.some(({ verdict }) => verdict.verdict === 'drift') === true);
    const web = over(snapshot)?.objects.find(({ ref }) => ref.name === 'web')?.verdict;
    assert.deepEqual(web?.fields.map(({ path, git, live }) => [formatPath(path), git?.kind === 'value' && git.value, live?.kind === 'value' && live.value]), [['.spec.replicas', 3, 9]]);
  });
});
