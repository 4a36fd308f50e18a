import { sameJson, type Json } from '../base/json';
import { compare } from './compare';
import { FieldSet } from './fieldset';
import { mergeValues } from './merge-values';
import type { Path } from './path';
import { reconcile, withNamedFields } from './reconcile';
import { removeItems } from './remove-items';
import type { SchemaType } from './schema';
import { difference, intersection, union, type Trie } from './trie';
import { fieldSetOf } from './typed';
import { validate, type TypeProblem } from './validate';

/** Field sets by whatever tells managers apart. */
export type Managers = ReadonlyMap<string, FieldSet>;

export interface Conflict {
  readonly path: Path;
  readonly manager: string;
}

export type UpdaterResult =
  | { readonly kind: 'applied'; readonly object: Json; readonly managers: Managers }
  | { readonly kind: 'conflict'; readonly conflicts: readonly Conflict[] }
  | { readonly kind: 'error'; readonly message: string; readonly path: Path };

type UpdaterError = Extract<UpdaterResult, { readonly kind: 'error' }>;

export interface UpdaterInput {
  readonly live: Json;
  /** What is applied, or for an update the whole new object. */
  readonly config: Json;
  readonly schema: SchemaType;
  readonly managers: Managers;
  readonly manager: string;
  /** Paths that never get an owner, with all that lies below them (the server's `resetFields`). */
  readonly ignored: FieldSet;
}

/** structured-merge-diff's `Updater.Apply`, for objects that have passed no check yet. */
export function updaterApply(input: UpdaterInput & { readonly force: boolean }): UpdaterResult {
  const { live, config, schema, manager, ignored, force } = input;
  const applied = appliedValue(input);
  if (applied.kind === 'error') return applied;
  const managers = reconciled(input.managers, schema).set(manager, ownSet(config, schema, ignored));
  const moved = moveOwnership({ before: live, after: applied.object, schema, managers, manager, ignored, force });
  if (moved.kind === 'conflict') return moved;
  return { kind: 'applied', object: sameJson(live, applied.object) ? live : applied.object, managers: moved.managers };
}

/** The object that an apply by force makes, without who owns what of it afterwards. */
export function appliedValue({ live, config, schema, manager, ignored, managers }: UpdaterInput): { readonly kind: 'value'; readonly object: Json } | UpdaterError {
  const problem = validate(config, schema, 'refused') ?? validate(live, schema, 'tolerated');
  if (problem !== undefined) return failed(problem);
  const merged = mergeValues(live, config, schema) ?? null;
  const known = managers.get(manager);
  const last = known && reconciledSet(known, schema);
  const own = ownSet(config, schema, ignored);
  // Whatever is applied again is kept, with all that is above it.
  const object = last === undefined || last.difference(own).isEmpty ? merged : prune(merged, reconciled(managers, schema).set(manager, own), last, schema);
  // Pruning may have taken the keys of a list item.
  const broken = object === merged ? undefined : validate(object, schema, 'tolerated');
  return broken === undefined ? { kind: 'value', object } : failed(broken);
}

const ownSet = (config: Json, schema: SchemaType, ignored: FieldSet): FieldSet => fieldSetOf(config, schema).recursiveDifference(ignored);

/** structured-merge-diff's `Updater.Update`: who owns what once the object is written as a whole. */
export function updaterUpdate(input: UpdaterInput): UpdaterResult {
  const { live, config, schema, manager, ignored } = input;
  const problem = validate(config, schema, 'tolerated') ?? validate(live, schema, 'tolerated');
  if (problem !== undefined) return failed(problem);
  const moved = moveOwnership({ before: live, after: config, schema, managers: reconciled(input.managers, schema), manager, ignored, force: true });
  if (moved.kind === 'conflict') return moved;
  const { managers, changes } = moved;
  const own = (managers.get(manager) ?? FieldSet.empty).difference(changes.removed).union(changes.modified).union(changes.added).recursiveDifference(ignored);
  if (own.isEmpty) managers.delete(manager);
  else managers.set(manager, own);
  return { kind: 'applied', object: config, managers };
}

const failed = ({ message, path }: TypeProblem): UpdaterError => ({ kind: 'error', message, path });

const reconciledSet = (set: FieldSet, schema: SchemaType): FieldSet => new FieldSet(reconcile(set.trie, schema));

const reconciled = (managers: Managers, schema: SchemaType): Map<string, FieldSet> => new Map([...managers].map(([name, set]) => [name, reconciledSet(set, schema)]));

/**
 * Takes out of the merged object what the manager applied last time, does not apply now, and nobody else owns. Three
 * steps, as in `merge/update.go`: remove all of it, add back what any manager owns, add back what this one never owned.
 */
function prune(merged: Json, managers: Managers, last: FieldSet, schema: SchemaType): Json {
  const lastNamed = withNamedFields(last.trie, schema);
  const mergedSet = withNamedFields(fieldSetOf(merged, schema).trie, schema);
  const setOf = (object: Json): Trie => withNamedFields(fieldSetOf(object, schema).trie, schema);
  let owned: Trie = FieldSet.empty.trie;
  for (const set of managers.values()) owned = union(owned, set.trie);
  const removed = removeItems(merged, lastNamed, schema);
  const withOwned = removeItems(merged, difference(mergedSet, union(setOf(removed), withNamedFields(owned, schema))), schema);
  return removeItems(merged, intersection(difference(mergedSet, setOf(withOwned)), lastNamed), schema);
}

interface Move {
  readonly before: Json;
  readonly after: Json;
  readonly schema: SchemaType;
  readonly managers: Map<string, FieldSet>;
  readonly manager: string;
  readonly ignored: FieldSet;
  readonly force: boolean;
}

type Moved = { readonly kind: 'moved'; readonly managers: Map<string, FieldSet>; readonly changes: { readonly added: FieldSet; readonly modified: FieldSet; readonly removed: FieldSet } };

/** What was changed or removed leaves the sets of all others; without force, changes to others' fields are conflicts. */
function moveOwnership({ before, after, schema, managers, manager, ignored, force }: Move): Moved | { readonly kind: 'conflict'; readonly conflicts: readonly Conflict[] } {
  const changes = compare(before, after, schema);
  const removed = changes.removed.recursiveDifference(ignored);
  const touched = changes.modified.union(changes.added).recursiveDifference(ignored);
  const conflicts: Conflict[] = [];
  const next = new Map<string, FieldSet>();
  for (const [name, set] of managers) {
    if (name === manager) {
      if (!set.isEmpty) next.set(name, set);
      continue;
    }
    const lost = set.intersection(touched);
    if (!lost.isEmpty && !force) conflicts.push(...lost.paths().map(path => ({ path, manager: name })));
    const kept = set.difference(lost).difference(removed);
    if (!kept.isEmpty) next.set(name, kept);
  }
  if (conflicts.length > 0) return { kind: 'conflict', conflicts };
  return { kind: 'moved', managers: next, changes };
}
