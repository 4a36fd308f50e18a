import assert from 'node:assert/strict';
import { fromEntries, type Json, type JsonObject } from '../../../src/core/base/json';
import { parseJson, stringifyJson } from '../../../src/core/base/json-text';
import { FieldSetCutter } from '../../../src/core/cluster/field-sets';
import { LiveTexts } from '../../../src/core/cluster/live-texts';
import { Random } from '../kube/random-typed';

const TYPE = { apiVersion: 'v1', kind: 'ConfigMap' };

const plain = (text: string): Json => ({ ...TYPE, ...(parseJson(text) as JsonObject) });

const entry = (fields: string, manager = 'm'): string => `{"manager":"${manager}","fieldsType":"FieldsV1","fieldsV1":${fields}}`;
const owned = (...entries: readonly string[]): string => `{"metadata":{"name":"a","managedFields":[${entries.join(',')}]},"data":{"k":"v"}}`;

const FIELDS = '{"f:data":{"f:k":{},"k:{\\"name\\":\\"a{\\\\\\"}\\"}":{".":{}}}}';

const SPECIAL: readonly (readonly [what: string, text: string])[] = [
  ['no managers', '{"metadata":{"name":"a"}}'],
  ['nothing at all', '{}'],
  ['one', owned(entry(FIELDS))],
  ['several, some of them alike', owned(entry(FIELDS), entry('{"f:x":{}}'), entry(FIELDS), entry('{}'))],
  ['one that is no map between', owned(entry(FIELDS), entry('null'), entry('7'), entry('{"f:y":{}}'))],
  ['a type of its own, and in another order', `{"kind":"B","metadata":{"managedFields":[${entry(FIELDS)}]},"apiVersion":"b/v1"}`],
  ['white space', ` { "metadata" : { "managedFields" : [ {"fieldsV1": {"f:a":{}}} , {"fieldsV1":{"f:b" : {} } } ] } }`],
  ['the same key somewhere else', `{"spec":{"fieldsV1":{"f:a":{}},"managedFields":[${entry(FIELDS)}]},"metadata":{"managedFields":[${entry(FIELDS)}]}}`],
  ['only somewhere else', `{"spec":{"metadata":{"managedFields":[${entry(FIELDS)}]}},"fieldsV1":{"f:a":{}}}`],
  ['below another entry', owned(`{"a":{"fieldsV1":{"f:a":{}}},"fieldsV1":{"f:b":{}}}`)],
  ['inside itself', owned(entry('{"fieldsV1":{"f:a":{"fieldsV1":{}}}}'))],
  ['in a text', `{"metadata":{"annotations":{"a":"\\"fieldsV1\\":{\\"f:a\\":{}}","b":"\\"metadata\\":{"},"managedFields":[${entry(FIELDS)}]}}`],
  ['a key that ends like it', owned(`{"x\\"fieldsV1":{"f:a":{}}}`, entry(FIELDS))],
  ['twice in one entry', owned(`{"fieldsV1":{"f:a":{}},"fieldsV1":{"f:b":{}}}`)],
  ['managers twice', `{"metadata":{"managedFields":[${entry(FIELDS)}],"managedFields":[${entry('{"f:z":{}}')}]}}`],
  ['metadata twice', `{"metadata":{"managedFields":[${entry(FIELDS)}]},"metadata":{"name":"b"}}`],
  ['metadata twice, the later in escapes', `{"metadata":{"managedFields":[${entry(FIELDS)}]},"meta\\u0064ata":{"managedFields":[${entry('{"f:z":{}}')}]}}`],
  ['metadata that is a list', `{"metadata":[${entry(FIELDS)}]}`],
  ['the stand-in itself', owned(entry('"\\u0001"'), entry(FIELDS))],
  ['the stand-in where none is cut', owned(entry('"\\u0001"'))],
  ['numbers that a number cannot hold', `{"metadata":{"generation":9007199254740993,"managedFields":[${entry('{"f:a":{"n":9007199254740993123}}')},${entry(FIELDS)}]}}`],
  ['names that every object has', owned(entry('{"__proto__":{"f:a":{}},"constructor":{},"f:__proto__":{}}'))],
  ['a very long one', owned(entry(`{${Array.from({ length: 20_000 }, (_, i) => `"f:k${i}":{}`).join()}}`), entry(FIELDS))],
  ['letters of all languages', `{"metadata":{"labels":{"größe":"漢字 🚀"},"managedFields":[${entry('{"f:größe":{"f:漢字":{}}}')}]}}`],
];

/** What one thread cuts, and the other puts together. */
class Both {
  readonly #cutter = new FieldSetCutter();
  readonly texts = new LiveTexts();
  /** Bytes that are sent of the last text, and sets that were told of all. */
  sent = 0;

  object(text: string): JsonObject {
    const left = Buffer.concat(this.#cutter.cut(Buffer.from(text)));
    this.texts.learn(this.#cutter.take());
    this.sent = left.length;
    return this.texts.object(left.toString(), TYPE);
  }
}

describe('objects made of the texts of live ones', () => {
  for (const [what, text] of SPECIAL) {
    it(`are what the text says: ${what}`, () => {
      const texts = new Both();
      // The second time all of it is known.
      for (let i = 0; i < 2; i++) assert.deepStrictEqual(Object.entries(texts.object(text)).sort(), Object.entries(plain(text) as JsonObject).sort());
    });
  }

  it('are what the text says, whatever it is', () => {
    let texts = new Both();
    for (let seed = 1; seed <= 4_000; seed++) {
      // One that has met nothing it knows hardly searches any more.
      if (seed % 50 === 0) texts = new Both();
      const random = new Random(seed);
      const text = stringifyJson(random.chance(70) ? likeAnObject(random) : anything(random, 5), random.chance(10) ? 1 : 0);
      const value = parseJson(text);
      if (typeof value === 'object' && value !== null && !Array.isArray(value)) assert.deepStrictEqual(texts.object(text), plain(text), `seed ${seed}`);
      else assert.throws(() => texts.object(text), SyntaxError, `seed ${seed}`);
    }
  });

  it('have one object where the text of their field sets is one, which is sent once', () => {
    const texts = new Both();
    const fields = (object: JsonObject): readonly Json[] => ((object['metadata'] as JsonObject)['managedFields'] as readonly JsonObject[]).map(one => one['fieldsV1'] ?? null);
    const [first, again] = [owned(entry(FIELDS), entry('{"f:x":{}}')), owned(entry('{"f:y":{}}', 'n'), entry(FIELDS, 'n'))].map(text => fields(texts.object(text)));
    assert.ok(first && again);
    assert.equal(first[0], again[1]);
    assert.notEqual(first[1], again[0]);
    for (let i = 0; i < 500; i++) texts.object(owned(entry(`{"f:n${i}":{}}`)));
    assert.ok(texts.texts.count < 150, 'where all differ, few are looked for');
    const later = Array.from({ length: 100 }, () => fields(texts.object(owned(entry(FIELDS))))[0]);
    assert.equal(later.at(-1), first[0], 'what comes again is found again, also after many that did not');
    assert.ok(texts.sent < owned(entry(FIELDS)).length - FIELDS.length + 20);
    texts.texts.forget();
    const anew = fields(texts.object(owned(entry(FIELDS))))[0];
    assert.notEqual(anew, first[0]);
    assert.deepEqual(anew, first[0]);
  });

  it('cost no more than so much, however many field sets there are', () => {
    const texts = new Both();
    const large = (i: number): string => `{${Array.from({ length: 1_000 }, (_, k) => `"f:key-${k}-of-${i}":{}`).join()}}`;
    const known = owned(entry(large(0)));
    for (let i = 0; i < 800; i++) for (const text of [owned(entry(large(i))), known]) assert.deepEqual(texts.object(text), plain(text));
    assert.ok(texts.texts.count * large(100).length < 9 * 1024 * 1024, `${texts.texts.count} sets`);
    assert.ok(texts.sent < 200, 'those that are known still are');
  });

  it('are none where a set was never told', () => {
    const cutter = new FieldSetCutter(7);
    const left = Buffer.concat(cutter.cut(Buffer.from(owned(entry(FIELDS))))).toString();
    assert.throws(() => new LiveTexts().object(left, TYPE), /field set 7 was not told/);
  });

  it('are none where the text is no JSON, or no object', () => {
    const texts = new Both();
    const whole = owned(entry(FIELDS), entry('{"f:x":{}}'));
    for (let end = 0; end < whole.length; end++) assert.throws(() => texts.object(whole.slice(0, end)), SyntaxError, whole.slice(0, end));
    for (const text of ['[1]', '1', '"a"', 'null', '{"a":1,}', owned(entry('{"f:a":}')), owned(entry('{"f:a":{}')), `${whole}}`, `x${whole}`, '{"a" "fieldsV1":{}}']) assert.throws(() => texts.object(text), SyntaxError, text);
    assert.deepStrictEqual(texts.object(whole), plain(whole));
  });
});

const KEYS = ['metadata', 'managedFields', 'fieldsV1', 'f:a', 'k:{"name":"a"}', 'a', '\u0001', '__proto__', 'apiVersion', 'kind', 'x"fieldsV1":{'];

function anything(random: Random, depth: number): Json {
  const form = random.int(depth > 0 ? 4 : 1);
  if (form === 0) return random.pick<Json>(['', 'a', '\u0001', '"fieldsV1":{}', '\\', 1, 9_007_199_254_740_993n, null, true]);
  if (form === 1) return Array.from({ length: random.int(4) }, () => anything(random, depth - 1));
  return fromEntries(Array.from({ length: random.int(5) }, () => [random.pick(KEYS), anything(random, depth - 1)] as const));
}

function likeAnObject(random: Random): JsonObject {
  const managedFields = Array.from({ length: random.int(5) }, (): Json => ({ manager: 'm', fieldsV1: random.chance(80) ? fromEntries([[random.pick(KEYS), anything(random, 2)]]) : anything(random, 2) }));
  return { ...(random.chance(30) && { kind: 'Own' }), metadata: { name: 'a', ...(random.chance(30) && { labels: anything(random, 2) }), managedFields, uid: 'u' }, spec: anything(random, 3) };
}
