import assert from 'node:assert/strict';
import { member, type Json, type JsonObject } from '../../../src/core/base/json';
import { parseJson } from '../../../src/core/base/json-text';
import { compare } from '../../../src/core/kube/compare';
import { FieldSet } from '../../../src/core/kube/fieldset';
import type { ManagedEntry } from '../../../src/core/kube/managed';
import { applyConfig, CLIENT_SIDE_MIGRATION, fluxTakeOver, takeOver, update, type ApplyInput } from '../../../src/core/kube/merge';
import { field, formatPath } from '../../../src/core/kube/path';
import type { SchemaType } from '../../../src/core/kube/schema';
import { fieldSetOf } from '../../../src/core/kube/typed';

const DEDUCED: SchemaType = { kind: 'deduced' };
const object = (more: JsonObject): JsonObject => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' }, ...more });
const entry = (manager: string, operation: ManagedEntry['operation'], fields: Json, subresource?: string): ManagedEntry => ({ manager, operation, apiVersion: 'v1', subresource, time: '2024-01-02T03:04:05Z', fields: FieldSet.parse(fields) ?? FieldSet.empty });
const owned = (entries: readonly ManagedEntry[]): Record<string, string[]> => Object.fromEntries(entries.map(({ manager, operation, fields }) => [`${manager} ${operation}`, fields.paths().map(formatPath)]));
const apply = (more: Partial<ApplyInput> & Pick<ApplyInput, 'live' | 'config'>): ReturnType<typeof applyConfig> => applyConfig({ schema: DEDUCED, entries: undefined, manager: 'flux', apiVersion: 'v1', force: true, ...more });

describe('applyConfig', () => {
  it('creates what is not there and owns it, without what names the object', () => {
    const result = apply({ live: undefined, config: object({ data: { a: '1' } }) });
    assert.ok(result.kind === 'applied' && result.changed);
    assert.deepEqual([result.object, owned(result.entries)], [object({ data: { a: '1' } }), { 'flux Apply': ['.data', '.data.a'] }]);
  });

  it('gives all that was there before anybody applied to before-first-apply', () => {
    const result = apply({ live: object({ data: { a: '0', b: '2' } }), config: object({ data: { a: '1' } }) });
    assert.ok(result.kind === 'applied');
    assert.deepEqual(owned(result.entries), { 'before-first-apply Update': ['.data', '.data.b'], 'flux Apply': ['.data', '.data.a'] });
  });

  it('removes what it alone owned and no longer applies, and keeps what others own', () => {
    const entries = [entry('flux', 'Apply', { 'f:data': { 'f:a': {}, 'f:b': {}, 'f:c': {} } }), entry('kubectl-edit', 'Update', { 'f:data': { 'f:c': {} } })];
    const result = apply({ live: object({ data: { a: '1', b: '2', c: '3', d: '4' } }), config: object({ data: { a: '1' } }), entries });
    assert.ok(result.kind === 'applied');
    assert.deepEqual(member(result.object, 'data'), { a: '1', c: '3', d: '4' });
  });

  it('meets a conflict without force, and names who owns what', () => {
    const entries = [entry('kubectl-edit', 'Update', { 'f:data': { 'f:a': {} } })];
    const result = apply({ live: object({ data: { a: '0' } }), config: object({ data: { a: '1' } }), entries, force: false });
    assert.ok(result.kind === 'conflict');
    assert.deepEqual(result.conflicts.map(({ manager, path }) => [manager, formatPath(path)]), [['kubectl-edit', '.data.a']]);
  });

  it('says that an apply of the same changes nothing', () => {
    const entries = [entry('flux', 'Apply', { 'f:data': { '.': {}, 'f:a': {} } })];
    const live = object({ metadata: { name: 'c', managedFields: [] }, data: { a: '1' } });
    const result = apply({ live, config: object({ data: { a: '1' } }), entries });
    assert.ok(result.kind === 'applied');
    assert.deepEqual([result.changed, result.entries[0]?.time], [false, '2024-01-02T03:04:05Z']);
  });

  it('never comes to own the status', () => {
    const result = apply({ live: undefined, config: object({ status: { x: 1 }, data: { a: '1' } }) });
    assert.ok(result.kind === 'applied');
    assert.deepEqual(owned(result.entries), { 'flux Apply': ['.data', '.data.a'] });
  });

  const wrong: readonly (readonly [string, SchemaType, JsonObject, string])[] = [
    ['a field that is not declared', { kind: 'map', mode: 'granular', fields: new Map(), element: undefined }, { x: 1 }, '.x field not declared in schema'],
    ['text where a number belongs', { kind: 'map', mode: 'granular', fields: new Map([['n', { kind: 'scalar', scalar: 'numeric' }]]), element: undefined }, { n: 'secret' }, '.n expected number, got string'],
    ['one key twice', { kind: 'map', mode: 'granular', fields: new Map([['l', { kind: 'list', mode: 'map', keys: [{ name: 'k', fallback: 'd' }], element: DEDUCED }]]), element: undefined }, { l: [{ k: 'd' }, {}] }, '.l[k="d"] duplicate entries for key [k="d"]'],
  ];
  for (const [what, schema, config, message] of wrong) {
    it(`refuses ${what}, at its path, without its value`, () => {
      const result = apply({ live: undefined, config, schema: schema.kind === 'map' ? { ...schema, fields: new Map(schema.fields) } : schema });
      assert.ok(result.kind === 'error');
      assert.equal(`${formatPath(result.path)} ${result.message}`, message);
    });
  }

  it('answers for anything that is JSON, however odd or deep', () => {
    let deep: Json = 1;
    for (let i = 0; i < 10_000; i++) deep = i % 2 === 0 ? [deep] : { a: deep };
    const odd = ['{}', '{"metadata":1}', '{"metadata":[]}', '{"__proto__":{"constructor":{"x":1}}}', '{"a":null,"kind":7}', '{"constructor":{"prototype":[]}}'].map(text => parseJson(text) as JsonObject);
    for (const config of [...odd, { a: deep }]) {
      for (const live of [...odd, { a: deep }, undefined]) {
        const result = apply({ live, config });
        assert.equal(result.kind, (config['a'] === deep || live?.['a'] === deep) ? 'error' : 'applied');
        fieldSetOf(config, DEDUCED);
        compare(config, live ?? null, DEDUCED);
      }
    }
    assert.equal(({} as Record<string, unknown>)['x'], undefined);
  });
});

describe('update', () => {
  it('moves what changed to the one who changed it, and leaves no trace of a deletion', () => {
    const entries = [entry('flux', 'Apply', { 'f:data': { 'f:a': {}, 'f:b': {} } })];
    const result = update({ live: object({ data: { a: '1', b: '2' } }), object: object({ data: { a: '9' } }), schema: DEDUCED, entries, manager: 'kubectl-edit', apiVersion: 'v1' });
    assert.ok(result.kind === 'applied');
    assert.deepEqual(owned(result.entries), { 'kubectl-edit Update': ['.data.a'] });
  });
});

describe('takeOver', () => {
  const a = (name: string): Json => ({ [`f:${name}`]: {} });
  const cases: readonly (readonly [string, readonly ManagedEntry[], Record<string, string[]>])[] = [
    ['takes kubectl in all its names', [entry('flux', 'Apply', a('own')), entry('kubectl-edit', 'Update', a('x')), entry('kubectl', 'Apply', a('y'))], { 'flux Apply': ['.own', '.x', '.y'] }],
    ['leaves a subresource alone', [entry('flux', 'Apply', a('own')), entry('kubectl', 'Update', a('x'), 'scale')], { 'flux Apply': ['.own'], 'kubectl Update': ['.x'] }],
    ['takes its own older updates', [entry('flux', 'Update', a('x')), entry('flux', 'Apply', a('own'))], { 'flux Apply': ['.own', '.x'] }],
    ['leaves the apply of others', [entry('before-first-apply', 'Apply', a('x')), entry('helm', 'Update', a('y'))], { 'before-first-apply Apply': ['.x'], 'helm Update': ['.y'] }],
    ['renames what it takes when it never applied', [entry('before-first-apply', 'Update', a('x'))], { 'flux Apply': ['.x'] }],
  ];
  for (const [what, entries, expected] of cases) it(what, () => assert.deepEqual(owned(takeOver(entries, 'flux', fluxTakeOver('flux'))), expected));

  it('of client-side apply takes just that', () => {
    const entries = [entry('kubectl-client-side-apply', 'Update', a('x')), entry('kubectl-edit', 'Update', a('y'))];
    assert.deepEqual(owned(takeOver(entries, 'argocd-controller', CLIENT_SIDE_MIGRATION)), { 'kubectl-edit Update': ['.y'], 'argocd-controller Apply': ['.x'] });
  });
});

describe('compare', () => {
  it('does not look at the order of a list with keys', () => {
    const list: SchemaType = { kind: 'list', mode: 'map', keys: [{ name: 'k', fallback: undefined }], element: DEDUCED };
    const { added, modified, removed } = compare({ l: [{ k: 1 }, { k: 2 }] }, { l: [{ k: 2 }, { k: 1 }] }, { kind: 'map', mode: 'granular', fields: new Map([['l', list]]), element: undefined });
    assert.ok(added.isEmpty && modified.isEmpty && removed.isEmpty);
  });
  it('tells integers apart beyond what a float can', () => {
    const { modified } = compare({ n: 9_007_199_254_740_993n }, { n: 9_007_199_254_740_995n }, DEDUCED);
    assert.ok(modified.has([field('n')]));
  });
});
