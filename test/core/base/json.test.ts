import assert from 'node:assert/strict';
import { at, fromEntries, listAt, member, sameJson, textAt, withMember, type Json, type JsonObject } from '../../../src/core/base/json';
import { parseJson, stringifyJson } from '../../../src/core/base/json-text';

describe('JSON keeps what the API server wrote', () => {
  const texts: readonly [string, string, Json][] = [
    ['an integer beyond 2^53', '9007199254740993', 9007199254740993n],
    ['a negative one', '-9223372036854775808', -9223372036854775808n],
    ['an integer that a number holds', '{"a":1234567890123456}', { a: 1234567890123456 }],
    ['a long fraction is a number', '[0.1234567890123456789]', [0.12345678901234568]],
    ['an exponent is a number', '[1e300, 1234567890123456789e2]', [1e300, 123456789012345680000]],
    ['digits inside a string', '{"uid":"12345678901234567890","n":null}', { uid: '12345678901234567890', n: null }],
    ['escapes', '["1234567890123456\\n\\u00e9\\""]', ['1234567890123456\né"']],
    ['a long number wherever one may stand', '{"a": \n\t 9007199254740993, "b":[ -9007199254740993 ,"9007199254740993", \r\n9007199254740993]}', { a: 9007199254740993n, b: [-9007199254740993n, '9007199254740993', 9007199254740993n] }],
    ['one with spaces before it, and nothing else', ' \n9007199254740993 ', 9007199254740993n],
    ['long digits in a text beside a long number', '{"a":"x:9007199254740993, [9007199254740993","b":9007199254740993}', { a: 'x:9007199254740993, [9007199254740993', b: 9007199254740993n }],
    ['empty containers beside a long number', '[{},[],9007199254740993,true,false,null]', [{}, [], 9007199254740993n, true, false, null]],
  ];
  for (const [name, text, value] of texts) {
    it(name, () => {
      assert.deepEqual(parseJson(text), value);
      assert.ok(sameJson(parseJson(stringifyJson(value)), value));
      assert.ok(sameJson(parseJson(stringifyJson(value, 2)), value));
    });
  }

  for (const text of ['{"a":12345678901234567,}', '[12345678901234567', '{"a" 12345678901234567}', '12345678901234567 x', '{a:12345678901234567}', '"12345678901234567', '[01234567890123456789]', '{', '']) {
    it(`${JSON.stringify(text)} is refused`, () => assert.throws(() => parseJson(text), SyntaxError));
  }

  it('a long number is kept wherever it stands, also beside other digits', () => {
    for (let before = 0; before < 40; before++) {
      for (let length = 14; length < 40; length++) {
        const digits = '9'.repeat(length);
        for (const text of [`{"${'k'.repeat(before)}":${digits}}`, `{"${'1'.repeat(before)}":-${digits},"z":1}`]) {
          const [value] = Object.values(parseJson(text) as JsonObject);
          assert.equal(BigInt(value as bigint | number), BigInt(text.includes('-') ? `-${digits}` : digits), text);
        }
      }
    }
  });

  it('a text nested ten thousand deep is an error, not a crash', () => assert.throws(() => parseJson(`${'['.repeat(10_000)}12345678901234567`), SyntaxError));

  it('__proto__ is a key like any other, and pollutes nothing', () => {
    for (const text of ['{"__proto__":{"x":1},"constructor":2}', '{"__proto__":{"x":1},"constructor":2,"n":12345678901234567}']) {
      const value = parseJson(text);
      assert.deepEqual(member(value, '__proto__'), { x: 1 });
      assert.equal(member(value, 'constructor'), 2);
      assert.equal(({} as Record<string, unknown>)['x'], undefined);
    }
  });
});

describe('reading members', () => {
  const object = fromEntries([['a', { b: ['x', { c: 'deep' }] }], ['__proto__', 'own']]);
  const reads: readonly [string, Json | undefined, Json | undefined][] = [
    ['a path through a list', at(object, 'a', 'b', 1, 'c'), 'deep'],
    ['a path that ends early', at(object, 'a', 'x', 'c'), undefined],
    ['an index into a map', at(object, 'a', 0), undefined],
    ['an own __proto__', member(object, '__proto__'), 'own'],
    ['an inherited name', member({}, 'toString'), undefined],
    ['a member of a list', member(['x'], 'length'), undefined],
    ['text that is no text', textAt({ a: 1 }, 'a'), undefined],
    ['a list that is none', listAt({ a: 1 }, 'a'), []],
  ];
  for (const [name, value, expected] of reads) it(name, () => assert.deepEqual(value, expected));

  it('a member is set, replaced and removed in a copy, order kept', () => {
    const before = { a: 1, b: 2 };
    assert.deepEqual(Object.entries(withMember(before, 'a', 3)), [['a', 3], ['b', 2]]);
    assert.deepEqual(Object.entries(withMember(before, 'a', undefined)), [['b', 2]]);
    assert.deepEqual(before, { a: 1, b: 2 });
  });
});

describe('equality', () => {
  const pairs: readonly [Json | undefined, Json | undefined, boolean][] = [
    [1, 1n, true],
    [9007199254740993n, 9007199254740992, false],
    [1, '1', false],
    [{ a: 1, b: 2 }, { b: 2, a: 1 }, true],
    [{ a: undefined as unknown as Json }, {}, false],
    [[1, 2], [2, 1], false],
    [[], {}, false],
    [null, undefined, false],
    [null, {}, false],
    [fromEntries([['__proto__', 1]]), {}, false],
  ];
  for (const [a, b, same] of pairs) it(`${a === undefined ? 'undefined' : stringifyJson(a)} and ${b === undefined ? 'undefined' : stringifyJson(b)} are ${same ? 'the same' : 'different'}`, () => assert.equal(sameJson(a, b), same));
});
