import assert from 'node:assert/strict';
import { withReplaced } from '../../../src/core/base/overlay';
import { Random } from '../kube/random-typed';

describe('values put in place of others', () => {
  it('show in every way of looking, and the map before keeps its own', () => {
    const random = new Random(1);
    const plain = new Map(Array.from({ length: 200 }, (_, i) => [`k${i}`, i]));
    let map: ReadonlyMap<string, number> = plain;
    const expected = new Map(plain);
    for (let round = 1; round <= 200; round++) {
      const values = new Map(Array.from({ length: random.int(4) }, () => [`k${random.int(200)}`, round * 1000]));
      const [before, was] = [map, [...map]];
      map = withReplaced(map, values);
      for (const [key, value] of values) expected.set(key, value);
      assert.deepEqual([...before], was);
      assert.deepEqual([...map], [...expected]);
      assert.deepEqual([[...map.keys()], [...map.values()], map.size], [[...expected.keys()], [...expected.values()], expected.size]);
      const each: unknown[] = [];
      map.forEach((value, key) => each.push([key, value]));
      assert.deepEqual(each, [...expected]);
      for (const key of [...values.keys(), 'k7', 'none']) assert.deepEqual([map.get(key), map.has(key)], [expected.get(key), expected.has(key)]);
    }
  });

  it('of nothing change nothing', () => {
    const map = new Map([['a', 1]]);
    assert.equal(withReplaced(map, new Map()), map);
  });

  it('a value may be nothing', () => {
    const map = new Map<number, string | undefined>(Array.from({ length: 100 }, (_, i) => [i, 'x']));
    assert.equal(withReplaced(map, new Map([[5, undefined]])).get(5), undefined);
  });

  it('what is not there cannot be replaced', () => assert.throws(() => withReplaced(new Map([['a', 1]]), new Map([['b', 2]])), RangeError));
});
