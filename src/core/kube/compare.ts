import { isArray, sameJson, type Json, type JsonArray } from '../base/json';
import { MAX_DEPTH } from './depth';
import { FieldSet } from './fieldset';
import { itemKey } from './list-items';
import type { SchemaType } from './schema';
import { fieldType, isAtomic, isEmptyObject, membersOf, sameMake, shapeOf, UNTYPED, type ListShape, type MapShape } from './shape';
import { growing, insert, type GrowingTrie } from './trie';

/** No path is in more than one of the sets. Lists with keys are matched by key: their order is not compared. */
export interface Comparison {
  readonly added: FieldSet;
  readonly modified: FieldSet;
  readonly removed: FieldSet;
}

/** What changed from `a` to `b` (structured-merge-diff, `Compare`). Total: what is nested too deeply counts as modified. */
export function compare(a: Json, b: Json, schema: SchemaType): Comparison {
  const walk = new CompareWalk();
  walk.compare(a, b, schema);
  return { added: new FieldSet(walk.added), modified: new FieldSet(walk.modified), removed: new FieldSet(walk.removed) };
}

type Side = Json | undefined;

class CompareWalk {
  readonly added: GrowingTrie = growing();
  readonly modified: GrowingTrie = growing();
  readonly removed: GrowingTrie = growing();
  readonly #path: string[] = [];

  compare(left: Side, right: Side, type: SchemaType): void {
    if (left === right) return;
    if (this.#path.length > MAX_DEPTH) {
      insert(this.modified, this.#path);
      return;
    }
    // Values of different makes under a deduced type: the old make is walked on its own first.
    if (left !== undefined && right !== undefined && !sameMake(type, left, right)) this.#shape(left, right, type, left);
    const leaf = this.#shape(left, right, type, right === undefined ? left : right);
    if (leaf) return;
    if (left === undefined) insert(this.added, this.#path);
    else if (right === undefined) insert(this.removed, this.#path);
  }

  /** Whether it was one leaf. */
  #shape(left: Side, right: Side, type: SchemaType, decides: Side): boolean {
    const shape = shapeOf(type, decides);
    if (shape.kind === 'scalar') this.#leaf(left, right);
    else if (shape.kind === 'list') return this.#list(left, right, shape);
    else return this.#map(left, right, shape);
    return true;
  }

  #leaf(left: Side, right: Side): void {
    if (left === undefined) insert(this.added, this.#path);
    else if (right === undefined) insert(this.removed, this.#path);
    else if (!sameJson(left, right)) insert(this.modified, this.#path);
  }

  #map(left: Side, right: Side, map: MapShape): boolean {
    const before = membersOf(left);
    const after = membersOf(right);
    if (isAtomic(map) || ((before === undefined || isEmptyObject(before)) && (after === undefined || isEmptyObject(after)))) {
      this.#leaf(left, right);
      return true;
    }
    for (const name of Object.keys(before ?? {})) this.#step(`f:${name}`, before?.[name], after !== undefined && Object.hasOwn(after, name) ? after[name] : undefined, fieldType(map, name) ?? UNTYPED);
    for (const name of Object.keys(after ?? {})) {
      if (before === undefined || !Object.hasOwn(before, name)) this.#step(`f:${name}`, undefined, after?.[name], fieldType(map, name) ?? UNTYPED);
    }
    return false;
  }

  #list(left: Side, right: Side, list: ListShape): boolean {
    const before = isArray(left) ? left : [];
    const after = isArray(right) ? right : [];
    if (isAtomic(list) || (before.length === 0 && after.length === 0)) {
      this.#leaf(left, right);
      return true;
    }
    const old = itemsByKey(list, before);
    const now = itemsByKey(list, after);
    for (const [key, items] of old) this.#items(key, items, now.get(key) ?? [], list);
    for (const [key, items] of now) if (!old.has(key)) this.#items(key, [], items, list);
    return false;
  }

  /** Items of one key on both sides; duplicates count as one atomic group. */
  #items(key: string, before: readonly Json[], after: readonly Json[], list: ListShape): void {
    if (before.length <= 1 && after.length <= 1) {
      this.#step(key, before[0], after[0], list.element);
    } else if (before.length >= 2 && after.length >= 2) {
      if (!sameJson(before, after)) insert(this.modified, [...this.#path, key]);
    } else if (before.length >= 2) {
      if (after.length > 0) this.#step(key, undefined, after[0], list.element);
      insert(this.removed, [...this.#path, key]);
    } else {
      if (before.length > 0) this.#step(key, before[0], undefined, list.element);
      insert(this.added, [...this.#path, key]);
    }
  }

  #step(key: string, left: Side, right: Side, type: SchemaType): void {
    this.#path.push(key);
    this.compare(left, right, type);
    this.#path.pop();
  }
}

function itemsByKey(list: ListShape, items: JsonArray): ReadonlyMap<string, Json[]> {
  const out = new Map<string, Json[]>();
  for (const item of items) {
    const key = itemKey(list, item);
    if (key === undefined) continue;
    const known = out.get(key);
    if (known === undefined) out.set(key, [item]);
    else known.push(item);
  }
  return out;
}
