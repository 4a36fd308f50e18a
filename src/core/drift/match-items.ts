import { isObject, member, type Json, type JsonArray } from '../base/json';
import { valueKey, type Spelling } from '../kube/element-key';
import type { ListKey } from '../kube/schema';

/** The items of one key. */
export interface Match {
  /** As FieldsV1 spells it. */
  readonly key: string;
  readonly git: Json | undefined;
  readonly live: Json | undefined;
  /** The second item of this key that Git has. */
  readonly twin: Json | undefined;
  /** Where live has several items of this key, all of them: the server compares them as one group (structured-merge-diff). */
  readonly group: JsonArray | undefined;
}

export interface Matches {
  /** Live's order first, then what only Git has. */
  readonly items: readonly Match[];
  /** Where items without a key stand in Git's list. */
  readonly gitKeyless: readonly number[];
  /** Live has an item without a key. */
  readonly liveKeyless: boolean;
  /** What both have stands in another order. */
  readonly reordered: boolean;
}

/** A way to spell the key of an item; `undefined` where it has none. */
export type KeyOf = (item: Json) => string | undefined;

/** By key fields, defaults filled in. An absent optional key is a key of its own, as long as another one is there. */
export const byFields =
  (keys: readonly ListKey[], spelling: Spelling): KeyOf =>
  item => {
    if (!isObject(item)) return undefined;
    const fields: [string, Json][] = [];
    for (const { name, fallback } of keys) {
      const value = member(item, name) ?? fallback;
      if (value !== undefined) fields.push([name, value]);
      else if (keys.length === 1) return undefined;
    }
    return fields.length === 0 ? undefined : spelling.item(fields);
  };

export const byValue: KeyOf = item => valueKey(item);

/** Pairs the items of two lists by key. */
export function matchItems(git: JsonArray, live: JsonArray, keyOf: KeyOf): Matches {
  const ours = git.map(keyOf);
  const theirs = live.map(keyOf);
  return pairedInOrder(git, live, ours, theirs) ?? pairedByKey(git, live, ours, theirs);
}

/** Lists as long as this are looked through for equal keys pair by pair. */
const SHORT = 32;

/** The same keys in one order, each once, and every key a plain scalar that both sides write alike: what `matchItems` would find of most lists, without spelling a key. */
export function isInOrder(git: JsonArray, live: JsonArray, keys: readonly ListKey[]): boolean {
  if (git.length !== live.length || git.length > SHORT) return false;
  for (let i = 0; i < git.length; i++) {
    for (const key of keys) {
      const value = scalarKey(git[i], key);
      if (value === undefined || value !== scalarKey(live[i], key)) return false;
    }
    for (let j = 0; j < i; j++) if (isSameKey(git[i], git[j], keys)) return false;
  }
  return true;
}

function isSameKey(a: Json | undefined, b: Json | undefined, keys: readonly ListKey[]): boolean {
  for (const key of keys) if (scalarKey(a, key) !== scalarKey(b, key)) return false;
  return true;
}

function scalarKey(item: Json | undefined, { name, fallback }: ListKey): string | number | undefined {
  // What an object inherits is no scalar, and what is no object has no key.
  const value = isObject(item) ? (item[name] ?? fallback) : undefined;
  return typeof value === 'string' || typeof value === 'number' ? value : undefined;
}

/** Most lists: the same keys in one order, each once. */
function pairedInOrder(git: JsonArray, live: JsonArray, ours: readonly (string | undefined)[], theirs: readonly (string | undefined)[]): Matches | undefined {
  if (ours.length !== theirs.length || new Set(ours).size !== ours.length) return undefined;
  const items: Match[] = [];
  for (const [i, key] of ours.entries()) {
    if (key === undefined || key !== theirs[i]) return undefined;
    items.push({ key, git: git[i], live: live[i], twin: undefined, group: undefined });
  }
  return { items, gitKeyless: [], liveKeyless: false, reordered: false };
}

function pairedByKey(git: JsonArray, live: JsonArray, ours: readonly (string | undefined)[], theirs: readonly (string | undefined)[]): Matches {
  const inGit = grouped(git, ours);
  const inLive = grouped(live, theirs);
  const items = [...new Set([...inLive.keys(), ...inGit.keys()])].map((key): Match => {
    const [first, twin] = inGit.get(key) ?? [];
    const there = inLive.get(key) ?? [];
    return { key, git: first, live: there[0], twin, group: there.length > 1 ? there : undefined };
  });
  const common = [...inGit.keys()].filter(key => inLive.has(key));
  const order = [...inLive.keys()].filter(key => inGit.has(key));
  return { items, gitKeyless: ours.flatMap((key, i) => (key === undefined ? [i] : [])), liveKeyless: theirs.includes(undefined), reordered: common.some((key, i) => key !== order[i]) };
}

function grouped(list: JsonArray, keys: readonly (string | undefined)[]): ReadonlyMap<string, readonly Json[]> {
  const groups = new Map<string, Json[]>();
  for (const [i, key] of keys.entries()) {
    const item = list[i];
    if (key === undefined || item === undefined) continue;
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}
