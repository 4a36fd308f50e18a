import assert from 'node:assert/strict';
import type { JsonObject } from '../../../src/core/base/json';
import { stringifyJson } from '../../../src/core/base/json-text';
import { judge } from '../../../src/core/drift/judge';
import { fateOf, nextApply, surelyWrites } from '../../../src/core/drift/next-apply';
import { isServerDefault } from '../../../src/core/drift/server-defaults';
import { field, formatPath, type Path } from '../../../src/core/kube/path';
import { Random } from '../kube/random-typed';
import { fieldsOf, FLUX, inputOf, judgeScene, liveOf, SCHEMAS, summary, type Manager, type Scene } from './make';
import { edited, KINDS, randomObject, randomPart } from './random-edits';

const DEPLOYMENT = 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop}\nspec:\n  replicas: 3\n';
const own = (fields: JsonObject): Manager => ({ manager: 'kustomize-controller', operation: 'Apply', fields });
const deployment = (metadata: JsonObject, spec: JsonObject = { replicas: 3 }): JsonObject => ({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', namespace: 'shop', ...metadata }, spec });
const REPLICAS: JsonObject = { 'f:spec': { 'f:replicas': {} } };

describe('the next apply, played through', () => {
  const scenes: readonly (readonly [what: string, scene: Scene, expected: readonly string[]])[] = [
    [
      'a finalizer alone makes Flux write nothing',
      { git: DEPLOYMENT, base: DEPLOYMENT.replace('namespace: shop', 'namespace: shop, finalizers: [a/b]'), live: liveOf(deployment({ finalizers: ['a/b'] }), [own({ ...REPLICAS, 'f:metadata': { 'f:finalizers': { '.': {}, 'v:"a/b"': {} } } })]) },
      ['.metadata.finalizers[="a/b"] pending:extra (unreconciled) kept'],
    ],
    [
      'with a manager to take over it writes, and the finalizer goes',
      { git: DEPLOYMENT, base: DEPLOYMENT.replace('namespace: shop', 'namespace: shop, finalizers: [a/b]'), live: liveOf(deployment({ finalizers: ['a/b'], labels: { x: '1' } }), [own({ ...REPLICAS, 'f:metadata': { 'f:finalizers': { '.': {}, 'v:"a/b"': {} } } }), { manager: 'kubectl-label', fields: { 'f:metadata': { 'f:labels': { '.': {}, 'f:x': {} } } } }]) },
      ['.metadata.labels.x drift:extra deleted', '.metadata.finalizers[="a/b"] pending:extra (unreconciled) deleted'],
    ],
    [
      'what is not pushed yet is not applied',
      { git: DEPLOYMENT.replace('3', '4'), base: DEPLOYMENT, stages: { upstream: DEPLOYMENT }, live: liveOf(deployment({}), [own(REPLICAS)]) },
      ['.spec.replicas pending:changed (unpushed) none'],
    ],
    [
      'a default that kubectl replace wrote is no drift, another value is',
      { git: DEPLOYMENT, live: liveOf(deployment({}, { replicas: 3, revisionHistoryLimit: 10, minReadySeconds: 5 }), [own(REPLICAS), { manager: 'kubectl-replace', fields: { 'f:spec': { 'f:revisionHistoryLimit': {}, 'f:minReadySeconds': {} } } }]) },
      ['.spec.minReadySeconds drift:extra deleted'],
    ],
    [
      'how a Service is reached decides about its node ports',
      {
        git: 'apiVersion: v1\nkind: Service\nmetadata: {name: s, namespace: shop}\nspec: {type: LoadBalancer, ports: [{port: 80, protocol: TCP, nodePort: 30001}]}\n',
        live: liveOf({ apiVersion: 'v1', kind: 'Service', metadata: { name: 's', namespace: 'shop' }, spec: { type: 'NodePort', ports: [{ port: 80, protocol: 'TCP', nodePort: 30002 }] } }, [own({}), { manager: 'kubectl-edit', fields: { 'f:spec': { 'f:type': {}, 'f:ports': { 'k:{"port":80,"protocol":"TCP"}': { '.': {}, 'f:port': {}, 'f:protocol': {}, 'f:nodePort': {} } } } } }]),
      },
      ['.spec.type drift:changed overwritten', '.spec.ports[port=80,protocol="TCP"].nodePort drift:changed unknown'],
    ],
    [
      'stringData that another applier sent owns what the server made of it',
      {
        git: 'apiVersion: v1\nkind: Secret\nmetadata: {name: s, namespace: shop}\ndata: {a: eA==}\n',
        live: liveOf({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 's', namespace: 'shop' }, data: { a: 'eQ==' } }, [own({ 'f:data': { '.': {}, 'f:a': {} } }), { manager: 'other', operation: 'Apply', fields: { 'f:stringData': { 'f:a': {} } } }]),
      },
      ['.data.a drift:changed overwritten'],
    ],
  ];
  for (const [what, scene, expected] of scenes) {
    it(what, () => {
      const { fields, kept } = judgeScene(scene);
      assert.deepEqual(summary([...fields, ...kept]).sort(), [...expected].sort());
    });
  }
});

it('where it is sure to write a value without being played through, playing it through says the same', () => {
  const managers = ['flux', 'argo-ssa', 'helm4', 'kubectl-ssa'] as const;
  const counts = { sure: 0, played: 0 };
  for (let seed = 1; seed <= 3_000; seed++) {
    const random = new Random(seed);
    const kind = random.pick(KINDS);
    const git = randomObject(random, { ...kind, start: { ...kind.start, metadata: { name: 'a', namespace: 'shop' } } }, 15);
    const found = edited(random, edited(random, git, kind), kind);
    const applier = { ...FLUX, tool: random.pick(managers) };
    const owned = randomObject(random, { ...kind, start: git }, 10);
    const live = liveOf(found, [{ manager: applier.manager, operation: 'Apply', fields: fieldsOf(owned) }, { manager: 'other', fields: fieldsOf(randomPart(random, kind)) }]);
    const older = random.chance(20) ? randomObject(random, { ...kind, start: git }, 10) : git;
    const input = { ...inputOf({ git: stringifyJson(git), live, base: stringifyJson(older), applier }), schema: random.chance(70) ? SCHEMAS[kind.start['kind'] as string] : undefined, ...(random.chance(20) && { stages: { upstream: random.pick([null, older, randomObject(random, kind, 20)]) } }) };
    assert.ok(live.kind === 'present');
    for (const { path, git: wanted, live: is } of judge(input).fields) {
      if (wanted?.kind !== 'value' || is?.kind !== 'value' || !surelyWrites(input, live.object, path, wanted.value, is.value)) continue;
      counts.sure++;
      const next = nextApply(input, live.object);
      if (!next) continue;
      counts.played++;
      assert.deepEqual([next.kind, next.kind === 'object' && fateOf(next.object, live.object, path)], ['object', 'overwritten'], `seed ${seed}: ${formatPath(path)}`);
    }
  }
  assert.ok(counts.sure > 300 && counts.played > 300, `too few to mean anything: ${JSON.stringify(counts)}`);
});

describe('what the server puts in by itself', () => {
  const path = (...names: string[]): Path => names.map(field);
  const live = deployment({}, { strategy: { type: 'RollingUpdate' }, template: { spec: { containers: [{ name: 'web', image: 'a/web' }] } } });
  const container: Path = [...path('spec', 'template', 'spec', 'containers'), { kind: 'key', fields: [['name', 'web']] }];
  const rows: readonly (readonly [what: string, at: Path, value: string | number, expected: boolean])[] = [
    ['a known default', path('spec', 'progressDeadlineSeconds'), 600, true],
    ['another value', path('spec', 'progressDeadlineSeconds'), 60, false],
    ['a struct that is filled in', path('spec', 'strategy', 'type'), 'RollingUpdate', true],
    ['a struct that Git does not have', [...container, ...path('livenessProbe', 'periodSeconds')], 10, false],
    ['an image without a tag is always pulled', [...container, field('imagePullPolicy')], 'Always', true],
    ['an image without a tag, pulled otherwise', [...container, field('imagePullPolicy')], 'IfNotPresent', false],
    ['a field without a default', path('spec', 'minReadySeconds'), 0, false],
  ];
  for (const [what, at, value, expected] of rows) it(what, () => assert.equal(isServerDefault(at, value, undefined, live, live), expected));
  it('a custom resource has those of its schema', () => {
    const custom = { apiVersion: 'a.example/v1', kind: 'W', spec: {} };
    assert.deepEqual([isServerDefault(path('spec', 'replicas'), 1, undefined, custom, custom), isServerDefault(path('spec', 'mode'), 'x', 'x', custom, custom)], [false, true]);
  });
});
