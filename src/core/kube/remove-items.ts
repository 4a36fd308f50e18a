import { fromEntries, isArray, type Json } from '../base/json';
import { itemKey } from './list-items';
import type { SchemaType } from './schema';
import { fieldType, isAtomic, membersOf, shapeOf, UNTYPED, type ListShape, type MapShape } from './shape';
import { isEmpty, type Trie } from './trie';

/**
 * A value without the members of a set (structured-merge-diff, `RemoveItems`). What loses its last member becomes `null`,
 * as there: the API server then drops it.
 */
export function removeItems(value: Json, remove: Trie, type: SchemaType): Json {
  const shape = shapeOf(type, value);
  if (shape.kind === 'list') return removeFromList(value, remove, shape);
  if (shape.kind === 'map') return removeFromMap(value, remove, shape);
  // A set that reaches into an atomic map or list speaks of another schema.
  return shape.scalar === 'untyped' && typeof value === 'object' ? null : value;
}

function removeFromList(value: Json, remove: Trie, list: ListShape): Json {
  if (!isArray(value) || isAtomic(list)) return null;
  const out: Json[] = [];
  for (const item of value) {
    const node = remove.children?.get(itemKey(list, item) ?? '');
    if (node?.member === true) continue;
    out.push(below(item, node, list.element));
  }
  return out.length === 0 ? null : out;
}

function removeFromMap(value: Json, remove: Trie, map: MapShape): Json {
  const members = membersOf(value);
  if (members === undefined || isAtomic(map)) return null;
  const out: [string, Json][] = [];
  for (const [name, item] of Object.entries(members)) {
    const node = remove.children?.get(`f:${name}`);
    if (node?.member === true) continue;
    out.push([name, below(item, node, fieldType(map, name) ?? UNTYPED)]);
  }
  return out.length === 0 ? null : fromEntries(out);
}

const below = (item: Json, node: Trie | undefined, type: SchemaType): Json => (node === undefined || isEmpty(node) ? item : removeItems(item, node, type));
