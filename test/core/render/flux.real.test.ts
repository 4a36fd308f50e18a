import assert from 'node:assert/strict';
import { sameJson, type Json } from '../../../src/core/base/json';
import { parseJson, stringifyJson } from '../../../src/core/base/json-text';
import type { ShownValue } from '../../../src/core/drift/verdict';
import type { ApplicationState, ObjectState, Snapshot } from '../../../src/core/drift/snapshot';
import { formatPath } from '../../../src/core/kube/path';
import { objectId } from '../../../src/core/kube/identity';
import type { BenchCluster } from '../../bench/cluster';
import type { BenchFlux } from '../../bench/flux';
import { sharedCluster, sharedFlux } from '../../bench/hooks';
import { openEngine, type OpenEngine } from '../drift/open-engine';
import { Scratch } from '../git/scratch';
import { FLUX_CASES, type FluxCase } from './flux-corpus';
import { holds } from './holds';

const URL = 'https://git.bench.example/team/rendered.git';

const shown = (value: ShownValue | undefined): Json | undefined => (value?.kind === 'value' ? value.value : undefined);

describe('what kustomize builds for Flux, against the real kustomize-controller', function () {
  this.timeout(300_000);
  let cluster: BenchCluster;
  let flux: BenchFlux;
  let namespace: string;
  let repository: Scratch;
  let open: OpenEngine;
  let commit: string;

  const placed = <T extends Json>(value: T): T => parseJson(stringifyJson(value).replaceAll('NS', namespace)) as T;
  const kustomization = ({ name, spec }: FluxCase): Json => ({ apiVersion: 'kustomize.toolkit.fluxcd.io/v1', kind: 'Kustomization', metadata: { name, namespace }, spec: { interval: '1h', path: `./${name}`, prune: true, sourceRef: { kind: 'GitRepository', name: 'rendered' }, ...placed(spec) } });

  const applicationIn = (snapshot: Snapshot, name: string): ApplicationState | undefined => snapshot.environments.flatMap(({ applications }) => applications).find(({ application }) => application?.ref.name === name && application.ref.namespace === namespace);
  const objectsOf = (name: string): readonly ObjectState[] => applicationIn(open.engine.current, name)?.objects ?? [];

  /** What sets the drifted fields of an application. */
  const setIn = (name: string): string[] =>
    objectsOf(name).flatMap(({ ref, verdict }) =>
      verdict.fields.filter(({ verdict: its }) => its === 'drift').map(({ path, set }) => {
        const where = set?.file !== undefined && set.range ? `${open.engine.text(set.file)?.slice(set.range.start, set.range.end) ?? ''} in ${set.file.slice(repository.root.length + 1)}` : set?.outside;
        return `${ref.name} ${formatPath(path)}: ${where ?? 'nowhere'}, by ${set?.by ?? 'nobody'}${set?.others.map(({ outside, file }) => `, with ${outside ?? file ?? ''}`).join('') ?? ''}`;
      }),
    );

  before(async function () {
    this.timeout(900_000);
    cluster = await sharedCluster();
    flux = await sharedFlux();
    namespace = await cluster.namespace('rendered');
    repository = new Scratch();
    repository.git('remote', 'add', 'origin', URL);
    for (const { name, files, before = [] } of FLUX_CASES) {
      for (const [path, text] of Object.entries(files)) repository.write(`${name}/${path}`, text.replaceAll('NS', namespace));
      for (const object of before) await cluster.apply(placed(object), 'bench');
    }
    commit = repository.commit({});
    flux.publisher.serve(URL, `${repository.root}/.git`);
    await cluster.apply({ apiVersion: 'source.toolkit.fluxcd.io/v1', kind: 'GitRepository', metadata: { name: 'rendered', namespace }, spec: { interval: '1s', url: URL, ref: { branch: 'main' } } }, 'bench');
    for (const one of FLUX_CASES) await cluster.apply(kustomization(one), 'bench');
    for (const { name } of FLUX_CASES) await flux.applied(namespace, name, commit);
    open = await openEngine({ cluster, repository });
    await open.until('everything judged', snapshot => FLUX_CASES.every(({ name }) => applicationIn(snapshot, name)?.objects.every(({ verdict }) => verdict.verdict !== 'unknown' && verdict.verdict !== 'undecided')), 120_000);
  });
  after(async () => {
    await open.close();
    repository.dispose();
  });

  for (const { name } of FLUX_CASES) {
    it(`${name}: its objects, no more and no fewer, are what the controller applied`, () => {
      const state = applicationIn(open.engine.current, name);
      const objects = objectsOf(name);
      assert.deepEqual(objects.map(({ ref }) => objectId(ref)).sort(), (state?.application?.inventory ?? []).map(objectId).sort());
      assert.ok(objects.length > 0);
      for (const { id, ref } of objects) {
        const input = open.engine.input(id);
        assert.ok(input?.live.kind === 'present', ref.name);
        assert.ok(holds(input.live.object, input.desired), `${ref.kind} ${ref.name}: sent ${stringifyJson(input.desired)}, live ${stringifyJson(input.live.object)}`);
        if (name !== 'from-cluster') assert.ok(input.base.kind === 'known' && sameJson(input.base.object, input.desired), `the base of ${ref.name}`);
      }
      assert.deepEqual(objects.map(({ verdict }) => verdict.verdict).filter(verdict => verdict !== 'in-sync' && verdict !== 'equivalent'), []);
    });
  }

  it('an object is placed at the document or the generator that it comes from', () => {
    const places = objectsOf('overlay').map(({ ref, manifest }) => [ref.kind, manifest?.file.slice(repository.root.length + 1), manifest?.ref.name.slice(0, 6)]);
    assert.deepEqual(places.sort(), [['ConfigMap', 'overlay/kustomization.yaml', 'a-sett'], ['ConfigMap', 'overlay/own.yaml', 'a-own'], ['Deployment', 'bases/web/web.yaml', 'a-web'], ['Service', 'bases/web/service.yaml', 'a-web']]);
  });

  it('what the controller drops of a kustomization is said where it stands, in a warning: kustomize would refuse it', () => {
    const file = `${repository.root}/unknown/kustomization.yaml`;
    const problems = open.engine.current.files.get(file)?.problems ?? [];
    assert.deepEqual(problems.map(({ severity, range, message }) => [severity, open.engine.text(file)?.slice(range.start, range.end), message]), [['warning', 'nonsense', 'Flux leaves out what it does not know here, and applies the rest; kustomize build refuses it: unknown field "nonsense".']]);
  });

  it('in a base nobody drops it: the controller refuses it, too', async () => {
    const [base, over] = [`${repository.root}/bases/strict/kustomization.yaml`, `${repository.root}/strict/kustomization.yaml`];
    repository.write('bases/strict/kustomization.yaml', 'resources: []\nnonsense: {a: 1}\n');
    repository.write('strict/kustomization.yaml', 'resources: [../bases/strict]\n');
    repository.commit({});
    await cluster.apply(kustomization({ name: 'strict', spec: {}, files: {} }), 'bench');
    open.changed([base, over]);
    await open.until('both refuse it', snapshot => /unknown field "nonsense"/.test(applicationIn(snapshot, 'strict')?.application?.ready?.message ?? '') && /unknown field "nonsense"/.test(snapshot.files.get(base)?.problems[0]?.message ?? ''), 120_000);
    assert.deepEqual(open.engine.current.files.get(base)?.problems.map(({ severity, range }) => [severity, range.start]), [['error', 'resources: []\n'.length]]);
  });

  it('bases that applications build are no plain folders', () => {
    const plain = open.engine.current.environments.flatMap(({ applications }) => applications).filter(({ application }) => application === undefined);
    assert.deepEqual(plain.map(({ folder }) => folder), []);
  });

  it('drift of a rendered object is drift, at its field', async () => {
    await flux.suspend(namespace, 'overlay');
    await cluster.kubectl(['scale', 'deployment/a-web', '-n', namespace, '--replicas=9']);
    await open.until('drift', snapshot => applicationIn(snapshot, 'overlay')?.objects.some(({ verdict }) => verdict.verdict === 'drift' && verdict.fields.every(({ set }) => set !== undefined)) === true);
    const drifted = objectsOf('overlay').filter(({ verdict }) => verdict.verdict === 'drift');
    assert.deepEqual(drifted.map(({ ref, verdict }) => [ref.name, verdict.fields.map(({ path, git, live, detail }) => [formatPath(path), shown(git), shown(live), detail])]), [['a-web', [['.spec.replicas', 5, 9, 'changed']]]]);
    assert.deepEqual(setIn('overlay'), ['a-web .spec.replicas: 5 in overlay/kustomization.yaml, by replicas']);
    const overlay = open.engine.current.files.get(`${repository.root}/overlay/kustomization.yaml`);
    assert.deepEqual(overlay?.placed.map(({ object, field }) => [object.ref.name, formatPath(field.path)]), [['a-web', '.spec.replicas']]);
    assert.equal(overlay.verdict, 'drift');
  });

  it('a change of the overlay, not committed, is pending; a broken one is undecided, with its message at its place', async () => {
    const file = `${repository.root}/patched/web.yaml`;
    repository.write('overlay/own.yaml', FLUX_CASES[0]?.files['own.yaml']?.replaceAll('NS', namespace).replace('a: yes', 'a: no') ?? '');
    open.changed([`${repository.root}/overlay/own.yaml`]);
    await open.until('pending', snapshot => applicationIn(snapshot, 'overlay')?.objects.some(({ ref, verdict }) => ref.name === 'a-own' && verdict.verdict === 'pending') === true);
    const kustomizationFile = `${repository.root}/images-win/kustomization.yaml`;
    repository.write('images-win/kustomization.yaml', 'resources: [web.yaml, absent.yaml]\n');
    open.changed([kustomizationFile]);
    await open.until('undecided', snapshot => applicationIn(snapshot, 'images-win')?.objects.every(({ verdict }) => verdict.verdict === 'undecided') === true);
    const problems = open.engine.current.files.get(kustomizationFile)?.problems ?? [];
    assert.deepEqual(problems.map(({ range }) => 'resources: [web.yaml, absent.yaml]\n'.slice(range.start, range.end)), ['absent.yaml']);
    assert.ok(open.engine.current.files.get(file) !== undefined, 'others are as they were');
    assert.deepEqual(objectsOf('patched').map(({ verdict }) => verdict.verdict).filter(verdict => verdict !== 'in-sync' && verdict !== 'equivalent'), []);
  });

  it('a value is placed at what sets it: a patch of the Kustomization, a variable, a literal', async () => {
    for (const name of ['patched', 'variables', 'overlay']) await flux.suspend(namespace, name);
    await cluster.kubectl(['scale', 'deployment/c-web', '-n', namespace, '--replicas=8']);
    await cluster.kubectl(['scale', 'deployment/i-web', '-n', namespace, '--replicas=8']);
    const settings = objectsOf('overlay').find(({ ref }) => ref.name.startsWith('a-settings'))?.ref.name ?? '';
    await cluster.kubectl(['patch', 'configmap', settings, '-n', namespace, '--type=merge', '-p', '{"data":{"level":"debug"}}']);
    const known = (name: string, object: string) => (snapshot: Snapshot) => applicationIn(snapshot, name)?.objects.some(({ ref, verdict }) => ref.name === object && verdict.verdict === 'drift' && verdict.fields.every(({ set }) => set !== undefined)) === true;
    for (const [name, object] of [['patched', 'c-web'], ['variables', 'i-web'], ['overlay', settings]] as const) await open.until(`${object} is placed`, known(name, object));
    assert.deepEqual(setIn('patched'), ['c-web .spec.replicas: spec.patches[0].patch of Kustomization NS/patched, by patch'.replace('NS', namespace)]);
    assert.deepEqual(setIn('variables'), ['i-web .spec.replicas: ${count} in variables/web.yaml, by substitute, with the variable count of Kustomization NS/variables'.replace('NS', namespace)]);
    // Where a file of the repository has the Kustomization: at the line of the patch in it.
    const file = `${repository.root}/apps/patched.yaml`;
    const patch = 'patch: |\n        - op: replace\n          path: /spec/replicas\n          value: 4\n';
    repository.write('apps/patched.yaml', `apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: patched, namespace: ${namespace}}\nspec:\n  patches:\n    - ${patch}      target: {kind: Deployment}\n`);
    open.changed([file]);
    await open.until('it is placed in the file', snapshot => applicationIn(snapshot, 'patched')?.objects.some(({ verdict }) => verdict.fields.some(({ set }) => set?.file === file)) === true);
    assert.deepEqual(setIn('patched'), ['c-web .spec.replicas: 4 in apps/patched.yaml, by patch']);
    assert.deepEqual(open.engine.current.files.get(file)?.placed.map(({ object, field }) => [object.ref.name, formatPath(field.path)]), [['c-web', '.spec.replicas']]);
    assert.ok(setIn('overlay').includes(`${settings} .data.level: level=info in overlay/kustomization.yaml, by generator`), setIn('overlay').join('\n'));
  });

  it('a file that only a generator reads is noticed when it changes', async () => {
    const path = 'generated/a.conf';
    repository.write(path, 'x=2\n');
    open.changed([`${repository.root}/${path}`]);
    await open.until('pending', snapshot => applicationIn(snapshot, 'generated')?.objects.some(({ verdict }) => verdict.verdict === 'pending') === true);
    repository.write(path, 'x=1\n');
    open.changed([`${repository.root}/${path}`]);
    await open.until('as before', snapshot => applicationIn(snapshot, 'generated')?.objects.every(({ verdict }) => verdict.verdict === 'in-sync' || verdict.verdict === 'equivalent') === true);
  });
});
