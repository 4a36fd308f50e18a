import { fromEntries, isArray, isObject, type Json, type JsonObject } from '../../../src/core/base/json';
import { resolvePlain } from '../../../src/core/manifests/scalars';

/** Seeded numbers: a failing case is found again by its seed. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = (seed * 2_654_435_761 + 1) >>> 0;
  }

  /** An integer from 0 to `below` - 1. */
  int(below: number): number {
    this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((this.#state / 2 ** 32) * below);
  }

  chance(percent: number): boolean {
    return this.int(100) < percent;
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.int(items.length)];
    if (item === undefined) throw new Error('nothing to pick from');
    return item;
  }
}

const KEYS = ['name', 'image', 'app', 'a.b/c', 'data', 'on', '1', 'a b', '__proto__', 'constructor', 'config.yaml', 'x', 'replicas', 'true', "it's", 'ports'];
const TEXTS = ['web', 'nginx:1.27', '', 'yes', '8080', '1e3', 'a: b', '#x', ' lead', 'trail ', "it's", '"q"', 'é', '{x}', '[y]', '- z', '~', 'null', 'a,b', '2024-01-02', '0o17', 'line1\nline2\n', 'l1\n\n  l2\nl3', 'one\n', '\n', 'tab\there', 'http://x/y?z', '*a', '&b', '!t', '%p', '@q', '`r`', '<<', '=', '12:30:45', 'x #y', 'x:', '\u2028', '😀', '-', '?', '-x', ':x', '---'];
const NUMBERS: readonly Json[] = [0, 1, 3, -5, 1.5, 1e21, 9_007_199_254_740_993n, 1e-7, 8080];

export function randomValue(random: Random, depth: number): Json {
  const kind = random.int(depth <= 0 ? 6 : 10);
  if (kind < 4) return random.pick(TEXTS);
  if (kind === 4) return random.pick(NUMBERS);
  if (kind === 5) return random.pick([true, false, null]);
  if (kind < 8) return randomObject(random, depth - 1);
  return Array.from({ length: random.int(4) }, () => randomValue(random, depth - 1));
}

export function randomObject(random: Random, depth: number): JsonObject {
  return fromEntries(Array.from({ length: random.int(5) }, () => [random.pick(KEYS), randomValue(random, depth)] as const));
}

/** Writes a value the way people do, each time differently: block and flow, quotes, comments, blank lines. */
export class Writer {
  readonly #random: Random;
  readonly #listIndent: number;

  constructor(random: Random) {
    this.#random = random;
    this.#listIndent = random.pick([0, 2]);
  }

  document(value: JsonObject): string {
    return `${this.#comment(0)}${this.#map(value, 0)}`;
  }

  #map(value: JsonObject, column: number): string {
    return Object.entries(value)
      .map(([key, item]) => `${this.#comment(column)}${' '.repeat(column)}${this.#text(key, false)}:${this.#value(item, column, 2)}`)
      .join('');
  }

  #list(value: readonly Json[], column: number): string {
    return value.map(item => `${this.#comment(column)}${' '.repeat(column)}-${this.#item(item, column)}`).join('');
  }

  #item(item: Json, column: number): string {
    if ((isObject(item) || (isArray(item) && this.#random.chance(50))) && Object.keys(item).length > 0 && this.#random.chance(80)) {
      const inner = isArray(item) ? this.#list(item, column + 2) : this.#map(item, column + 2);
      // The first member goes on the line of the dash, unless a comment stands before it.
      return /^ *(?:#|\r?\n)/.test(inner) ? `\n${inner}` : ` ${inner.trimStart()}`;
    }
    return this.#value(item, column, 2, 2);
  }

  #value(value: Json, column: number, indent: number, listIndent = this.#listIndent): string {
    const nested = (isObject(value) || isArray(value)) && Object.keys(value).length > 0;
    if (nested && this.#random.chance(75)) return `${this.#random.chance(10) ? ' # why' : ''}\n${isArray(value) ? this.#list(value, column + listIndent) : this.#map(value, column + indent)}`;
    if (typeof value === 'string' && /^\S[^]*\n/.test(value) && !/[^\S\n]\n|\n\n$|\u2028/.test(value) && this.#random.chance(70)) {
      const lines = value.replace(/\n$/, '').split('\n');
      return ` |${value.endsWith('\n') ? '' : '-'}\n${lines.map(line => (line === '' ? '' : ' '.repeat(column + indent) + line)).join('\n')}\n`;
    }
    return ` ${this.#flow(value, column + 2)}${this.#random.chance(15) ? ' # same line' : ''}\n`;
  }

  #flow(value: Json, column: number): string {
    const apart = this.#random.chance(25) ? `\n${' '.repeat(column + 2)}` : '';
    const comma = apart ? `,${apart}` : ', ';
    if (isArray(value)) return value.length === 0 ? '[]' : `[${apart}${value.map(item => this.#flow(item, column + 2)).join(comma)}${apart ? `\n${' '.repeat(column)}` : ''}]`;
    if (isObject(value)) {
      const pairs = Object.entries(value).map(([key, item]) => `${this.#text(key, true)}: ${this.#flow(item, column + 2)}`);
      return pairs.length === 0 ? '{}' : `{${apart}${pairs.join(comma)}${apart ? `\n${' '.repeat(column)}` : ''}}`;
    }
    return typeof value === 'string' ? this.#text(value, true) : String(value);
  }

  #text(value: string, inFlow: boolean): string {
    const plain = /^[A-Za-z0-9_./](?:[A-Za-z0-9_./ -]*[A-Za-z0-9_./-])?$/.test(value) && resolvePlain(value, 'K2') === value && resolvePlain(value, 'K3') === value && (!inFlow || !value.includes(' '));
    if (plain && this.#random.chance(75)) return value;
    if (!/[\n\t\u2028]/.test(value) && this.#random.chance(50)) return `'${value.replaceAll("'", "''")}'`;
    return JSON.stringify(value).replaceAll('\u2028', '\\u2028');
  }

  #comment(column: number): string {
    if (!this.#random.chance(12)) return '';
    return this.#random.chance(40) ? '\n' : `${' '.repeat(column)}# note ${this.#random.int(100)}\n`;
  }
}
