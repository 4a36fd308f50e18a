import assert from 'node:assert/strict';
import type { Json, JsonObject } from '../../../src/core/base/json';
import { GroupVersionSchemas } from '../../../src/core/kube/openapi';
import type { SchemaType } from '../../../src/core/kube/schema';

const GVK = { group: 'x.io', version: 'v1', kind: 'K' };

/** The type of field `f` in a kind that has it. */
function typeOfField(schema: JsonObject, others: JsonObject = {}): SchemaType | undefined {
  const root = { type: 'object', properties: { f: schema }, 'x-kubernetes-group-version-kind': [GVK] };
  const type = new GroupVersionSchemas({ components: { schemas: { K: root, ...others } } }).typeOf('K', 'x.io', 'v1');
  return type?.kind === 'map' ? type.fields.get('f') : undefined;
}

const scalar = (name: (SchemaType & { readonly kind: 'scalar' })['scalar']): SchemaType => ({ kind: 'scalar', scalar: name });
const reference = (name: string): JsonObject => ({ $ref: `#/components/schemas/${name}` });
const ITEM: JsonObject = { type: 'object', properties: { port: { type: 'integer' }, protocol: { type: 'string', default: 'TCP' } } };
const ITEM_TYPE: SchemaType = { kind: 'map', mode: 'granular', fields: new Map([['port', scalar('numeric')], ['protocol', scalar('string')]]), element: undefined, defaults: new Map([['protocol', 'TCP']]) };
const DEDUCED: SchemaType = { kind: 'deduced' };
const STRINGS: JsonObject = { type: 'object', additionalProperties: { type: 'string' } };

describe('types from OpenAPI', () => {
  const cases: readonly (readonly [string, JsonObject, SchemaType, JsonObject?])[] = [
    ['text', { type: 'string' }, scalar('string')],
    ['a time', { type: 'string', format: 'date-time' }, scalar('time')],
    ['int-or-string', { 'x-kubernetes-int-or-string': true }, scalar('intOrString')],
    ['a quantity by name', { allOf: [reference('io.k8s.apimachinery.pkg.api.resource.Quantity')] }, scalar('quantity')],
    ['a quantity in a CRD', { 'x-kubernetes-int-or-string': true, pattern: '^(\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))))?$' }, scalar('quantity')],
    ['anything', {}, DEDUCED],
    ['a list that says nothing', { type: 'array', items: { type: 'string' } }, { kind: 'list', mode: 'atomic', element: scalar('string') }],
    ['a set', { type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': 'set' }, { kind: 'list', mode: 'set', element: scalar('string') }],
    [
      'a list with keys, and the default of one',
      { type: 'array', items: ITEM, 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['port', 'protocol'] },
      { kind: 'list', mode: 'map', keys: [{ name: 'port', fallback: undefined }, { name: 'protocol', fallback: 'TCP' }], element: ITEM_TYPE },
    ],
    [
      'a default behind a reference',
      { type: 'array', items: { allOf: [reference('Item')], default: {} }, 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['protocol'] },
      { kind: 'list', mode: 'map', keys: [{ name: 'protocol', fallback: 'TCP' }], element: ITEM_TYPE },
      { Item: ITEM },
    ],
    ['a merge key, where there is no list type', { type: 'array', items: ITEM, 'x-kubernetes-patch-strategy': 'merge,retainKeys', 'x-kubernetes-patch-merge-key': 'port' }, { kind: 'list', mode: 'map', keys: [{ name: 'port', fallback: undefined }], element: ITEM_TYPE }],
    ['a merge without a key', { type: 'array', items: { type: 'string' }, 'x-kubernetes-patch-strategy': 'merge' }, { kind: 'list', mode: 'set', element: scalar('string') }],
    ['a list type beats a merge key', { type: 'array', items: ITEM, 'x-kubernetes-list-type': 'atomic', 'x-kubernetes-patch-strategy': 'merge', 'x-kubernetes-patch-merge-key': 'port' }, { kind: 'list', mode: 'atomic', element: ITEM_TYPE }],
    ['a map', STRINGS, { kind: 'map', mode: 'granular', fields: new Map(), element: scalar('string') }],
    ['an atomic map', { ...STRINGS, 'x-kubernetes-map-type': 'atomic' }, { kind: 'map', mode: 'atomic', fields: new Map(), element: scalar('string') }],
    ['a reference that overrides the map type', { ...reference('M'), 'x-kubernetes-map-type': 'granular' }, { kind: 'map', mode: 'granular', fields: new Map(), element: scalar('string') }, { M: { ...STRINGS, 'x-kubernetes-map-type': 'atomic' } }],
    ['an object of which nothing is declared', { type: 'object' }, { kind: 'map', mode: 'granular', fields: new Map(), element: DEDUCED }],
    [
      'unknown fields that are kept, all the way down',
      { type: 'object', 'x-kubernetes-preserve-unknown-fields': true, properties: { a: { type: 'object', properties: { b: { type: 'string' } } } } },
      { kind: 'map', mode: 'granular', fields: new Map([['a', { kind: 'map', mode: 'granular', fields: new Map([['b', scalar('string')]]), element: DEDUCED }]]), element: DEDUCED },
    ],
    ['a reference to nothing', reference('Gone'), DEDUCED],
    ['a reference to itself', reference('Loop'), DEDUCED, { Loop: reference('Loop') }],
  ];
  for (const [what, schema, expected, others] of cases) it(what, () => assert.deepEqual(typeOfField(schema, others), expected));

  it('a type that contains itself', () => {
    const node = { type: 'object', properties: { next: reference('Node'), all: { type: 'array', items: reference('Node') } } };
    const type = typeOfField(reference('Node'), { Node: node });
    assert.ok(type?.kind === 'map');
    assert.equal(type.fields.get('next'), type);
  });

  it('fields named __proto__ and constructor', () => {
    const properties = JSON.parse('{"__proto__":{"type":"string"},"constructor":{"type":"integer"}}') as JsonObject;
    const type = typeOfField({ type: 'object', properties });
    assert.deepEqual(type?.kind === 'map' ? [...type.fields] : undefined, [['__proto__', scalar('string')], ['constructor', scalar('numeric')]]);
  });

  const unknown: readonly (readonly [string, JsonObject])[] = [
    ['an empty document', {}],
    ['a document that is none', { components: { schemas: [] } }],
    ['one without the kind', { components: { schemas: { K: { 'x-kubernetes-group-version-kind': 7 } } } }],
  ];
  for (const [what, document] of unknown) it(`knows no kind in ${what}`, () => assert.equal(new GroupVersionSchemas(document).typeOf('K', 'x.io', 'v1'), undefined));

  it('a schema nested 10,000 deep', () => {
    let deep: Json = { type: 'string' };
    for (let i = 0; i < 10_000; i++) deep = { type: 'object', properties: { a: deep } };
    assert.equal(typeOfField(deep)?.kind, 'map');
  });
});
