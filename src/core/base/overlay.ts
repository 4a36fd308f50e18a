/** Shares of a map that may be replaced before it is worth another map: to copy one of 50,000 takes longer than all that is done with what has changed. */
const LAYER = 1 / 4;

/** A map in which some values stand in place of others, made without copying it. */
class Overlay<K, V> implements ReadonlyMap<K, V> {
  readonly below: ReadonlyMap<K, V>;
  readonly above: ReadonlyMap<K, V>;

  constructor(below: ReadonlyMap<K, V>, above: ReadonlyMap<K, V>) {
    this.below = below;
    this.above = above;
  }

  get size(): number {
    return this.below.size;
  }

  get(key: K): V | undefined {
    return this.above.has(key) ? this.above.get(key) : this.below.get(key);
  }

  has(key: K): boolean {
    return this.below.has(key);
  }

  keys(): MapIterator<K> {
    return this.below.keys();
  }

  *values(): MapIterator<V> {
    for (const [, value] of this) yield value;
  }

  *entries(): MapIterator<[K, V]> {
    for (const [key, value] of this.below) yield [key, this.above.has(key) ? (this.above.get(key) as V) : value];
  }

  [Symbol.iterator](): MapIterator<[K, V]> {
    return this.entries();
  }

  /** The fastest way through all of it: makes no pairs. */
  forEach(each: (value: V, key: K, map: ReadonlyMap<K, V>) => void): void {
    this.below.forEach((value, key) => each(this.above.has(key) ? (this.above.get(key) as V) : value, key, this));
  }
}

function copied<K, V>(map: ReadonlyMap<K, V>, values: ReadonlyMap<K, V>): ReadonlyMap<K, V> {
  const copy = new Map<K, V>();
  map.forEach((value, key) => copy.set(key, values.has(key) ? (values.get(key) as V) : value));
  return copy;
}

/** The map with these values in place of its own, in the same order. Throws `RangeError` for a key that it has not. */
export function withReplaced<K, V>(map: ReadonlyMap<K, V>, values: ReadonlyMap<K, V>): ReadonlyMap<K, V> {
  for (const key of values.keys()) if (!map.has(key)) throw new RangeError('only what is there can be replaced');
  if (values.size === 0) return map;
  if (values.size > map.size * LAYER) return copied(map, values);
  const [below, above] = map instanceof Overlay ? [(map as Overlay<K, V>).below, new Map((map as Overlay<K, V>).above)] : [map, new Map<K, V>()];
  for (const [key, value] of values) above.set(key, value);
  return above.size > below.size * LAYER ? copied(below, above) : new Overlay(below, above);
}
