import { isObject, type Json, type JsonObject } from '../base/json';
import { MAX_DEPTH } from './depth';
import { isCanonicalKey } from './element-key';
import { FieldSet } from './fieldset';

/**
 * A `fieldsV1` as it stands in a live object, known to be one and to spell its keys canonically: it is walked as it is,
 * where building a `FieldSet` of it would cost more than the walk. Reads the same as the set would.
 */
export type FieldsV1 = JsonObject & { readonly [checked]: true };

declare const checked: unique symbol;

/** Thousands of objects share one. */
const canonical = new WeakSet<JsonObject>();

/** `undefined` for exactly what `FieldSet.parse` refuses. */
export function checkFieldsV1(source: Json | undefined): FieldsV1 | undefined {
  if (!isObject(source)) return undefined;
  if (canonical.has(source)) return source as FieldsV1;
  if (!isCanonical(source, 0)) return FieldSet.parse(source)?.toJson() as FieldsV1 | undefined;
  canonical.add(source);
  return source as FieldsV1;
}

/** Whether it is FieldsV1 in the spelling of the API server. When not, it may still be one in another. */
function isCanonical(node: JsonObject, depth: number): boolean {
  if (depth > MAX_DEPTH) return false;
  for (const key in node) {
    if (key === '.') continue;
    if (!isCanonicalKey(key)) return false;
    const below = node[key];
    if (!isObject(below) || !isCanonical(below, depth + 1)) return false;
  }
  return true;
}

/** The node itself is in the set, not only something below it. Not to be asked of the whole. */
export function isMember(node: FieldsV1): boolean {
  if (Object.hasOwn(node, '.')) return true;
  for (const key in node) if (Object.hasOwn(node, key)) return false;
  return true;
}

/** What is below one step, by the step's canonical spelling: nothing that is inherited has a name with a colon. */
export const fieldsBelow = (node: FieldsV1, key: string): FieldsV1 | undefined => node[key] as FieldsV1 | undefined;
