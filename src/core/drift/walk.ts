import { isArray, isObject, member, sameJson, type Json, type JsonArray, type JsonObject } from '../base/json';
import { stringifyJson } from '../base/json-text';
import { formatPath, type Path } from '../kube/path';
import type { ListKey, SchemaType } from '../kube/schema';
import { collapse, crowd, type Draft } from './collapse';
import { byFields, byValue, isInOrder, matchItems, type KeyOf, type Match } from './match-items';
import { Leaf, type Place, type PlaceMarks } from './walk-place';

export interface WalkRules {
  /** Decides a leaf; nothing is shown for `undefined`. */
  leaf(leaf: Leaf): Draft | undefined;
  /** What is never compared. */
  skip(place: Place): boolean;
  /** Keyed lists are one value: the applier replaces them whole (JSON merge patch of a custom resource). */
  readonly flatLists: boolean;
  /** `null` in Git is nothing, but for entries of open maps, where it is an empty value. */
  readonly dropsNull: boolean;
  /** Two items with one key are refused (server-side apply), not merged. */
  readonly uniqueKeys: boolean;
}

type Side = Json | undefined;

const DEDUCED: SchemaType = { kind: 'deduced' };
const NO_KEYS: readonly ListKey[] = [];

/** So many fields of one map or list are told one by one. Where each of them stands is searched for: more would take as long as they are many, times the length of the list. */
const MAX_FIELDS = 200;

/** One walk over Git, live and base by schema, as structured-merge-diff compares (`reference/drift.md` 1.1, 2.2). */
export class Walk {
  readonly #rules: WalkRules;
  readonly #out: Draft[] = [];

  constructor(rules: WalkRules) {
    this.#rules = rules;
  }

  /** The drafts of one object; `root` has its owners and its base. */
  object(git: JsonObject, live: JsonObject, root: Place, type: SchemaType): Draft[] {
    this.#members(git, live, type, root, NO_KEYS);
    return this.#out;
  }

  #visit(given: Side, live: Side, type: SchemaType, place: Place, keys: readonly ListKey[]): void {
    const git = given === null && this.#dropsNull(place) ? undefined : given;
    if ((git === undefined || git === null) && (live === undefined || live === null) && !(place.entry && git !== live)) return;
    if (isMapLike(type, git, live)) { this.#map(git, live, type, place, keys); return; }
    if (type.kind === 'list' && type.mode !== 'atomic' && !this.#rules.flatLists && isListOrNothing(git) && isListOrNothing(live)) {
      if (type.mode !== 'map') { this.#set(listOf(git), listOf(live), type.element, place); return; }
      if (this.#items(git, live, type, place)) return;
    }
    this.#leaf(git, live, type, place);
  }

  #dropsNull(place: Place): boolean {
    return this.#rules.dropsNull && !place.entry;
  }

  #leaf(git: Side, live: Side, type: SchemaType, place: Place): void {
    const draft = this.#rules.leaf(new Leaf(place, git, live, type, this.#dropsNull(place)));
    if (draft) this.#out.push(draft);
  }

  #map(git: Side, live: Side, type: SchemaType, place: Place, keys: readonly ListKey[]): void {
    const [ours, theirs] = [isObject(git) ? git : undefined, isObject(live) ? live : undefined];
    const only = ours && theirs ? undefined : (ours ?? theirs);
    if (only && Object.keys(only).length === 0) { this.#leaf(git, live, type, place); return; }
    const from = this.#out.length;
    this.#members(ours, theirs, type, place, keys);
    this.#crowd(git, live, place, from);
    if (only && type.kind === 'map' && type.fields.size > 0 && place.depth > 1) this.#collapse('struct', place, git, live, from);
  }

  /** What was found below one place since `from` becomes one draft where it can. */
  #collapse(what: 'item' | 'struct', place: Place, git: Side, live: Side, from: number): void {
    if (this.#out.length > from) this.#out.push(...collapse(what, place.path, { git, live, base: place.base ?? undefined }, this.#out.splice(from)));
  }

  /** More fields than anybody reads are one: the map or list that they are in. */
  #crowd(git: Side, live: Side, place: Place, from: number): void {
    if (place.depth > 0 && this.#out.length - from > MAX_FIELDS) this.#out.push(crowd(place.path, { git, live, base: place.base ?? undefined }, this.#out.splice(from)));
  }

  #members(git: JsonObject | undefined, live: JsonObject | undefined, type: SchemaType, place: Place, keys: readonly ListKey[]): void {
    for (const name in git) {
      const ours = git[name];
      const theirs = live?.[name];
      // Most of most objects: one scalar on both sides. The server has it, hence it is valid. (What an object inherits is no scalar.)
      if (ours !== null && typeof ours !== 'object' ? theirs === ours : live !== undefined && isSettled(ours, theirs, memberType(type, name).type) && Object.hasOwn(live, name)) continue;
      this.#member(name, ours, member(live, name), type, place, keys);
    }
    for (const name in live) {
      const theirs = live[name];
      const ours = git?.[name];
      if (ours !== undefined && git !== undefined && (ours === theirs || Object.hasOwn(git, name))) continue;
      // Nobody set it and it was not applied: a default, or the server's own.
      if (!place.holds(name) && member(place.base, name) === undefined) continue;
      this.#member(name, undefined, theirs, type, place, keys);
    }
  }

  #member(name: string, git: Side, live: Side, type: SchemaType, place: Place, keys: readonly ListKey[]): void {
    if (keys.some(key => key.name === name)) return;
    const { type: below, declared, entry } = memberType(type, name);
    const inner = place.field(name, { loose: place.loose || entry, entry, undeclared: place.undeclared || !declared, fallback: type.kind === 'map' ? type.defaults?.get(name) : undefined });
    if (!this.#rules.skip(inner)) this.#visit(git, live, below, inner, NO_KEYS);
  }

  #set(git: JsonArray, live: JsonArray, element: SchemaType, place: Place): void {
    if (git.length === live.length && git.every((value, i) => value === live[i] && typeof value !== 'object')) return;
    const { items, reordered } = matchItems(git, live, byValue);
    const from = this.#out.length;
    for (const match of items) {
      if (match.git !== undefined && match.live !== undefined) continue;
      this.#leaf(match.git, match.live, element, place.item(match.key, byValue, { loose: true, entry: false, undeclared: place.undeclared }));
    }
    if (reordered) this.#order(git, live, place);
    this.#crowd(git, live, place, from);
  }

  /** Items matched by key. False when the list must be judged as one value. */
  #items(git: Side, live: Side, { keys, element }: SchemaType & { readonly kind: 'list'; readonly mode: 'map' }, place: Place): boolean {
    const ours = listOf(git);
    const keyOf = byFields(keys, place.spelling);
    if (isInOrder(ours, listOf(live), keys)) {
      this.#pairs(ours, listOf(live), { keys, element, keyOf }, place);
      return true;
    }
    const { items, gitKeyless, liveKeyless, reordered } = matchItems(ours, listOf(live), keyOf);
    if (liveKeyless || (!this.#rules.uniqueKeys && (gitKeyless.length > 0 || items.some(({ twin }) => twin !== undefined)))) return false;
    const from = this.#out.length;
    for (const index of gitKeyless) {
      const names = keys.map(({ name }) => name).join(', ');
      this.#out.push(invalid([...place.path, { kind: 'index', index }], ours[index], `an item of this list has no ${names}, which is its key`));
    }
    for (const match of items) {
      const marks: PlaceMarks = { loose: place.loose || match.git === undefined, entry: false, undeclared: place.undeclared };
      this.#item(match, element, keys, place.item(match.key, keyOf, marks));
    }
    if (reordered) this.#order(git, live, place);
    this.#crowd(git, live, place, from);
    return true;
  }

  /** Most lists: the same items in one order. Nothing can be said of those that are the same in all. */
  #pairs(git: JsonArray, live: JsonArray, { keys, element, keyOf }: { readonly keys: readonly ListKey[]; readonly element: SchemaType; readonly keyOf: KeyOf }, place: Place): void {
    const from = this.#out.length;
    const marks: PlaceMarks = { loose: place.loose, entry: false, undeclared: place.undeclared };
    for (const [i, ours] of git.entries()) {
      const theirs = live[i];
      if (isSettled(ours, theirs, element)) continue;
      this.#visit(ours, theirs, element, place.item({ value: ours }, keyOf, marks), keys);
    }
    this.#crowd(git, live, place, from);
  }

  #item({ git, live, twin, group }: Match, element: SchemaType, keys: readonly ListKey[], place: Place): void {
    if (twin !== undefined) {
      this.#out.push(invalid(place.path, twin, `duplicate entries for key ${formatPath([place.step])}`));
    } else if (group !== undefined) {
      this.#leaf(git, group, DEDUCED, place);
    } else if (git === undefined || live === undefined) {
      const from = this.#out.length;
      this.#visit(git, live, element, place, NO_KEYS);
      this.#collapse('item', place, git, live, from);
    } else {
      this.#visit(git, live, element, place, keys);
    }
  }

  /** An apply puts the items that both sides have into Git's order. */
  #order(git: Side, live: Side, place: Place): void {
    // `$(NAME)` in an environment variable sees only the ones before it.
    const matters = place.name === 'env' && stringifyJson(listOf(git)).includes('$(');
    const reason = matters ? 'same items in another order, and a value refers to another with $(…)' : 'same items in another order; an apply restores the order of Git';
    this.#out.push({ path: place.path, git, live, base: place.base, owners: [], decision: { verdict: 'drift', detail: matters ? 'changed' : 'order', certain: true, reason } });
  }
}

function isMapLike(type: SchemaType, git: Side, live: Side): boolean {
  if (type.kind !== 'deduced' && (type.kind !== 'map' || type.mode !== 'granular')) return false;
  const fits = (value: Side): boolean => value === undefined || value === null || isObject(value);
  return fits(git) && fits(live) && (isObject(git) || isObject(live));
}

/**
 * Whether a walk of the two would find nothing, as far as that is seen without asking where they stand: maps and atomic
 * values that are the same on both sides, of the make that the type asks for.
 */
function isSettled(git: Side, live: Side, type: SchemaType): boolean {
  if (isMapLike(type, git, live)) return isObject(git) && isObject(live) && isSameMap(git, live, type);
  if (isArray(git)) return isArray(live) && (type.kind === 'deduced' || (type.kind === 'list' && type.mode === 'atomic')) && sameJson(git, live);
  return type.kind === 'map' && isObject(git) && isObject(live) && sameJson(git, live);
}

function isSameMap(git: JsonObject, live: JsonObject, type: SchemaType): boolean {
  let left = Object.keys(live).length;
  if (left === 0 || left !== Object.keys(git).length) return false;
  for (const name in git) {
    const ours = git[name];
    const theirs = live[name];
    // What an object inherits is no scalar.
    if (ours !== null && typeof ours !== 'object' ? ours !== theirs : !Object.hasOwn(live, name) || !isSettled(ours, theirs, memberType(type, name).type)) return false;
    left--;
  }
  return left === 0;
}

const isListOrNothing = (value: Side): boolean => value === undefined || value === null || isArray(value);

const listOf = (value: Side): JsonArray => (isArray(value) ? value : []);

interface MemberType {
  readonly type: SchemaType;
  readonly declared: boolean;
  readonly entry: boolean;
}

function memberType(type: SchemaType, name: string): MemberType {
  if (type.kind !== 'map') return { type: DEDUCED, declared: true, entry: false };
  const known = type.fields.get(name);
  if (known) return { type: known, declared: true, entry: false };
  if (type.element) return { type: type.element, declared: true, entry: type.fields.size === 0 };
  return { type: DEDUCED, declared: type.fields.size === 0, entry: false };
}

/** A value of Git's that the server refuses. */
export function invalid(path: Path, git: Side, reason: string): Draft {
  return { path, git, live: undefined, base: undefined, owners: [], decision: { verdict: 'invalid', detail: undefined, certain: true, reason } };
}
