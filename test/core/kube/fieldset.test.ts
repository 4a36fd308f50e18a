import assert from 'node:assert/strict';
import type { Json } from '../../../src/core/base/json';
import { parseJson } from '../../../src/core/base/json-text';
import { FieldSet } from '../../../src/core/kube/fieldset';
import { managedEntries, ownersOf } from '../../../src/core/kube/managed';
import { field, formatPath, type Path, type PathElement } from '../../../src/core/kube/path';

const f = (...names: string[]): Path => names.map(field);
const item = (...fields: (readonly [string, Json])[]): PathElement => ({ kind: 'key', fields });
const parse = (json: Json): FieldSet => {
  const set = FieldSet.parse(json);
  assert.ok(set);
  return set;
};
const textOf = (set: FieldSet): string[] => set.paths().map(formatPath);

describe('FieldSet', () => {
  const set = parse({ 'f:a': {}, 'f:b': { '.': {}, 'f:c': {} }, 'f:l': { 'k:{"name":"x","port":80}': { '.': {}, 'f:v': {} }, 'v:"s"': {} }, 'q:new': { 'f:x': {} } });

  const members: readonly (readonly [string, Path, boolean])[] = [
    ['a leaf', f('a'), true],
    ['a node that has the dot', f('b'), true],
    ['what is below it', f('b', 'c'), true],
    ['a list whose items are owned is not itself a member', f('l'), false],
    ['an item by its keys, in any order', [...f('l'), item(['port', 80], ['name', 'x'])], true],
    ['a big integer is the same key as a small one', [...f('l'), item(['port', 80n], ['name', 'x'])], true],
    ['80 is not "80"', [...f('l'), item(['port', '80'], ['name', 'x'])], false],
    ['an item by value', [...f('l'), { kind: 'value', value: 's' }], true],
    ['the object as a whole is nobody\'s', [], false],
    ['what is not there', f('z'), false],
  ];
  for (const [what, path, expected] of members) it(`has: ${what}`, () => assert.equal(set.has(path), expected));

  it('contains what lies below a member that is whole', () => {
    assert.deepEqual([set.contains(f('a', 'x', 'y')), set.contains(f('b', 'x')), set.contains(f('b', 'c', 'd')), set.contains(f('l', 'x'))], [true, false, true, false]);
  });

  it('descends one step', () => assert.deepEqual(textOf(set.child(field('b'))), ['.c']));
  it('lists its paths as the server orders them', () => assert.deepEqual(textOf(set), ['.a', '.b', '.b.c', '.l[name="x",port=80]', '.l[="s"]', '.l[name="x",port=80].v']));
  it('reads another spelling of a key as the same', () => assert.ok(parse({ 'k:{ "port":80, "name":"\\u0078" }': {} }).has([item(['name', 'x'], ['port', 80])])));
  it('reads a fields set whose only member is of an unknown kind as a leaf', () => assert.deepEqual(textOf(parse({ 'f:a': { 'q:x': {} } })), ['.a']));

  const algebra: readonly (readonly [string, FieldSet, readonly string[]])[] = [
    ['union', parse({ 'f:a': {} }).union(parse({ 'f:a': { 'f:b': {} } })), ['.a', '.a.b']],
    ['intersection', parse({ 'f:a': { '.': {}, 'f:b': {} } }).intersection(parse({ 'f:a': { 'f:b': {}, 'f:c': {} } })), ['.a.b']],
    ['difference leaves what lies below', parse({ 'f:a': { '.': {}, 'f:b': {} } }).difference(parse({ 'f:a': {} })), ['.a.b']],
    ['recursive difference does not', parse({ 'f:a': { '.': {}, 'f:b': {} }, 'f:c': {} }).recursiveDifference(parse({ 'f:a': {} })), ['.c']],
    ['a difference of itself is empty', set.difference(set), []],
  ];
  for (const [what, result, expected] of algebra) {
    it(what, () => {
      assert.deepEqual(textOf(result), expected);
      assert.equal(result.isEmpty, expected.length === 0);
    });
  }

  const refused: readonly (readonly [string, Json])[] = [
    ['a list', []],
    ['text', 'f:a'],
    ['a key without a colon', { fa: {} }],
    ['a key that is no JSON', { 'k:{"a"': {} }],
    ['an index that is no number', { 'i:x': {} }],
    ['a node that is no map', { 'f:a': 1 }],
  ];
  for (const [what, json] of refused) it(`is not ${what}`, () => assert.equal(FieldSet.parse(json), undefined));

  it('reads back what it writes', () => assert.ok(parse(set.toJson()).equals(set)));
  it('holds a field named __proto__ like any other', () => {
    const odd = parse(parseJson('{"f:__proto__":{"f:constructor":{}}}'));
    assert.deepEqual([textOf(odd), textOf(parse(odd.toJson()))], [['.__proto__.constructor'], ['.__proto__.constructor']]);
  });

  it('refuses a set nested 10,000 deep, without ado', () => {
    let deep: Json = {};
    for (let i = 0; i < 10_000; i++) deep = { 'f:a': deep };
    assert.equal(FieldSet.parse(deep), undefined);
  });
});

describe('managedEntries', () => {
  const entry = { manager: 'm', operation: 'Apply', apiVersion: 'v1', fieldsType: 'FieldsV1', fieldsV1: { 'f:a': {} }, time: '2024-01-02T03:04:05Z' };
  const of = (managedFields: Json): ReturnType<typeof managedEntries> => managedEntries({ metadata: { managedFields } });

  it('reads entries with their owners', () => {
    const entries = of([entry, { ...entry, manager: 'n', operation: 'Update', subresource: 'scale' }]) ?? [];
    assert.deepEqual(ownersOf(entries, f('a')).map(({ manager, operation, subresource, time }) => [manager, operation, subresource, time]), [
      ['m', 'Apply', undefined, entry.time],
      ['n', 'Update', 'scale', entry.time],
    ]);
  });

  const nothing: readonly (readonly [string, Json])[] = [
    ['stripped', null],
    ['empty', []],
    ['reset', [{}]],
    ['of another fields type', [{ ...entry, fieldsType: 'FieldsV2' }]],
    ['without an apiVersion', [{ ...entry, apiVersion: '' }]],
    ['of an unknown operation', [entry, { ...entry, operation: 'Patch' }]],
    ['unreadable in one entry', [entry, { ...entry, fieldsV1: { x: {} } }]],
  ];
  for (const [what, json] of nothing) it(`says nothing of managed fields that are ${what}`, () => assert.equal(of(json), undefined));
  it('says nothing where there are none', () => assert.equal(managedEntries({}), undefined));
});
