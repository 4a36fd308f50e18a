import { isArray, isObject, member, type Json, type JsonArray, type JsonObject } from '../../../src/core/base/json';
import { stringifyJson } from '../../../src/core/base/json-text';
import { formatPath } from '../../../src/core/kube/path';
import type { ListKey, SchemaType } from '../../../src/core/kube/schema';
import { collapse, crowd, type Draft } from '../../../src/core/drift/collapse';
import { byFields, byValue, matchItems, type Match } from '../../../src/core/drift/match-items';
import { invalid, type WalkRules } from '../../../src/core/drift/walk';
import { Leaf, type Place, type PlaceMarks } from '../../../src/core/drift/walk-place';

type Side = Json | undefined;

const DEDUCED: SchemaType = { kind: 'deduced' };
const NO_KEYS: readonly ListKey[] = [];

/** As there. */
const MAX_FIELDS = 200;

/** `Walk` without a single short cut: what it finds, found in the plainest way. */
export class PlainWalk {
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
    for (const name of git ? Object.keys(git) : []) {
      const ours = git?.[name];
      // No short cut but a rule: the server has it, hence it is valid.
      if (ours !== null && typeof ours !== 'object' && member(live, name) === ours) continue;
      this.#member(name, ours, member(live, name), type, place, keys);
    }
    for (const name of live ? Object.keys(live) : []) {
      if (git && Object.hasOwn(git, name)) continue;
      // Nobody set it and it was not applied: a default, or the server's own.
      if (!place.holds(name) && member(place.base, name) === undefined) continue;
      this.#member(name, undefined, live?.[name], type, place, keys);
    }
  }

  #member(name: string, git: Side, live: Side, type: SchemaType, place: Place, keys: readonly ListKey[]): void {
    if (keys.some(key => key.name === name)) return;
    const { type: below, declared, entry } = memberType(type, name);
    const inner = place.field(name, { loose: place.loose || entry, entry, undeclared: place.undeclared || !declared, fallback: type.kind === 'map' ? type.defaults?.get(name) : undefined });
    if (!this.#rules.skip(inner)) this.#visit(git, live, below, inner, NO_KEYS);
  }

  #set(git: JsonArray, live: JsonArray, element: SchemaType, place: Place): void {
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
