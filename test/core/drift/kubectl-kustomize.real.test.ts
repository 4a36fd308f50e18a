import assert from 'node:assert/strict';
import { join } from 'node:path';
import { textAt, type Json } from '../../../src/core/base/json';
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

  it('drift is told against what was built, which is not built again for it', async () => {
    const before = open.rendered.length;
    await cluster.kubectl(['scale', 'deployment/web', '-n', namespace, '--replicas=9']);
    const snapshot = await open.until('drift', now => over(now)?.objects.some(({ verdict }) => verdict.verdict === 'drift') === true);
    const web = over(snapshot)?.objects.find(({ ref }) => ref.name === 'web')?.verdict;
    assert.deepEqual(web?.fields.map(({ path, git, live }) => [formatPath(path), git?.kind === 'value' && git.value, live?.kind === 'value' && live.value]), [['.spec.replicas', 3, 9]]);
    assert.deepEqual(open.rendered.slice(before), []);
  });

  it('a file that changes builds what it feeds and nothing else, also one that is no manifest', async () => {
    const change = async (file: string, text: string, holds: (settings: Json) => boolean): Promise<readonly string[]> => {
      const before = open.rendered.length;
      repository.write(file, text);
      open.changed([join(repository.root, file)]);
      await open.until(`what ${file} makes of it`, now => over(now)?.objects.some(({ manifest }) => manifest !== undefined && holds(manifest.object)) === true);
      return [...new Set(open.rendered.slice(before))];
    };
    assert.deepEqual(await change('over/more/settings.yaml', 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {a: c}\n', object => textAt(object, 'data', 'a') === 'c'), ['over']);
    repository.write('over/made.conf', 'one');
    assert.deepEqual(await change('over/kustomization.yaml', `namespace: ${namespace}\nresources: [../base, more/settings.yaml]\nconfigMapGenerator: [{name: made, files: [made.conf]}]\n`, object => textAt(object, 'data', 'made.conf') === 'one'), ['over']);
    assert.deepEqual(await change('over/made.conf', 'two', object => textAt(object, 'data', 'made.conf') === 'two'), ['over']);
    assert.deepEqual([...(await change('base/web.yaml', DEPLOYMENT.replace('web', 'web2'), object => textAt(object, 'metadata', 'name') === 'web2'))].sort(), ['elsewhere', 'over']);
  });
});
