/**
 * What a JSON text or a manifest holds. Integers that a `number` cannot hold exactly are `bigint`.
 * Objects come from untrusted text and may own keys such as `__proto__` or `constructor`:
 * read them through `member`, build them with `fromEntries`, never with `obj[key] = …` or `Object.assign`.
 */
export type Json = null | boolean | number | bigint | string | JsonArray | JsonObject;
export type JsonArray = readonly Json[];
export interface JsonObject {
  readonly [key: string]: Json;
}

export const isObject = (value: Json | undefined): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value);
export const isArray = (value: Json | undefined): value is JsonArray => Array.isArray(value);

/** What is no object counts as an empty one. */
export const asObject = (value: Json | undefined): JsonObject => (isObject(value) ? value : {});

/** An own member, or `undefined`: also for anything that is no object. */
export function member(value: Json | undefined, key: string): Json | undefined {
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

/** Follows own members and list indexes. */
export function at(value: Json | undefined, ...path: readonly (string | number)[]): Json | undefined {
  let here = value;
  for (const step of path) here = typeof step === 'number' ? (isArray(here) ? here[step] : undefined) : member(here, step);
  return here;
}

export function textAt(value: Json | undefined, ...path: readonly (string | number)[]): string | undefined {
  const found = at(value, ...path);
  return typeof found === 'string' ? found : undefined;
}

export function listAt(value: Json | undefined, ...path: readonly (string | number)[]): JsonArray {
  const found = at(value, ...path);
  return isArray(found) ? found : [];
}

export function mapAt(value: Json | undefined, ...path: readonly (string | number)[]): JsonObject {
  return asObject(at(value, ...path));
}

/** A scalar as it is written without quotes; nothing for `null` and anything else. */
export const scalarText = (value: Json | undefined): string => (value === undefined || value === null || typeof value === 'object' ? '' : String(value));

/** Keeps every key an own property, `__proto__` included. */
export function fromEntries(entries: Iterable<readonly [string, Json]>): JsonObject {
  const out: Record<string, Json> = {};
  for (const [key, value] of entries) setOwn(out, key, value);
  return out;
}

/** With one member set (or removed, with `undefined`): a copy, or the object itself where it is so already. Order of the other keys stays. */
export function withMember(object: JsonObject, key: string, value: Json | undefined): JsonObject {
  if (member(object, key) === value) return object;
  const entries = new Map(Object.entries(object));
  if (value === undefined) entries.delete(key);
  else entries.set(key, value);
  return fromEntries(entries);
}

function setOwn(target: Record<string, Json>, key: string, value: Json): void {
  if (key === '__proto__') Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  else target[key] = value;
}

/** Deep equality as an API server sees it: key order does not matter, list order does, `1`, `1.0` and `1n` are one number. */
export function sameJson(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  if (isNumeric(a) && isNumeric(b)) return a == b; // eslint-disable-line eqeqeq -- number against bigint, exact in JavaScript
  if (isArray(a)) return isArray(b) && a.length === b.length && a.every((item, i) => sameJson(item, b[i]));
  if (!isObject(a) || !isObject(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every(key => Object.hasOwn(b, key) && sameJson(a[key], b[key]));
}

const isNumeric = (value: Json | undefined): value is number | bigint => typeof value === 'number' || typeof value === 'bigint';
