import { isArray, isObject, member, type Json, type JsonArray, type JsonObject } from '../base/json';
import { stringifyJson } from '../base/json-text';
import { field, type Path, type PathElement } from '../kube/path';
import type { ListKey, SchemaType } from '../kube/schema';
import { collapse, type Draft } from './collapse';
import { descend, type Cursor } from './ownership';

/** What the three legs have at one path; `undefined` is absence, `null` is written as such. */
export interface Sides {
  readonly git: Json | undefined;
  readonly live: Json | undefined;
  readonly base: Json | undefined;
}

/** The smallest thing that is judged: a scalar, an atomic list or map, an empty container, an entry of a set. */
export interface Leaf extends Sides {
  readonly path: Path;
  readonly type: SchemaType;
  readonly cursors: readonly Cursor[];
  /** Inside an open map, or inside a list item that exists only live: no server default can be here. */
  readonly loose: boolean;
  /** Entry of an open map, such as a label. */
  readonly entry: boolean;
  /** The schema does not know the field. */
  readonly undeclared: boolean;
}

export interface WalkRules {
  /** Decides a leaf; nothing is shown for `undefined`. */
  leaf(leaf: Leaf): Draft | undefined;
  /** Keyed lists are one value: the applier replaces them whole (JSON merge patch of a custom resource). */
  readonly flatLists: boolean;
  /** `null` in Git is nothing, but for entries of open maps, where it is an empty value. */
  readonly dropsNull: boolean;
  /** Two items with one key are refused (server-side apply), not merged. */
  readonly uniqueKeys: boolean;
}

interface Place {
  readonly path: Path;
  readonly cursors: readonly Cursor[];
  readonly loose: boolean;
  readonly entry: boolean;
  readonly undeclared: boolean;
}

const DEDUCED: SchemaType = { kind: 'deduced' };

/** One walk over Git, live and base by schema, as structured-merge-diff compares (`reference/drift.md` 1.1, 2.2). */
export class Walk {
  readonly #rules: WalkRules;

  constructor(rules: WalkRules) {
    this.#rules = rules;
  }

  object(sides: Sides, type: SchemaType, cursors: readonly Cursor[], skip: (path: Path) => boolean): Draft[] {
    const out: Draft[] = [];
    this.#members(sides, type, { path: [], cursors, loose: false, entry: false, undeclared: false }, out, skip);
    return out;
  }

  #visit(given: Sides, type: SchemaType, place: Place, out: Draft[], skip: (path: Path) => boolean): void {
    const sides = this.#rules.dropsNull && !place.entry ? withoutNull(given) : given;
    const { git, live } = sides;
    if ((git === undefined || git === null) && (live === undefined || live === null) && !(git === null && place.entry)) return;
    if (isMapLike(type, git, live)) { this.#map(sides, type, place, out, skip); return; }
    if (type.kind === 'list' && type.mode !== 'atomic' && !this.#rules.flatLists && isListOrNothing(git) && isListOrNothing(live)) {
      if (type.mode !== 'map') { this.#set(sides, type.element, place, out); return; }
      const items = this.#pairs(sides, type.keys, place, out);
      if (items) { this.#items(items, sides, type.element, place, out, skip); return; }
    }
    this.#leaf(sides, type, place, out);
  }

  #leaf(sides: Sides, type: SchemaType, place: Place, out: Draft[]): void {
    const { git, live, base } = sides;
    const { path, cursors, loose, entry, undeclared } = place;
    const draft = this.#rules.leaf({ git, live, base, path, cursors, loose, entry, undeclared, type });
    if (draft) out.push(draft);
  }

  #map(sides: Sides, type: SchemaType, place: Place, out: Draft[], skip: (path: Path) => boolean): void {
    const git = isObject(sides.git) ? sides.git : undefined;
    const live = isObject(sides.live) ? sides.live : undefined;
    const only = git && live ? undefined : (git ?? live);
    if (only && Object.keys(only).length === 0) { this.#leaf(sides, type, place, out); return; }
    if (!only) { this.#members(sides, type, place, out, skip); return; }
    const inside: Draft[] = [];
    this.#members(sides, type, place, inside, skip);
    const isStruct = type.kind === 'map' && type.fields.size > 0 && place.path.length > 1;
    out.push(...(isStruct ? collapse('struct', place.path, sides, inside) : inside));
  }

  #members(sides: Sides, type: SchemaType, place: Place, out: Draft[], skip: (path: Path) => boolean): void {
    const { git, live, base } = sides;
    const visit = (key: string): void => {
      // Most of most objects: one scalar on both sides. The server has it, hence it is valid.
      const [ours, theirs] = [member(git, key), member(live, key)];
      if (ours === theirs && ours !== null && typeof ours !== 'object') return;
      const step = field(key);
      const path = [...place.path, step];
      if (skip(path)) return;
      const { type: below, declared, entry } = memberType(type, key);
      const inner: Place = { path, cursors: descend(place.cursors, step), loose: place.loose || entry, entry, undeclared: place.undeclared || !declared };
      this.#visit({ git: ours, live: theirs, base: member(base, key) }, below, inner, out, skip);
    };
    if (isObject(git)) for (const key of Object.keys(git)) visit(key);
    if (isObject(live)) for (const key of Object.keys(live)) if (!isObject(git) || !Object.hasOwn(git, key)) visit(key);
  }

  #set(sides: Sides, element: SchemaType, place: Place, out: Draft[]): void {
    const [git, live, base] = [listOf(sides.git), listOf(sides.live), listOf(sides.base)].map(bySelf);
    if (!git || !live || !base) return;
    if (git.size === 0 && live.size === 0) return;
    for (const id of new Set([...git.keys(), ...live.keys()])) {
      const value = git.get(id) ?? live.get(id);
      if (value === undefined || (git.has(id) && live.has(id))) continue;
      const step: PathElement = { kind: 'value', value };
      const inner: Place = { ...place, path: [...place.path, step], cursors: descend(place.cursors, step), loose: true, entry: false };
      this.#leaf({ git: git.get(id), live: live.get(id), base: base.get(id) }, element, inner, out);
    }
    this.#order([...git.keys()], [...live.keys()], sides, place, out);
  }

  /** Items matched by key; `undefined` when the list must be judged as one value. */
  #pairs(sides: Sides, keys: readonly ListKey[], place: Place, out: Draft[]): Items | undefined {
    const git = byKey(listOf(sides.git), keys);
    const live = byKey(listOf(sides.live), keys);
    const base = byKey(listOf(sides.base), keys);
    if (!live.whole) return undefined;
    if (!this.#rules.uniqueKeys && (!git.whole || [...git.items.values()].some(items => items.length > 1))) return undefined;
    for (const index of git.keyless) {
      const names = keys.map(({ name }) => name).join(', ');
      out.push(invalid([...place.path, { kind: 'index', index }], listOf(sides.git)[index], `an item of this list has no ${names}, which is its key`));
    }
    return { git: git.items, live: live.items, base: base.items, steps: new Map([...live.steps, ...git.steps]) };
  }

  #items(items: Items, sides: Sides, element: SchemaType, place: Place, out: Draft[], skip: (path: Path) => boolean): void {
    for (const [id, step] of items.steps) {
      const git = items.git.get(id) ?? [];
      const live = items.live.get(id) ?? [];
      const inner: Place = { ...place, path: [...place.path, step], cursors: descend(place.cursors, step), loose: place.loose || git.length === 0, entry: false };
      const base = items.base.get(id)?.[0];
      if (git.length > 1) {
        out.push(invalid(inner.path, git[1], `duplicate entries for key ${keyText(step)}`));
      } else if (live.length > 1) {
        // The server compares duplicates as one group (structured-merge-diff).
        this.#leaf({ git: git[0], live, base }, DEDUCED, inner, out);
      } else if (git.length === 0 || live.length === 0) {
        const inside: Draft[] = [];
        this.#visit({ git: git[0], live: live[0], base }, element, inner, inside, skip);
        out.push(...collapse('item', inner.path, { git: git[0], live: live[0], base }, inside));
      } else {
        const keyed = step.kind === 'key' ? new Set(step.fields.map(([name]) => name)) : new Set<string>();
        const isKey = (path: Path): boolean => skip(path) || (path.length === inner.path.length + 1 && keyed.has(lastName(path)));
        this.#visit({ git: git[0], live: live[0], base }, element, inner, out, isKey);
      }
    }
    this.#order([...items.git.keys()], [...items.live.keys()], sides, place, out);
  }

  /** An apply puts the items that both sides have into Git's order. */
  #order(git: readonly string[], live: readonly string[], sides: Sides, place: Place, out: Draft[]): void {
    const inGit = new Set(git);
    const inLive = new Set(live);
    const ours = git.filter(id => inLive.has(id));
    const theirs = live.filter(id => inGit.has(id));
    if (ours.every((id, i) => id === theirs[i])) return;
    // `$(NAME)` in an environment variable sees only the ones before it.
    const matters = place.path.at(-1)?.kind === 'field' && lastName(place.path) === 'env' && stringifyJson(listOf(sides.git)).includes('$(');
    const reason = matters ? 'same items in another order, and a value refers to another with $(…)' : 'same items in another order; an apply restores the order of Git';
    out.push({ path: place.path, ...sides, owners: [], decision: { verdict: 'drift', detail: matters ? 'changed' : 'order', certain: true, reason } });
  }
}

interface Items {
  readonly git: ReadonlyMap<string, JsonArray>;
  readonly live: ReadonlyMap<string, JsonArray>;
  readonly base: ReadonlyMap<string, JsonArray>;
  readonly steps: ReadonlyMap<string, PathElement>;
}

function isMapLike(type: SchemaType, git: Json | undefined, live: Json | undefined): boolean {
  if (type.kind !== 'deduced' && (type.kind !== 'map' || type.mode !== 'granular')) return false;
  const fits = (value: Json | undefined): boolean => value === undefined || value === null || isObject(value);
  return fits(git) && fits(live) && (isObject(git) || isObject(live));
}

const withoutNull = (sides: Sides): Sides => (sides.git === null || sides.base === null ? { git: sides.git ?? undefined, live: sides.live, base: sides.base ?? undefined } : sides);

const isListOrNothing = (value: Json | undefined): boolean => value === undefined || value === null || isArray(value);

const listOf = (value: Json | undefined): JsonArray => (isArray(value) ? value : []);

function memberType(type: SchemaType, key: string): { readonly type: SchemaType; readonly declared: boolean; readonly entry: boolean } {
  if (type.kind !== 'map') return { type: DEDUCED, declared: true, entry: false };
  const known = type.fields.get(key);
  if (known) return { type: known, declared: true, entry: false };
  if (type.element) return { type: type.element, declared: true, entry: type.fields.size === 0 };
  return { type: DEDUCED, declared: type.fields.size === 0, entry: false };
}

function byKey(list: JsonArray, keys: readonly ListKey[]): { readonly items: Map<string, Json[]>; readonly steps: Map<string, PathElement>; readonly keyless: number[]; readonly whole: boolean } {
  const items = new Map<string, Json[]>();
  const steps = new Map<string, PathElement>();
  const keyless: number[] = [];
  list.forEach((item, index) => {
    const step = isObject(item) ? stepOf(item, keys) : undefined;
    if (!step) {
      keyless.push(index);
      return;
    }
    const id = keyText(step);
    steps.set(id, step);
    const twins = items.get(id);
    if (twins) twins.push(item);
    else items.set(id, [item]);
  });
  return { items, steps, keyless, whole: keyless.length === 0 };
}

/** The item's key with defaults filled in; `undefined` where a key field is missing. */
function stepOf(item: JsonObject, keys: readonly ListKey[]): (PathElement & { readonly kind: 'key' }) | undefined {
  const fields: [string, Json][] = [];
  for (const { name, fallback } of keys) {
    const value = member(item, name) ?? fallback;
    if (value === undefined) {
      // An absent optional key is a key of its own, as long as another one is there.
      if (keys.length > 1) continue;
      return undefined;
    }
    fields.push([name, value]);
  }
  return fields.length === 0 ? undefined : { kind: 'key', fields };
}

const keyText = (step: PathElement): string => (step.kind === 'key' ? `[${step.fields.map(([name, value]) => `${name}=${stringifyJson(value)}`).join(',')}]` : '');

const lastName = (path: Path): string => {
  const last = path.at(-1);
  return last?.kind === 'field' ? last.name : '';
};

function bySelf(list: JsonArray): Map<string, Json> {
  return new Map(list.map(value => [stringifyJson(value), value]));
}

function invalid(path: Path, git: Json | undefined, reason: string): Draft {
  return { path, git, live: undefined, base: undefined, owners: [], decision: { verdict: 'invalid', detail: undefined, certain: true, reason } };
}
