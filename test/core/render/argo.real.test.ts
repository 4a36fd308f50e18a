import assert from 'node:assert/strict';
import { sameJson, type Json } from '../../../src/core/base/json';
import { parseJson, stringifyJson } from '../../../src/core/base/json-text';
import type { ApplicationState, ObjectState } from '../../../src/core/drift/snapshot';
import { objectId } from '../../../src/core/kube/identity';
import { formatPath } from '../../../src/core/kube/path';
import { ARGO_NAMESPACE } from '../../bench/argo';
import { sharedArgo, type ArgoCluster } from '../../bench/hooks';
import { applicationsIn, openEngine, type OpenEngine } from '../drift/open-engine';
import { Scratch } from '../git/scratch';
import { ARGO_CASES, type ArgoCase } from './argo-corpus';
import { holds } from './holds';

const calm = ({ verdict: { verdict } }: ObjectState): boolean => verdict === 'in-sync' || verdict === 'equivalent';

describe('what kustomize builds for Argo CD, against the real one', function () {
  this.timeout(300_000);
  let bench: ArgoCluster;
  let namespace: string;
  let repository: Scratch;
  let open: OpenEngine;

  /** Applications of other suites stand in the same namespace. */
  const named = (name: string): string => (name === 'overridden' ? name : `${namespace}-${name}`);
  const application = ({ name, sources }: ArgoCase): Json => {
    const all = parseJson(stringifyJson(sources).replaceAll('NS', namespace)) as Json[];
    const [only] = all.map(source => ({ repoURL: `file://${repository.root}`, targetRevision: 'main', ...(source as object) }));
    const where = all.length === 1 ? { source: only } : { sources: all.map(source => ({ repoURL: `file://${repository.root}`, targetRevision: 'main', ...(source as object) })) };
    return { apiVersion: 'argoproj.io/v1alpha1', kind: 'Application', metadata: { name: named(name), namespace: ARGO_NAMESPACE }, spec: { project: 'default', destination: { server: 'https://kubernetes.default.svc', namespace }, ...where } } as Json;
  };
  const statesOf = (name: string): ApplicationState[] => applicationsIn(open.engine.current).filter(state => state.application?.ref.name === named(name));
  const objectsOf = (name: string): ObjectState[] => statesOf(name).flatMap(({ objects }) => objects);

  before(async function () {
    this.timeout(900_000);
    bench = await sharedArgo();
    namespace = await bench.cluster.namespace('built');
    repository = new Scratch();
    repository.git('remote', 'add', 'origin', `file://${repository.root}`);
    const replicas = ARGO_CASES.find(({ name }) => name === 'replicas');
    repository.commit({ ...(Object.assign({}, ...ARGO_CASES.map(({ files }) => files)) as Record<string, string>), ...(replicas && { 'apps/replicas.yaml': `${stringifyJson(application(replicas))}\n` }) });
    for (const one of ARGO_CASES) await bench.cluster.apply(application(one), 'bench');
    for (const { name } of ARGO_CASES) await bench.argo.sync(named(name));
    open = await openEngine({ cluster: bench.cluster, repository });
    await open.until('everything judged', () => ARGO_CASES.every(({ name }) => objectsOf(name).length > 0 && objectsOf(name).every(({ verdict }) => verdict.verdict !== 'unknown' && verdict.verdict !== 'undecided')), 120_000);
  });
  after(async () => {
    await open.close();
    repository.dispose();
  });

  for (const { name } of ARGO_CASES) {
    it(`${name}: its objects, no more and no fewer, are what Argo CD applied`, () => {
      const objects = objectsOf(name);
      assert.deepEqual(objects.map(({ ref }) => objectId(ref)).sort(), (statesOf(name)[0]?.application?.inventory ?? []).map(objectId).sort());
      for (const { id, ref } of objects) {
        const input = open.engine.input(id);
        assert.ok(input?.live.kind === 'present', ref.name);
        assert.ok(holds(input.live.object, input.desired), `${ref.kind} ${ref.name}: sent ${stringifyJson(input.desired)}, live ${stringifyJson(input.live.object)}`);
        assert.ok(input.base.kind === 'known' && sameJson(input.base.object, input.desired), `the base of ${ref.name}`);
      }
      assert.deepEqual(objects.filter(object => !calm(object)).map(({ ref, verdict }) => [ref.name, verdict.verdict, verdict.reason]), []);
    });
  }

  it('an Application with several sources is shown with a folder for each', () => {
    assert.deepEqual(statesOf('several').map(({ folder, objects }) => [folder.slice(repository.root.length + 1), objects.map(({ ref }) => ref.name)]).sort(), [['l/built', ['l-map-two']], ['l/plain', ['l-one']]]);
  });

  it('bases that Applications build are no plain folders; that of an Application is one', async () => {
    // One that nobody in the cluster applies is there while it is rendered, and no longer.
    const plain = (): readonly string[] => applicationsIn(open.engine.current).filter(state => state.application === undefined).map(({ folder }) => folder);
    await open.until('all is rendered', () => plain().length === 1);
    assert.deepEqual(plain(), [`${repository.root}/apps`]);
  });

  it('drift of what an option sets is placed at the line of the Application in the repository, where it has none at the option in the cluster', async () => {
    await bench.cluster.kubectl(['scale', 'deployment/d-web', '-n', namespace, '--replicas=9']);
    await bench.cluster.kubectl(['set', 'image', 'deployment/c-web', 'side=busybox:hotfix', '-n', namespace]);
    const placed = (name: string, path: string): string[] =>
      objectsOf(name).flatMap(({ verdict }) => verdict.fields.filter(field => field.verdict === 'drift' && formatPath(field.path) === path).flatMap(({ set }) => (set ? [`${set.by}: ${set.file === undefined || !set.range ? (set.outside ?? '') : `${set.file.slice(repository.root.length + 1)} ${open.engine.text(set.file)?.slice(set.range.start, set.range.end) ?? ''}`}`] : [])));
    const image = '.spec.template.spec.containers[name="side"].image';
    await open.until('both are placed', () => placed('replicas', '.spec.replicas').length > 0 && placed('images', image).length > 0, 120_000);
    assert.deepEqual(placed('replicas', '.spec.replicas'), ['replicas: apps/replicas.yaml "4"']);
    assert.deepEqual(placed('images', image), [`images: spec.source.kustomize.images[2] of Application ${ARGO_NAMESPACE}/${named('images')}`]);
  });

  it('a label that is there already, and is not to be forced, is said in Problems and decides nothing', async () => {
    const file = `${repository.root}/g/kustomization.yaml`;
    repository.write('g/kustomization.yaml', 'resources: [web.yaml, service.yaml]\nlabels: [{pairs: {team: other}, includeTemplates: true}]\n');
    open.changed([file]);
    await open.until('undecided', () => objectsOf('labels').every(({ verdict }) => verdict.verdict === 'undecided'));
    assert.match(open.engine.current.files.get(file)?.problems[0]?.message ?? '', /the label team is in the kustomization already/);
  });

  it('an object that left one source is an orphan, told once', async () => {
    repository.write('l/plain/map.yaml', '');
    open.changed([`${repository.root}/l/plain/map.yaml`]);
    await open.until('the orphan', () => objectsOf('several').some(({ verdict }) => verdict.verdict === 'orphan'));
    assert.deepEqual(objectsOf('several').filter(({ verdict }) => verdict.verdict === 'orphan').map(({ ref }) => ref.name), ['l-one']);
  });
});
