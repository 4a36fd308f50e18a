import type { SchemaType } from './schema';
import { fieldType, isAtomic, type MapShape } from './shape';
import { addChild, EMPTY, growing, isEmpty, LEAF, type Trie } from './trie';

/**
 * A field set written under an older schema, as it reads under this one (structured-merge-diff,
 * `ReconcileFieldSetWithSchema`): what lies inside a list or map that has become atomic counts as the whole of it.
 */
export function reconcile(set: Trie, schema: SchemaType): Trie {
  return isEmpty(set) ? set : walk(set, schema, true);
}

function walk(node: Trie, type: SchemaType, isRoot: boolean): Trie {
  if (type.kind === 'scalar') return type.scalar === 'untyped' && !isRoot && node.children !== undefined ? LEAF : node;
  if (type.kind === 'deduced' || (type.kind === 'map' && isFreeForm(type))) return node;
  if (isAtomic(type)) return isRoot || (node.member && node.children === undefined) ? node : LEAF;
  if (node.children === undefined) return node;
  const out = growing();
  out.member = node.member;
  for (const [key, child] of node.children) addChild(out, key, walk(child, childType(type, key) ?? { kind: 'deduced' }, false));
  return out;
}

function childType(type: SchemaType, key: string): SchemaType | undefined {
  if (type.kind === 'list') return type.element;
  if (type.kind !== 'map') return undefined;
  return key.startsWith('f:') ? fieldType(type, key.slice(2)) : type.element;
}

/** An object of which nothing is declared; its ownership never moves between atomic and granular. */
const isFreeForm = ({ fields, element }: MapShape): boolean => fields.size === 0 && element?.kind === 'deduced';

/**
 * The set with every declared field above a member made a member itself (`EnsureNamedFieldsAreMembers`): structs count
 * as there when anything in them is.
 */
export function withNamedFields(node: Trie, type: SchemaType | undefined): Trie {
  if (node.children === undefined) return node;
  const out = growing();
  out.member = node.member;
  for (const [key, child] of node.children) {
    const below = withNamedFields(child, typeBelow(type, key));
    const named = child.children !== undefined && type?.kind === 'map' && key.startsWith('f:') && type.fields.has(key.slice(2));
    addChild(out, key, named && !below.member ? { member: true, children: below.children } : below);
  }
  return isEmpty(out) ? EMPTY : out;
}

/** Items by value have no fields; a deduced type declares none. */
function typeBelow(type: SchemaType | undefined, key: string): SchemaType | undefined {
  if (type?.kind === 'map' && key.startsWith('f:')) return fieldType(type, key.slice(2));
  if (type?.kind === 'list' && key.startsWith('k:')) return type.element;
  return undefined;
}
