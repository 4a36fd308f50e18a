import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { ApplicationState, Snapshot } from '../../../src/core/drift/snapshot';
import { formatPath } from '../../../src/core/kube/path';
import type { BenchCluster } from '../../bench/cluster';
import { fluxObject, type BenchFlux } from '../../bench/flux';
import { sharedCluster, sharedFlux } from '../../bench/hooks';
import { Scratch } from '../git/scratch';
import { applicationsIn, openEngine, type OpenEngine } from './open-engine';

export { mochaHooks } from '../../bench/hooks';

const PATHS: Readonly<Record<string, string>> = { overlay: 'overlays/prod', whole: 'team', other: 'other' };

describe('the editor open on a folder inside of a repository, under a real kustomize-controller', function () {
  this.timeout(180_000);
  let cluster: BenchCluster;
  let flux: BenchFlux;
  let namespace: string;
  let repository: Scratch;
  const opened: OpenEngine[] = [];

  const map = (name: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n  namespace: ${namespace}\ndata:\n  level: info\n`;
  const at = (path: string): string => join(repository.root, path);
  const mine = (snapshot: Snapshot): readonly ApplicationState[] => applicationsIn(snapshot).filter(({ objects }) => objects.some(({ ref }) => ref.namespace === namespace));
  /** `overlay: web in-sync`, sorted; plain folders by their path. */
  const said = (snapshot: Snapshot): string[] =>
    mine(snapshot).map(({ application, folder, objects }) => `${application?.ref.name ?? folder.slice(repository.root.length)}: ${objects.map(({ ref, verdict }) => `${ref.name} ${verdict.verdict}`).sort().join(', ')}`).sort();
  const open = async (folder: string | readonly string[]): Promise<OpenEngine> => {
    const engine = await openEngine({ cluster, repository, folder });
    opened.push(engine);
    return engine;
  };
  const isSettled = (snapshot: Snapshot): boolean => snapshot.connection.kind === 'connected' && snapshot.connection.reading === undefined && said(snapshot).length > 0 && said(snapshot).every(line => !/unknown|undecided/.test(line));

  before(async function () {
    this.timeout(900_000);
    cluster = await sharedCluster();
    flux = await sharedFlux();
    namespace = await cluster.namespace('subfolder');
    repository = new Scratch();
    const url = 'https://git.bench.example/team/subfolder.git';
    repository.git('remote', 'add', 'origin', url);
    const commit = repository.commit({
      'overlays/prod/kustomization.yaml': 'resources: [../../base, ../../common, own.yaml]\n',
      'overlays/prod/own.yaml': map('own'),
      'base/Kustomization': 'resources: [web.yaml]\n',
      'base/web.yaml': map('web'),
      'base/notes/loose.yaml': map('loose'),
      'common/kustomization.yaml': 'resources: [shared.yaml]\n',
      'common/shared.yaml': map('shared'),
      'common/notes/loose.yaml': map('loose'),
      'team/a/one.yaml': map('one'),
      'team/b/two.yaml': map('two'),
      'other/x.yaml': map('x'),
    });
    flux.publisher.serve(url, `${repository.root}/.git`);
    await cluster.apply(fluxObject(namespace, 'source', 'GitRepository', 'app', { interval: '1h', url, ref: { branch: 'main' } }), 'bench');
    for (const [name, path] of Object.entries(PATHS)) await cluster.apply(fluxObject(namespace, 'kustomize', 'Kustomization', name, { interval: '1h', path: `./${path}`, prune: true, sourceRef: { kind: 'GitRepository', name: 'app' } }), 'bench');
    for (const name of Object.keys(PATHS)) await flux.applied(namespace, name, commit);
  });
  after(async () => {
    for (const engine of opened) await engine.close();
    repository.dispose();
  });

  it('the overlay is open: drift stands at the line of the base above it, which is judged as it is typed there', async () => {
    const editor = await open('overlays/prod');
    await editor.until('in sync', snapshot => isSettled(snapshot));
    assert.deepEqual(said(editor.engine.current), ['overlay: own in-sync, shared in-sync, web in-sync']);
    await cluster.kubectl(['patch', 'configmap/web', '-n', namespace, '--type=merge', '-p', '{"data":{"level":"debug"}}']);
    const web = (snapshot: Snapshot) => mine(snapshot).flatMap(({ objects }) => objects).find(({ ref }) => ref.name === 'web');
    await editor.until('drift', snapshot => web(snapshot)?.verdict.verdict === 'drift');
    const file = editor.engine.current.files.get(at('base/web.yaml'));
    assert.deepEqual(file?.objects.map(({ verdict }) => verdict.fields.map(({ path, at: { start, end } }) => [formatPath(path), map('web').slice(start, end)])), [[['.data.level', 'info']]]);
    assert.equal(file.textVersion, map('web'));
    assert.equal(file.verdict, 'drift');
    editor.type(at('base/web.yaml'), map('web').replace('info', 'debug'));
    await editor.until('as typed', snapshot => web(snapshot)?.verdict.verdict === 'pending' || web(snapshot)?.verdict.verdict === 'in-sync');
    editor.type(at('base/web.yaml'), undefined);
    await editor.until('as saved', snapshot => web(snapshot)?.verdict.verdict === 'drift');
    await cluster.kubectl(['patch', 'configmap/web', '-n', namespace, '--type=merge', '-p', '{"data":{"level":"info"}}']);
    await editor.until('as before', snapshot => web(snapshot)?.verdict.verdict === 'in-sync');
  });

  it('the base is open: the application beside it that builds upon it is shown, no other, and nothing is called an orphan', async () => {
    const editor = await open('base');
    await editor.until('in sync', snapshot => isSettled(snapshot));
    assert.deepEqual(said(editor.engine.current), ['overlay: own in-sync, shared in-sync, web in-sync']);
    repository.write('overlays/prod/own.yaml', map('own').replace('info', 'warn'));
    editor.changed([at('overlays/prod/own.yaml')]);
    await editor.until('what changes beside it is seen', snapshot => said(snapshot)[0] === 'overlay: own pending, shared in-sync, web in-sync');
    repository.write('overlays/prod/own.yaml', map('own'));
    editor.changed([at('overlays/prod/own.yaml')]);
    await editor.until('as before', snapshot => said(snapshot)[0] === 'overlay: own in-sync, shared in-sync, web in-sync');
  });

  it('two folders are open that one application beside them builds upon: it is shown once, and drift is marked in both', async () => {
    const editor = await open(['base', 'common']);
    await editor.until('in sync', snapshot => isSettled(snapshot));
    assert.deepEqual(said(editor.engine.current), ['overlay: own in-sync, shared in-sync, web in-sync']);
    for (const name of ['web', 'shared']) await cluster.kubectl(['patch', `configmap/${name}`, '-n', namespace, '--type=merge', '-p', '{"data":{"level":"debug"}}']);
    await editor.until('drift in both', snapshot => ['base/web.yaml', 'common/shared.yaml'].every(path => snapshot.files.get(at(path))?.objects.map(({ verdict }) => verdict.verdict).join() === 'drift'));
    for (const name of ['web', 'shared']) await cluster.kubectl(['patch', `configmap/${name}`, '-n', namespace, '--type=merge', '-p', '{"data":{"level":"info"}}']);
    await editor.until('as before', snapshot => said(snapshot).join() === 'overlay: own in-sync, shared in-sync, web in-sync');
  });

  it('folders are open that lie in each other: everything is shown once', async () => {
    const editor = await open(['', 'team', 'base']);
    await editor.until('in sync', snapshot => isSettled(snapshot) && said(snapshot).length >= 3);
    assert.deepEqual(said(editor.engine.current), ['other: x in-sync', 'overlay: own in-sync, shared in-sync, web in-sync', 'whole: one in-sync, two in-sync']);
    const ids = applicationsIn(editor.engine.current).flatMap(({ id, objects }) => [id, ...objects.map(object => object.id)]);
    assert.deepEqual([...new Set(ids)], ids);
  });

  it('a folder of an application is open: the application is shown whole, and nothing is called an orphan', async () => {
    const editor = await open('team/a');
    await editor.until('in sync', snapshot => isSettled(snapshot));
    assert.deepEqual(said(editor.engine.current), ['whole: one in-sync, two in-sync']);
    repository.git('mv', 'team/b/two.yaml', 'team/b/second.yaml');
    editor.changed([at('team/b/two.yaml'), at('team/b/second.yaml')]);
    await editor.until('a file that moved is found', snapshot => snapshot.files.has(at('team/b/second.yaml')) && !snapshot.files.has(at('team/b/two.yaml')));
    assert.deepEqual(said(editor.engine.current), ['whole: one in-sync, two in-sync']);
    repository.git('mv', 'team/b/second.yaml', 'team/b/two.yaml');
  });
});
