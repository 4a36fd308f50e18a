import { isArray, isObject, type Json, type JsonObject } from '../base/json';
import { keyOfFields, valueKey } from './element-key';
import type { PathElement } from './path';
import type { ListKey } from './schema';
import type { ListShape } from './shape';

/** The key fields of an item of a `map` list, defaults filled in, in the order of their names. `undefined` when it has none, or is no object. */
export function listKey(item: Json | undefined, keys: readonly ListKey[]): (PathElement & { readonly kind: 'key' }) | undefined {
  const fields = isObject(item) ? keyFields(item, keys) : [];
  if (fields.length === 0) return undefined;
  return { kind: 'key', fields: fields.length === 1 ? fields : fields.sort(([a], [b]) => (a < b ? -1 : 1)) };
}

function keyFields(item: JsonObject, keys: readonly ListKey[]): [string, Json][] {
  const fields: [string, Json][] = [];
  for (const { name, fallback } of keys) {
    const value = Object.hasOwn(item, name) ? item[name] : fallback;
    if (value !== undefined) fields.push([name, value]);
  }
  return fields;
}

/** How a path names one item of the list: by key fields, by value, or by index where the list is atomic. `undefined` for an item that has no name. */
export function itemElement(list: ListShape, item: Json | undefined, index: number): PathElement | undefined {
  if (list.mode === 'atomic') return { kind: 'index', index };
  if (list.mode === 'map') return listKey(item, list.keys);
  return item === undefined || !isSetItem(item) ? undefined : { kind: 'value', value: item };
}

/** The same as the canonical spelling of FieldsV1 (`elementKey(itemElement(…))`), for associative lists. */
export function itemKey(list: ListShape, item: Json): string | undefined {
  if (list.mode !== 'map') return list.mode === 'set' && isSetItem(item) ? valueKey(item) : undefined;
  if (!isObject(item)) return undefined;
  const fields = keyFields(item, list.keys);
  return fields.length === 0 ? undefined : keyOfFields(fields);
}

/** Why an item has no name, in the words of structured-merge-diff. */
export function itemProblem(list: ListShape, item: Json): string | undefined {
  if (list.mode !== 'map') return list.mode === 'set' ? setItemProblem(item) : undefined;
  if (item === null) return 'associative list with keys may not have a null element';
  if (!isObject(item)) return 'associative list with keys may not have non-map elements';
  if (keyFields(item, list.keys).length > 0) return undefined;
  return `associative list with keys has an element that omits all key fields ${list.keys.map(({ name }) => `"${name}"`).join(', ')}`;
}

function setItemProblem(item: Json): string | undefined {
  if (isObject(item)) return "associative list without keys has an element that's a map type";
  if (isArray(item)) return 'not supported: associative list with lists as elements';
  return item === null ? "associative list without keys has an element that's an explicit null" : undefined;
}

const isSetItem = (item: Json): boolean => typeof item !== 'object';
