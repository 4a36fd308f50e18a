import assert from 'node:assert/strict';
import type { JsonObject } from '../../../src/core/base/json';
import { isServerDefault } from '../../../src/core/drift/server-defaults';
import { field, type Path } from '../../../src/core/kube/path';
import { judgeScene, liveOf, summary, type Manager, type Scene } from './make';

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
