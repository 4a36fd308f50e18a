import { isArray, isObject, type Json } from '../base/json';
import { parseJson, stringifyJson } from '../base/json-text';
import { sameElement, type PathElement } from './path';

/** A path element as FieldsV1 spells it, in one canonical spelling: equal elements have equal keys. */
export function elementKey(element: PathElement): string {
  switch (element.kind) {
    case 'field':
      return `f:${element.name}`;
    case 'key':
      return keyOfFields(element.fields);
    case 'value':
      return valueKey(element.value);
    case 'index':
      return `i:${element.index}`;
  }
}

/** Fields in any order; the spelling sorts them by name. */
export function keyOfFields(fields: readonly (readonly [string, Json])[]): string {
  const first = fields[0];
  if (first !== undefined && fields.length === 1) return `k:{${JSON.stringify(first[0])}:${canonicalJson(first[1])}}`;
  const sorted = [...fields].sort(([a], [b]) => (a < b ? -1 : 1));
  return `k:{${sorted.map(([name, value]) => `${JSON.stringify(name)}:${canonicalJson(value)}`).join(',')}}`;
}

export const valueKey = (value: Json): string => `v:${canonicalJson(value)}`;

/** More that differ are not kept. */
const MAX_SPELLED = 8_192;

/** Below each value of a key field the ways on, and the spelling of all the fields up to here. */
interface Spelled {
  readonly below: Map<string | number, Spelled>;
  key: string | undefined;
}

const spelled = (): Spelled => ({ below: new Map(), key: undefined });

/**
 * Steps as FieldsV1 spells them, kept for the next time: members are found many times faster by a text that was used before
 * than by an equal one that was just put together.
 */
export class Spelling {
  readonly #fields = new Map<string, string>();
  #items = spelled();
  /** What `#items` holds. */
  #count = 0;

  field(name: string): string {
    const known = this.#fields.get(name);
    if (known !== undefined) return known;
    if (this.#fields.size >= MAX_SPELLED) this.#fields.clear();
    const key = `f:${name}`;
    this.#fields.set(name, key);
    return key;
  }

  /** An item by its key fields, in any order. */
  item(fields: readonly (readonly [string, Json])[]): string {
    if (this.#count >= MAX_SPELLED) [this.#items, this.#count] = [spelled(), 0];
    let at = this.#items;
    for (const [name, value] of fields) {
      if (typeof value !== 'string' && typeof value !== 'number') return keyOfFields(fields);
      at = this.#below(this.#below(at, name), value);
    }
    return (at.key ??= keyOfFields(fields));
  }

  #below(at: Spelled, step: string | number): Spelled {
    const known = at.below.get(step);
    if (known) return known;
    const fresh = spelled();
    at.below.set(step, fresh);
    this.#count++;
    return fresh;
  }
}

/** `unknown`: a kind of element that newer servers may write, to be passed over. `undefined`: not FieldsV1 at all. */
export function parseElementKey(key: string): PathElement | 'unknown' | undefined {
  if (key.length < 2 || key[1] !== ':') return undefined;
  const rest = key.slice(2);
  switch (key[0]) {
    case 'f':
      return { kind: 'field', name: rest };
    case 'k':
      return parseFields(rest);
    case 'v': {
      const value = parseValue(rest);
      return value === undefined ? undefined : { kind: 'value', value };
    }
    case 'i':
      return /^[+-]?\d+$/.test(rest) ? { kind: 'index', index: Number(rest) } : undefined;
    case undefined:
    default:
      return 'unknown';
  }
}

/** The canonical spelling of a key in any spelling, without taking it apart when it is canonical already; as `parseElementKey` otherwise. */
export function normalizeKey(key: string): string | undefined {
  if ((key.charCodeAt(0) === LETTER_F && key.charCodeAt(1) === COLON) || PLAIN_KEY.test(key)) return key;
  const element = parseElementKey(key);
  return element === undefined || element === 'unknown' ? element : elementKey(element);
}

/** The key is in the canonical spelling, as API servers write it. */
export const isCanonicalKey = (key: string): boolean => (key.charCodeAt(0) === LETTER_F && key.charCodeAt(1) === COLON) || PLAIN_KEY.test(key) || PLAIN_PORT.test(key) || normalizeKey(key) === key;

const LETTER_F = 0x66;
const COLON = 0x3a;

/** One key field, or a set item, that is text without escapes. */
const PLAIN_KEY = /^(?:k:\{"[^"\\]*":"[^"\\]*"\}|v:"[^"\\]*")$/;
/** Most of the keys of more than one field. */
const PLAIN_PORT = /^k:\{"(?:containerPort|port)":[1-9]\d{0,8},"protocol":"[A-Z]*"\}$/;

function parseFields(text: string): PathElement | undefined {
  const value = parseValue(text);
  return isObject(value) ? { kind: 'key', fields: Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)) } : undefined;
}

function parseValue(text: string): Json | undefined {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

/** Compact, object keys sorted, `1` and `1n` alike. */
function canonicalJson(value: Json): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (!isObject(value)) return stringifyJson(value);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, item]) => `${JSON.stringify(name)}:${canonicalJson(item)}`).join(',')}}`;
}

/** The order of structured-merge-diff: fields, keys, values, indexes. */
export function compareElements(a: PathElement, b: PathElement): number {
  if (a.kind !== b.kind) return KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind);
  if (a.kind === 'index' && b.kind === 'index') return a.index - b.index;
  if (a.kind === 'field' && b.kind === 'field') return compareText(a.name, b.name);
  if (a.kind === 'value' && b.kind === 'value') return compareValues(a.value, b.value);
  if (a.kind === 'key' && b.kind === 'key') return compareFields(a.fields, b.fields);
  return sameElement(a, b) ? 0 : 1;
}

const KINDS: readonly PathElement['kind'][] = ['field', 'key', 'value', 'index'];

function compareFields(a: readonly (readonly [string, Json])[], b: readonly (readonly [string, Json])[]): number {
  for (const [i, [name, value]] of a.entries()) {
    const other = b[i];
    if (other === undefined) return 1;
    const order = compareText(name, other[0]) || compareValues(value, other[1]);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

function compareValues(a: Json, b: Json): number {
  const kinds = rank(a) - rank(b);
  if (kinds !== 0) return kinds;
  if ((typeof a === 'number' || typeof a === 'bigint') && (typeof b === 'number' || typeof b === 'bigint')) return a < b ? -1 : a > b ? 1 : 0;
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b);
  return compareText(typeof a === 'string' ? a : canonicalJson(a), typeof b === 'string' ? b : canonicalJson(b));
}

function rank(value: Json): number {
  if (typeof value === 'number' || typeof value === 'bigint') return 0;
  if (typeof value === 'string') return 1;
  if (typeof value === 'boolean') return 2;
  if (isArray(value)) return 3;
  return value === null ? 5 : 4;
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
