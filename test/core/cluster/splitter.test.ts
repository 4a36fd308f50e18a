import assert from 'node:assert/strict';
import { ListSplitter } from '../../../src/core/cluster/splitter';

const LISTS: readonly (readonly [string, string])[] = [
  ['an ordinary list', '{"kind":"ConfigMapList","apiVersion":"v1","metadata":{"resourceVersion":"12"},"items":[{"a":1},{"b":{"c":[1,{"d":2}]}}]}'],
  ['items first', '{"items":[{"a":1}],"kind":"List","metadata":{}}'],
  ['no items', '{"kind":"List","items":[],"metadata":{"resourceVersion":"1"}}'],
  ['items null, as an empty list of Go', '{"kind":"List","items":null,"metadata":{"resourceVersion":"1"}}'],
  ['spaces and newlines', '{\n "kind" : "List",\n "items" : [ {"a" : 1} ,\n {"b":2}\n ],\n "metadata" : {}\n}\n'],
  ['brackets, braces, quotes and backslashes inside strings', '{"items":[{"a":"}]{[\\"\\\\"},{"b":"\\\\\\"items\\":["}],"metadata":{"x":"\\"items\\":[{"}}'],
  ['letters of several bytes', '{"items":[{"größe":"漢字 🚀"},{"b":"é"}],"metadata":{"ü":"ß"}}'],
  ['a key called items deeper, and in the metadata', '{"metadata":{"items":[{"no":1}]},"items":[{"items":[{"x":1}]},{"items":{"items":[]}}]}'],
  ['a value "items" before the key', '{"kind":"items","a":["items"],"items":[{"a":1}]}'],
  ['the key __proto__', '{"items":[{"__proto__":{"a":1},"b":2}],"metadata":{}}'],
];

describe('a list, split as its bytes arrive', () => {
  for (const [name, text] of LISTS) {
    it(`${name}: cut anywhere, the same items and the same rest`, () => {
      const { items, ...rest } = JSON.parse(text) as { items: unknown[] | null };
      const bytes = Buffer.from(text);
      const sizes = [1, 2, 3, 7, 64, bytes.length, ...Array.from({ length: 20 }, (_, n) => -n)];
      for (const size of sizes) {
        const splitter = new ListSplitter();
        const found: unknown[] = [];
        for (const chunk of size > 0 ? pieces(bytes, () => size) : pieces(bytes, randomSize(-size))) found.push(...splitter.push(chunk).map(item => JSON.parse(item.toString()) as unknown));
        const { items: left, ...envelope } = splitter.end();
        assert.deepEqual(found, items ?? []);
        assert.deepEqual(envelope, rest);
        assert.ok(left === null || (Array.isArray(left) && left.length === 0));
      }
    });
  }

  it('is not whole until its last brace, wherever it breaks off', () => {
    const [, text = ''] = LISTS[0] ?? [];
    const bytes = Buffer.from(text);
    for (let end = 0; end < bytes.length; end++) {
      const splitter = new ListSplitter();
      splitter.push(bytes.subarray(0, end));
      assert.throws(() => splitter.end(), SyntaxError, `cut at ${end}`);
    }
  });

  for (const text of ['[]', '"items"', '<html></html>', '{"kind":"Status"}', '{"items":{"a":1}}', '{"items":[]} trailing']) {
    it(`refuses ${text}`, () => {
      const splitter = new ListSplitter();
      splitter.push(Buffer.from(text));
      assert.throws(() => splitter.end(), SyntaxError);
    });
  }

  it('keeps no item once it is handed over', () => {
    const splitter = new ListSplitter();
    splitter.push(Buffer.from('{"metadata":{},"items":['));
    const item = Buffer.from(`{"data":"${'x'.repeat(100_000)}"},`);
    for (let n = 0; n < 50; n++) assert.equal(splitter.push(item).length, 1);
    splitter.push(Buffer.from('{"last":1}]}'));
    assert.deepEqual(splitter.end(), { metadata: {}, items: [] });
  });
});

function* pieces(bytes: Buffer, size: () => number): Iterable<Buffer> {
  for (let at = 0; at < bytes.length; ) {
    const step = size();
    // A copy: what was handed over may be overwritten by whoever gave it.
    const piece = Buffer.from(bytes.subarray(at, at + step));
    yield piece;
    at += step;
  }
}

/** 1 to 9, the same for the same seed. */
function randomSize(seed: number): () => number {
  let state = seed * 7919 + 1;
  return () => {
    state = (state * 48271) % 2147483647;
    return 1 + (state % 9);
  };
}
