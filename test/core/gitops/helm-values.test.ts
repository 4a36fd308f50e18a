import assert from 'node:assert/strict';
import type { Json, JsonObject } from '../../../src/core/base/json';
import { mergedValues, type HelmValuesRef, type ValuesData } from '../../../src/core/gitops/helm-values';
import { fits } from '../../../src/core/gitops/version-range';

const STORE: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'ConfigMap/base': { 'values.yaml': 'a: 1\nmap: {x: 1, z: 1}\nlist: [1, 2]\n', broken: 'a: [', list: '- a\n', empty: '' },
  'ConfigMap/more': { 'values.yaml': 'map: {z: 2}\nlist: [3]\n' },
  'Secret/login': { password: 's3cret', 'values.yaml': 'token: t0ken\n', number: '12', quoted: '"12"', lead: '012', yes: 'true', comma: 'a,b', braces: '{a,b}', none: 'null' },
};
const read = (kind: string, name: string): ValuesData => {
  if (name === 'closed') return { kind: 'unreadable' };
  const data = STORE[`${kind}/${name}`];
  return data ? { kind: 'data', data: new Map(Object.entries(data)) } : { kind: 'absent' };
};
const ref = (kind: string, name: string, more: Partial<HelmValuesRef> = {}): HelmValuesRef => ({ kind, name, key: 'values.yaml', path: undefined, optional: false, ...more });
const login = (key: string, path: string): HelmValuesRef => ref('Secret', 'login', { key, path });

describe('the values of a HelmRelease', () => {
  const known: readonly (readonly [name: string, own: JsonObject, refs: readonly HelmValuesRef[], values: Json])[] = [
    ['its own', { a: 1 }, [], { a: 1 }],
    ['referred to, in their order, maps by key, lists as a whole', {}, [ref('ConfigMap', 'base'), ref('ConfigMap', 'more')], { a: 1, map: { x: 1, z: 2 }, list: [3] }],
    ['its own win over all', { map: { x: 5 } }, [ref('ConfigMap', 'base')], { a: 1, map: { x: 5, z: 1 }, list: [1, 2] }],
    ['a null of its own stays one, for Helm to take a default away', { a: null }, [ref('ConfigMap', 'base')], { a: null, map: { x: 1, z: 1 }, list: [1, 2] }],
    ['to a path', {}, [login('password', 'db.auth[1].password')], { db: { auth: [null, { password: 's3cret' }] } }],
    ['to a path, as numbers and truths, unless in quotes or with a zero in front', {}, [login('number', 'a'), login('quoted', 'b'), login('lead', 'c'), login('yes', 'd')], { a: 12, b: '12', c: '012', d: true }],
    ['what comes later wins over a path', {}, [login('password', 'map.x'), ref('ConfigMap', 'base')], { a: 1, map: { x: 1, z: 1 }, list: [1, 2] }],
    ['optional ones that are not there', {}, [ref('ConfigMap', 'gone', { optional: true }), ref('ConfigMap', 'base', { key: 'nothing', optional: true })], {}],
    ['an empty text', {}, [ref('ConfigMap', 'base', { key: 'empty' })], {}],
  ];
  for (const [name, own, refs, values] of known) {
    it(name, () => {
      const merged = mergedValues(own, refs, read);
      assert.deepEqual(merged.kind === 'known' ? merged.values : merged, values);
    });
  }

  const unknown: readonly (readonly [name: string, refs: readonly HelmValuesRef[], reason: string])[] = [
    ['not there', [ref('ConfigMap', 'gone')], 'ConfigMap gone is not there'],
    ['no such key', [ref('ConfigMap', 'base', { key: 'nothing' })], 'ConfigMap base has no key nothing'],
    ['not to be read, also where it is optional', [ref('Secret', 'closed', { optional: true })], 'Secret closed could not be read'],
    ['another kind', [ref('Pod', 'a')], 'they come from the kind Pod, which is none that is read'],
    ['no YAML', [ref('ConfigMap', 'base', { key: 'broken' })], 'ConfigMap base gives its broken in a form that is not computed'],
    ['no map', [ref('ConfigMap', 'base', { key: 'list' })], 'ConfigMap base gives its list in a form that is not computed'],
    ['several at a path', [login('comma', 'a')], 'Secret login gives its comma in a form that is not computed'],
    ['a list at a path', [login('braces', 'a')], 'Secret login gives its braces in a form that is not computed'],
    ['nothing at a path', [login('none', 'a')], 'Secret login gives its none in a form that is not computed'],
    ['a path with escapes', [login('password', 'a\\.b')], 'Secret login gives its password in a form that is not computed'],
    ['a path through a text', [ref('ConfigMap', 'base'), login('password', 'a.b')], 'Secret login gives its password in a form that is not computed'],
  ];
  for (const [name, refs, reason] of unknown) it(`are not known: ${name}`, () => assert.deepEqual(mergedValues({}, refs, read), { kind: 'unknown', reason }));

  it('texts that come from Secrets are told apart', () => {
    const merged = mergedValues({ a: 'clear' }, [ref('ConfigMap', 'more'), ref('Secret', 'login'), login('password', 'b')], read);
    assert.deepEqual(merged.kind === 'known' ? [...merged.secrets] : merged, ['token: t0ken\n', 't0ken', 's3cret']);
  });
});

describe('whether a version is one that a HelmRelease asks for', () => {
  const table: readonly (readonly [version: string, range: string, fits: boolean | undefined])[] = [
    ['1.2.3', '1.2.3', true], ['1.2.3', 'v1.2.3', true], ['1.2.3', '=1.2.4', false], ['1.2.3', '1.2', true], ['1.3.0', '1.2', false], ['1.2.3', '1.x', true], ['2.0.0', '1.*', false], ['1.2.3', '*', true],
    ['1.2.9', '~1.2.3', true], ['1.2.2', '~1.2.3', false], ['1.3.0', '~1.2.3', false], ['1.9.0', '~1', true],
    ['1.9.0', '^1.2', true], ['2.0.0', '^1.2', false], ['0.2.9', '^0.2.3', true], ['0.3.0', '^0.2.3', false], ['0.0.3', '^0.0.3', true], ['0.0.4', '^0.0.3', false],
    ['1.5.0', '>=1.0.0 <2.0.0', true], ['1.5.0', '>= 1.0.0, < 1.5.0', false], ['1.2.3', '>1.2', false], ['1.3.0', '>1.2', true], ['1.2.9', '<=1.2', true], ['3.0.0', '1.x || >=3.0.0', true], ['2.0.0', '!=2.0.0', false],
    ['1.2.3-rc.1', '1.2.3-rc.1', true], ['1.2.3-rc.1', '>=1.0.0', false], ['1.2.3', '>=1.0.0-0', undefined], ['1.2.3+abc', '1.2.3', true],
    ['1.2.3', 'latest', undefined], ['next', '1.x', undefined], ['1.2.3', '1.0.0 - 2.0.0', undefined],
  ];
  for (const [version, range, expected] of table) it(`${version} for ${range}`, () => assert.equal(fits(version, range), expected));
});
