import assert from 'node:assert/strict';
import type { ApplicationState, Snapshot } from '../../../src/core/drift/snapshot';
import type { BenchCluster } from '../../bench/cluster';
import { fluxObject, type BenchFlux } from '../../bench/flux';
import { sharedCluster, sharedFlux } from '../../bench/hooks';
import { Scratch } from '../git/scratch';
import { applicationNamed, openEngine, type OpenEngine } from './open-engine';

export { mochaHooks } from '../../bench/hooks';

/** By source: its `spec.ignore`. Both read the same repository. */
const SOURCES: Readonly<Record<string, string | undefined>> = { whole: undefined, part: '/plain/b.yaml\n!/plain/back.yaml\n/built/extra.yaml\n' };

describe('what a source leaves out, under a real kustomize-controller', function () {
  this.timeout(180_000);
  let cluster: BenchCluster;
  let flux: BenchFlux;
  let namespace: string;
  let repository: Scratch;
  let open: OpenEngine;

  const map = (name: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\ndata: {level: info}\n`;
  const stateOf = (snapshot: Snapshot, name: string): ApplicationState | undefined => applicationNamed(snapshot, namespace, name);
  const said = (name: string): string[] => (stateOf(open.engine.current, name)?.objects ?? []).map(({ ref, verdict }) => `${ref.name} ${verdict.verdict}`).sort();

  before(async function () {
    this.timeout(900_000);
    cluster = await sharedCluster();
    flux = await sharedFlux();
    namespace = await cluster.namespace('ignored');
    repository = new Scratch();
    const url = 'https://git.bench.example/team/ignored.git';
    repository.git('remote', 'add', 'origin', url);
    const commit = repository.commit({
      '.sourceignore': 'back.yaml\n',
      'plain/.sourceignore': 'c.yaml\n',
      ...Object.fromEntries(['a', 'b', 'c', 'back'].map(name => [`plain/${name}.yaml`, map(name)])),
      // Flux's own list would leave it out, where it holds.
      'plain/cloudbuild.yaml': map('cloudbuild'),
    });
    flux.publisher.serve(url, `${repository.root}/.git`);
    for (const [name, ignore] of Object.entries(SOURCES)) {
      await cluster.apply(fluxObject(namespace, 'source', 'GitRepository', name, { interval: '1h', url, ref: { branch: 'main' }, ...(ignore !== undefined && { ignore }) }), 'bench');
      await cluster.apply(fluxObject(namespace, 'kustomize', 'Kustomization', name, { interval: '1h', path: './plain', prune: true, namePrefix: `${name}-`, targetNamespace: namespace, sourceRef: { kind: 'GitRepository', name } }), 'bench');
    }
    for (const name of Object.keys(SOURCES)) await flux.applied(namespace, name, commit);
    open = await openEngine({ cluster, repository });
    await open.until('both are judged', snapshot => Object.keys(SOURCES).every(name => (stateOf(snapshot, name)?.objects ?? []).length > 0 && stateOf(snapshot, name)?.objects.every(({ verdict }) => !['unknown', 'undecided'].includes(verdict.verdict)) === true), 60_000);
  });
  after(async () => {
    await open.close();
    repository.dispose();
  });

  it('each application has the objects that its own source leaves, and all of them are in sync', () => {
    const applied = (name: string): string[] => (stateOf(open.engine.current, name)?.application?.inventory ?? []).map(ref => `${ref.name} in-sync`).sort();
    assert.deepEqual(said('whole'), ['whole-a in-sync', 'whole-b in-sync', 'whole-cloudbuild in-sync']);
    assert.deepEqual(said('part'), ['part-a in-sync', 'part-back in-sync', 'part-cloudbuild in-sync']);
    for (const name of Object.keys(SOURCES)) assert.deepEqual(applied(name), said(name), 'what the controller applied');
  });

  it('another rule is noticed: what it leaves out is an orphan, which the controller deletes', async () => {
    repository.write('.sourceignore', 'back.yaml\na.yaml\n');
    open.changed([`${repository.root}/.sourceignore`]);
    await open.until('orphans', () => said('whole').includes('whole-a orphan') && said('part').includes('part-a orphan'));
    repository.git('add', '-A');
    repository.git('commit', '-q', '-m', 'leave a out');
    const commit = repository.git('rev-parse', 'HEAD');
    for (const name of Object.keys(SOURCES)) {
      await flux.reconcile('gitrepository', namespace, name);
      await flux.reconcile('kustomization', namespace, name);
      await flux.applied(namespace, name, commit);
    }
    await open.engine.refresh();
    await open.until('gone', () => !said('whole').some(line => line.startsWith('whole-a')) && !said('part').some(line => line.startsWith('part-a')), 60_000);
  });
});
