import { isObject, sameJson, textAt, type JsonObject } from '../base/json';
import { FieldSet } from './fieldset';
import { entryKey, withoutManagedFields, type ManagedEntry } from './managed';
import { field, type Path } from './path';
import type { SchemaType } from './schema';
import { appliedValue, updaterApply, updaterUpdate, type Conflict, type Managers, type UpdaterInput, type UpdaterResult } from './updater';

export interface ApplyInput {
  /** `undefined` when the object does not exist. Its own managedFields are not read: `entries` speaks for them. */
  readonly live: JsonObject | undefined;
  readonly config: JsonObject;
  readonly schema: SchemaType;
  /** `managedEntries(live)`; `undefined` or none: all that is live is then given to `before-first-apply`, as the server does. */
  readonly entries: readonly ManagedEntry[] | undefined;
  readonly manager: string;
  readonly apiVersion: string;
  readonly force: boolean;
  /** Paths nobody comes to own on this endpoint: `status`, unless told otherwise. */
  readonly ignored?: FieldSet;
}

export interface UpdateInput extends Omit<ApplyInput, 'config' | 'force'> {
  /** The whole object as it is to be written. */
  readonly object: JsonObject;
  readonly subresource?: string;
}

export type ApplyResult =
  /** Before defaulting, admission and validation. `changed` is false for an apply that alters nothing. Fields that lost their last member are `null`. */
  | { readonly kind: 'applied'; readonly object: JsonObject; readonly entries: readonly ManagedEntry[]; readonly changed: boolean }
  | { readonly kind: 'conflict'; readonly conflicts: readonly Conflict[] }
  | { readonly kind: 'error'; readonly message: string; readonly path: Path };

/**
 * What a server-side apply makes of an object (`reference/drift.md` 1.1), without asking the server. Entries of other
 * versions of the kind are taken as if their paths had the same names in this one. Never throws.
 */
export function applyConfig(input: ApplyInput): ApplyResult {
  const live = startOf(input.live, input.config);
  const started = input.entries === undefined || input.entries.length === 0 ? firstEntries(input, live) : { kind: 'entries' as const, entries: input.entries };
  if (started.kind !== 'entries') return started;
  const before = started.entries;
  const own = applyingAs(input);
  return finish(updaterApply({ ...updaterInput(input, live, before), force: input.force }), before, own, live);
}

/** The object alone that `applyConfig` makes by force of a live object that has entries; `undefined` for what it refuses. */
export function objectAfterApply(input: Omit<ApplyInput, 'force'> & { readonly live: JsonObject; readonly entries: readonly ManagedEntry[] }): JsonObject | undefined {
  const result = appliedValue(updaterInput(input, withoutManagedFields(input.live), input.entries));
  if (result.kind === 'error') return undefined;
  return isObject(result.object) ? result.object : {};
}

const applyingAs = ({ manager, apiVersion }: Pick<ApplyInput, 'manager' | 'apiVersion'>): Identity => ({ manager, operation: 'Apply', apiVersion, subresource: undefined });

function updaterInput(input: Omit<ApplyInput, 'force'>, live: JsonObject, entries: readonly ManagedEntry[]): UpdaterInput {
  const { config, schema, ignored = STATUS } = input;
  return { live, config: withoutManagedFields(config), schema, managers: setsOf(entries), manager: entryKey(applyingAs(input)), ignored };
}

/** Who owns what after an object is written as a whole: PUT, PATCH, or the POST that creates it. */
export function update(input: UpdateInput): ApplyResult {
  const { object, schema, manager, apiVersion, subresource, ignored = STATUS, entries = [] } = input;
  const live = startOf(input.live, object);
  const own: Identity = { manager, operation: 'Update', apiVersion, subresource };
  const result = updaterUpdate({ live, config: withoutManagedFields(object), schema, managers: setsOf(entries), manager: entryKey(own), ignored });
  return finish(result, entries, own, live);
}

const STATUS = FieldSet.of([[field('status')]]);

/** Never in a set (`stripmeta.go`). */
const BOOKKEEPING = FieldSet.of([
  ...['apiVersion', 'kind', 'metadata'].map(name => [field(name)]),
  ...['name', 'namespace', 'creationTimestamp', 'selfLink', 'uid', 'clusterName', 'generation', 'managedFields', 'resourceVersion'].map(name => [field('metadata'), field(name)]),
]);

/** The live object, or one that has no more than its type. */
function startOf(live: JsonObject | undefined, like: JsonObject): JsonObject {
  if (live !== undefined) return withoutManagedFields(live);
  const kind = textAt(like, 'kind');
  const apiVersion = textAt(like, 'apiVersion');
  return { ...(apiVersion === undefined ? {} : { apiVersion }), ...(kind === undefined ? {} : { kind }) };
}

type Identity = Parameters<typeof entryKey>[0];

type Started = { readonly kind: 'entries'; readonly entries: readonly ManagedEntry[] } | Exclude<ApplyResult, { readonly kind: 'applied' }>;

/** An object that nobody applied before belongs to nobody yet (`skipnonapplied.go`). */
function firstEntries(input: ApplyInput, live: JsonObject): Started {
  if (input.live === undefined) return { kind: 'entries', entries: [] };
  const { schema, apiVersion, ignored } = input;
  const result = update({ live: undefined, object: live, schema, entries: [], manager: 'before-first-apply', apiVersion, ...(ignored === undefined ? {} : { ignored }) });
  return result.kind === 'applied' ? { kind: 'entries', entries: result.entries } : result;
}

const setsOf = (entries: readonly ManagedEntry[]): Managers => new Map(entries.map(entry => [entryKey(entry), entry.fields]));

function finish(result: UpdaterResult, before: readonly ManagedEntry[], own: Identity, live: JsonObject): ApplyResult {
  if (result.kind === 'error') return result;
  if (result.kind === 'conflict') return { kind: 'conflict', conflicts: result.conflicts.map(({ path, manager }) => ({ path, manager: nameOf(manager, before) })) };
  const entries = entriesAfter(result.managers, before, own);
  const object = isObject(result.object) ? result.object : {};
  return { kind: 'applied', object, entries, changed: !sameJson(object, live) || !sameEntries(before, entries) };
}

const nameOf = (key: string, entries: readonly ManagedEntry[]): string => entries.find(entry => entryKey(entry) === key)?.manager ?? key;

function entriesAfter(managers: Managers, before: readonly ManagedEntry[], own: Identity): ManagedEntry[] {
  const ownKey = entryKey(own);
  const out: ManagedEntry[] = [];
  for (const entry of before) {
    const key = entryKey(entry);
    const fields = managers.get(key);
    if (key === ownKey || fields === undefined) continue;
    out.push(fields.equals(entry.fields) ? entry : { ...entry, fields });
  }
  const fields = (managers.get(ownKey) ?? FieldSet.empty).difference(BOOKKEEPING);
  if (fields.isEmpty) return out;
  const known = before.find(entry => entryKey(entry) === ownKey);
  // The time of a new or changed set is the server's to tell.
  out.push({ ...own, time: known?.fields.equals(fields) === true ? known.time : undefined, fields });
  return out;
}

function sameEntries(a: readonly ManagedEntry[], b: readonly ManagedEntry[]): boolean {
  return a.length === b.length && a.every(entry => b.some(other => entryKey(other) === entryKey(entry) && other.fields.equals(entry.fields)));
}

/** Which entries an applier makes its own before it applies. Never those of a subresource. */
export interface TakeOverRule {
  readonly name: string;
  readonly match: 'exact' | 'prefix';
  readonly operations: readonly ManagedEntry['operation'][];
}

/** kustomize-controller's rules (`reference/controllers.md` 2.1.5): kubectl in all its names, what was there before, and its own older updates. */
export function fluxTakeOver(manager: string): readonly TakeOverRule[] {
  return [
    { name: 'kubectl', match: 'prefix', operations: ['Apply', 'Update'] },
    { name: 'before-first-apply', match: 'prefix', operations: ['Update'] },
    { name: manager, match: 'prefix', operations: ['Update'] },
  ];
}

/** kubectl's, Argo CD's and Helm's way of leaving client-side apply behind. */
export const CLIENT_SIDE_MIGRATION: readonly TakeOverRule[] = [{ name: 'kubectl-client-side-apply', match: 'exact', operations: ['Update'] }];

export const isTakenOver = (entry: Pick<ManagedEntry, 'manager' | 'operation' | 'subresource'>, rules: readonly TakeOverRule[]): boolean =>
  entry.subresource === undefined &&
  rules.some(({ name, match, operations }) => operations.includes(entry.operation) && (match === 'exact' ? entry.manager === name : entry.manager.startsWith(name)));

/** The entries after `manager` took over those the rules name (fluxcd/pkg/ssa, `PatchReplaceFieldsManagers`). */
export function takeOver(entries: readonly ManagedEntry[], manager: string, rules: readonly TakeOverRule[]): readonly ManagedEntry[] {
  const isOwn = (entry: ManagedEntry): boolean => entry.manager === manager && entry.operation === 'Apply';
  const taken = entries.filter(entry => !isOwn(entry) && isTakenOver(entry, rules));
  const [first] = taken;
  if (first === undefined) return entries;
  // Without an entry of its own it renames the first that it takes.
  const own = entries.findLast(isOwn) ?? { ...first, manager, operation: 'Apply' as const };
  const fields = taken.reduce((sum, entry) => sum.union(entry.fields), own.fields);
  return [...entries.filter(entry => !isOwn(entry) && !taken.includes(entry)), { ...own, fields }];
}
