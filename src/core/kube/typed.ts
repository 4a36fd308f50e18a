import { isArray, type Json } from '../base/json';
import { FieldSet } from './fieldset';
import { MAX_DEPTH } from './depth';
import { itemKey } from './list-items';
import type { SchemaType } from './schema';
import { fieldType, isEmptyObject, membersOf, shapeOf, type ListShape, type MapShape } from './shape';
import { addChild, growing, LEAF, type GrowingTrie, type Trie } from './trie';

/**
 * The fields that an Apply of this object owns (structured-merge-diff, `ToFieldSet`); the server then takes its own
 * bookkeeping out (`merge.ts`). Total: fields that the schema does not declare count as leaves, and so does whatever is
 * nested too deeply.
 */
export function fieldSetOf(object: Json, schema: SchemaType): FieldSet {
  const root = growing();
  collect(object, schema, root, 0);
  root.member = false;
  return new FieldSet(root);
}

function collect(value: Json, type: SchemaType, node: GrowingTrie, depth: number): void {
  const shape = shapeOf(type, value);
  if (shape.kind === 'scalar' || shape.mode === 'atomic' || depth > MAX_DEPTH) node.member = true;
  else if (shape.kind === 'list') collectItems(value, shape, node, depth);
  else collectMembers(value, shape, node, depth);
}

function collectItems(value: Json, list: ListShape, node: GrowingTrie, depth: number): void {
  if (!isArray(value)) return;
  // Items without a name go by the empty one: it is never shown, yet the list counts as having something in it.
  const keys = value.map(item => itemKey(list, item) ?? '');
  const duplicates = duplicatesIn(keys);
  for (const [i, key] of keys.entries()) {
    const item = value[i];
    if (item === undefined) continue;
    if (duplicates.has(key)) {
      addChild(node, key, LEAF);
      continue;
    }
    const child = growing();
    if (list.element.kind !== 'scalar') collect(item, list.element, child, depth + 1);
    child.member = true;
    addChild(node, key, child);
  }
}

function duplicatesIn(keys: readonly string[]): ReadonlySet<string> {
  const seen = new Set<string>();
  let duplicates: Set<string> | undefined;
  for (const key of keys) {
    if (seen.has(key)) (duplicates ??= new Set()).add(key);
    seen.add(key);
  }
  return duplicates ?? NO_KEYS;
}

const NO_KEYS: ReadonlySet<string> = new Set();

function collectMembers(value: Json, map: MapShape, node: GrowingTrie, depth: number): void {
  const members = membersOf(value);
  if (members === undefined) return;
  for (const name of Object.keys(members)) addChild(node, `f:${name}`, memberNode(name, members[name] ?? null, map, depth));
}

function memberNode(name: string, item: Json, map: MapShape, depth: number): Trie {
  const declared = map.fields.has(name);
  const type = fieldType(map, name);
  if (type === undefined || type.kind === 'scalar') return LEAF;
  const child = growing();
  collect(item, type, child, depth + 1);
  const empty = membersOf(item);
  if (!declared || item === null || (empty !== undefined && isEmptyObject(empty))) child.member = true;
  return child;
}
