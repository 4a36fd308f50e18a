import { isArray, isObject, type Json, type JsonObject } from './json';
import { parseJson, stringifyJson } from './json-text';

/**
 * Has one object, or makes it whenever it is asked: two answers are equal and need not be the same, so ask once and pass the
 * object on. Whose holder is the same as before is the same as before.
 */
export interface Holder {
  readonly object: JsonObject;
}

/** Bytes of text that lie together. */
const BLOCK = 64 * 1024;
/** Objects that stay made: one is mostly asked for several times in a row. */
const MADE = 8;
/** A YAML alias may stand for very much, and for very deep: an object so many times as long as what it was read from, or of so many levels, is kept itself. */
const MOST_TIMES = 4;
const MOST_LEVELS = 500;

/**
 * Objects, as text outside the heap. Made of values, ten thousand manifests are a million things that every collection of
 * garbage has to visit; to make one again of its text takes a few microseconds.
 */
export class KeptObjects {
  #block = Buffer.alloc(0);
  #used = 0;
  /**
   * The ones that were made last, each in place of the oldest. Not a map: those make a new table every few changes, and each
   * old table holds the next one, with all that was in it, until the whole heap is looked through.
   */
  readonly #holders: (Holder | undefined)[] = new Array<undefined>(MADE).fill(undefined);
  readonly #made: (JsonObject | undefined)[] = new Array<undefined>(MADE).fill(undefined);
  #next = 0;

  /** `source`: the YAML that it was read from. */
  keep(object: JsonObject, source: string): Holder {
    if (source.includes('&') && isLarge(object, MOST_TIMES * source.length)) return { object };
    const text = stringifyJson(object);
    const size = Buffer.byteLength(text);
    if (this.#used + size > this.#block.length) {
      this.#block = Buffer.allocUnsafeSlow(Math.max(BLOCK, size));
      this.#used = 0;
    }
    const start = this.#used;
    this.#used += this.#block.write(text, start);
    return new Kept(this, this.#block, start, this.#used);
  }

  /** The very object of the last time, where that was not long ago. */
  made(holder: Holder, make: () => JsonObject): JsonObject {
    const known = this.#made[this.#holders.indexOf(holder)];
    if (known) return known;
    const object = make();
    this.#holders[this.#next] = holder;
    this.#made[this.#next] = object;
    this.#next = (this.#next + 1) % MADE;
    return object;
  }
}

class Kept implements Holder {
  readonly #objects: KeptObjects;
  readonly #block: Buffer;
  readonly #start: number;
  readonly #end: number;

  constructor(objects: KeptObjects, block: Buffer, start: number, end: number) {
    this.#objects = objects;
    this.#block = block;
    this.#start = start;
    this.#end = end;
  }

  get object(): JsonObject {
    return this.#objects.made(this, () => {
      const value = parseJson(this.#block.toString('utf8', this.#start, this.#end));
      if (!isObject(value)) throw new Error('what was kept is no object');
      return value;
    });
  }
}

/** Whether more than so many characters would have to be written, or more levels; looks no further than that. */
function isLarge(object: JsonObject, most: number): boolean {
  let left = most;
  const take = (value: Json, level: number): void => {
    if (level > MOST_LEVELS) left = -1;
    if (left < 0) return;
    left -= typeof value === 'string' ? value.length : 1;
    if (isArray(value)) for (const item of value) take(item, level + 1);
    else if (isObject(value)) {
      for (const [key, item] of Object.entries(value)) {
        left -= key.length;
        take(item, level + 1);
      }
    }
  };
  take(object, 0);
  return left < 0;
}
