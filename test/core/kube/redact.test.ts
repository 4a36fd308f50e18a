import assert from 'node:assert/strict';
import { fromEntries, isObject, type Json, type JsonObject } from '../../../src/core/base/json';
import { stringifyJson } from '../../../src/core/base/json-text';
import { field, type Path } from '../../../src/core/kube/path';
import { isMasked, LAST_APPLIED, redact, shownValue, type ShownValue } from '../../../src/core/kube/redact';
import { redactText, secretsOf } from '../../../src/core/kube/secret-text';

const CANARY = 'canary-7f3a9b';
const ENCODED = Buffer.from(CANARY).toString('base64');

const secret = (more: JsonObject): JsonObject => ({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'db' }, ...more });
const annotated = (kind: string, key: string, value: string): JsonObject => ({ apiVersion: 'v1', kind, metadata: { name: 'db', annotations: { [key]: value } } });
const plain = secret({ stringData: { password: CANARY } });

/** Objects that hold a secret somewhere: none of them may show it. */
const HOLDERS: readonly (readonly [string, JsonObject])[] = [
  ['encoded data', secret({ data: { password: ENCODED } })],
  ['text that is not base64', secret({ data: { password: `!${CANARY}!` } })],
  ['stringData', plain],
  ['data that is no map', secret({ data: CANARY })],
  ['data that is a list', secret({ data: [CANARY, { x: ENCODED }] })],
  ['values that are maps', secret({ data: { a: { b: CANARY } } })],
  ['a misspelt field', secret({ stringdata: { password: CANARY } })],
  ['no apiVersion', { kind: 'Secret', data: { password: ENCODED } }],
  ['what kubectl applied', secret({ data: {}, metadata: { annotations: { [LAST_APPLIED]: stringifyJson(secret({ data: { password: ENCODED } })) } } })],
  ['what kubectl applied, cut off', secret({ metadata: { annotations: { [LAST_APPLIED]: stringifyJson(plain).slice(0, -3) } } })],
  ['an annotation of another kind of object', annotated('ConfigMap', 'example.com/original', stringifyJson(plain))],
  ['an annotation that hides the kind behind an escape', annotated('ConfigMap', 'x', stringifyJson(plain).replace('"Secret"', '"\\u0053ecret"'))],
  ['an annotation in YAML', annotated('ConfigMap', 'x', `apiVersion: v1\nkind: Secret\nstringData:\n  a: ${CANARY}\n`)],
  ['an annotation with a list of objects', annotated('ConfigMap', LAST_APPLIED, stringifyJson({ kind: 'List', items: [plain] }))],
  ['an annotation of the Secret that repeats its value', secret({ data: { p: ENCODED }, metadata: { annotations: { note: `was ${CANARY}` }, labels: { p: CANARY } } })],
  ['a list', { apiVersion: 'v1', kind: 'List', items: [plain] }],
  ['a SecretList, whose items say no kind', { apiVersion: 'v1', kind: 'SecretList', items: [{ metadata: { name: 'db' }, data: { password: ENCODED } }] }],
  ['a Secret within another object', { apiVersion: 'x.io/v1', kind: 'Object', metadata: { name: 'o' }, spec: { manifest: plain, more: [plain] } }],
  ['a key named __proto__', secret({ data: fromEntries([['__proto__', ENCODED]]) })],
];

describe('redact', () => {
  for (const [what, object] of HOLDERS) {
    it(`masks ${what}`, () => {
      const text = stringifyJson(redact(object));
      assert.ok(!text.includes(CANARY) && !text.includes(ENCODED), text);
    });
    it(`shows no path of it: ${what}`, () => {
      for (const [path, value] of pathsOf(object)) {
        if (path.length === 0) continue;
        const text = stringifyJson(shownJson(shownValue(object, path, value)));
        assert.ok(!text.includes(CANARY) && !text.includes(ENCODED), text);
      }
    });
  }

  it('keeps the keys, and says how much each holds', () => {
    assert.deepEqual(redact(secret({ data: { a: ENCODED, b: 'eA==' }, stringData: { c: 12, d: null }, type: 'Opaque' })), {
      ...secret({}),
      data: { a: '(secret, 13 bytes)', b: '(secret, 1 byte)' },
      stringData: { c: '(secret, 2 bytes)', d: '(secret, 4 bytes)' },
      type: 'Opaque',
    });
  });

  it('leaves all other objects as they are', () => {
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c', annotations: { [LAST_APPLIED]: '{"kind":"ConfigMap",  "data":{"a":"b"}}', text: 'kind: SecretStore' } }, data: { a: 'kind: Secret' } };
    assert.deepEqual(redact(object), object);
  });

  it('can tell a masked value from any other', () => {
    assert.ok(isMasked('(secret, 13 bytes)') && isMasked('(secret, 1 byte)') && isMasked('token=(secret)') && !isMasked('secret') && !isMasked('(secret, many)'));
  });

  it('leaves a Secret its name and its owners, also where a value is a word of them', () => {
    const metadata = { name: 'shop-db', namespace: 'shop', uid: 'u', labels: { app: 'shop' }, managedFields: [{ manager: 'shop', operation: 'Apply' }] };
    const shown = redact({ apiVersion: 'v1', kind: 'Secret', metadata, data: { user: Buffer.from('shop').toString('base64') } });
    assert.deepEqual(shown['metadata'], { ...metadata, labels: { app: '(secret)' } });
  });

  it('reads the size of a value off its mask', () => {
    const masked = { ...plain, data: { password: '(secret, 13 bytes)' } };
    assert.deepEqual(shownValue(masked, [{ kind: 'field', name: 'data' }, { kind: 'field', name: 'password' }], '(secret, 13 bytes)'), { kind: 'secret', bytes: 13 });
  });

  it('answers for an object nested 10,000 deep', () => {
    let deep: Json = CANARY;
    for (let i = 0; i < 10_000; i++) deep = { x: deep };
    assert.deepEqual(redact({ ...plain, spec: deep }), { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'db' } });
  });
});

describe('redactText', () => {
  const cases: readonly (readonly [string, JsonObject, string, string])[] = [
    ['the value itself', plain, `expected map, got "${CANARY}"`, 'expected map, got "(secret)"'],
    ['the encoded value where the manifest has it in clear', plain, `bad: ${ENCODED}`, 'bad: (secret)'],
    ['the decoded value where the manifest has it encoded', secret({ data: { a: ENCODED } }), `bad ${CANARY}.`, 'bad (secret).'],
    ['a number', secret({ stringData: { pin: 7 } }), 'got &value{Value:7}, want 17', 'got &value{Value:(secret)}, want 17'],
    ['quoted text', secret({ stringData: { a: 'say "hi there"' } }), 'got "say \\"hi there\\""', 'got "(secret)"'],
    ['a line of many', secret({ stringData: { a: 'first line\nsecond line' } }), 'at "second line"', 'at "(secret)"'],
    ['nothing for other kinds', { apiVersion: 'v1', kind: 'ConfigMap', data: { a: 'word' } }, 'a word', 'a word'],
  ];
  for (const [what, object, text, expected] of cases) it(`masks ${what}`, () => assert.equal(redactText(text, secretsOf(object)), expected));
});

const shownJson = (shown: ShownValue): Json => (shown.kind === 'value' ? shown.value : shown.bytes);

/** Every path of fields, with its value. */
function pathsOf(value: Json, path: Path = []): (readonly [Path, Json])[] {
  if (!isObject(value)) return [[path, value]];
  // Items of a list are objects of their own, judged on their own.
  return [[path, value], ...Object.entries(value).filter(([name]) => name !== 'items').flatMap(([name, item]) => pathsOf(item, [...path, field(name)]))];
}
