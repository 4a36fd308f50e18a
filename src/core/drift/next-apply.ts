import { fromEntries, isArray, isObject, member, sameJson, textAt, type Json, type JsonObject } from '../base/json';
import { FieldSet } from '../kube/fieldset';
import { splitApiVersion } from '../kube/identity';
import { managedEntries, type ManagedEntry } from '../kube/managed';
import { CLIENT_SIDE_MIGRATION, fluxTakeOver, objectAfterApply, takeOver } from '../kube/merge';
import { field, type Path } from '../kube/path';
import { isBuiltIn, isEmptyValue } from './empty-values';
import { isFluxTyped, throughGoType } from './flux-typed';
import type { JudgeInput } from './judge-input';
import { lookup } from './lookup';
import { isClientSide, mergesOnly } from './ownership';
import type { AfterResume } from './verdict';

/** What the applier's next apply makes of the live object, before the server completes it. */
export type NextApply =
  /** `always`: it writes whatever it finds, because the applier always does, or has managers to take over or notes to remove. */
  | { readonly kind: 'object'; readonly object: JsonObject; readonly always: boolean }
  /** Pruning leaves `null` in a custom resource, which most definitions refuse. */
  | { readonly kind: 'unsure' };

/**
 * The next apply of what has been pushed, played through: the takeover of other managers, then the merge and the pruning
 * of structured-merge-diff. `undefined` where that does not tell: for client-side appliers, without field ownership or
 * with one that speaks of another version of the kind, and for what no server would merge.
 */
export function nextApply(input: JudgeInput, live: JsonObject): NextApply | undefined {
  const { applier, base } = input;
  if (applier.tool === 'none' || isClientSide(applier)) return undefined;
  const entries = managedEntries(live);
  const apiVersion = textAt(live, 'apiVersion') ?? '';
  const sent = sentObject(input);
  if (!entries || sent === undefined || entries.some(entry => entry.manager === applier.manager && entry.apiVersion !== apiVersion)) return undefined;
  // What the applier reads does not have the object: it leaves it alone.
  if (sent === null) return { kind: 'object', object: live, always: false };
  const schema = input.schema ?? { kind: 'deduced' };
  const flux = applier.tool === 'flux';
  const typed = flux && isFluxTyped(live);
  const merges = flux && mergesOnly(sent, live);
  const before = typed && base.kind === 'known' ? withoutGoEmpties(entries, applier.manager, base.object) : entries;
  const taken = merges ? before : takeOver(before, applier.manager, flux ? fluxTakeOver(applier.manager) : CLIENT_SIDE_MIGRATION);
  const config = typed ? throughGoType(sent, schema) : sent;
  const object = objectAfterApply({ live, config, schema, entries: taken, manager: applier.manager, apiVersion });
  if (object === undefined) return undefined;
  const custom = !isBuiltIn(splitApiVersion(apiVersion).group);
  if (custom && hasNewNull(object, live, config)) return { kind: 'unsure' };
  return { kind: 'object', object: custom ? object : withoutNulls(object), always: !flux || taken !== before || (!merges && hasNotes(live)) };
}

/**
 * Whether that apply is sure to write Git's value over this one, without playing it through: a plain value that is sent is merged
 * over the live one whoever owns it, and what is sent is never pruned. Nothing is sure of an empty value, which some appliers do
 * not send, of custom resources, which may refuse what pruning leaves, and of a Service, whose fields decide about each other.
 */
export function surelyWrites(input: JudgeInput, live: JsonObject, path: Path, git: Json | undefined, found: Json | undefined): boolean {
  const { applier } = input;
  if (applier.tool === 'none' || isClientSide(applier) || !isPlain(git) || !isPlain(found) || isEmptyValue(git) || sameJson(git, found)) return false;
  const { group } = splitApiVersion(textAt(live, 'apiVersion') ?? '');
  const last = path.at(-1);
  if (!isBuiltIn(group) || textAt(live, 'kind') === 'Service' || last?.kind !== 'field' || ACCOUNT.includes(last.name) || !isCompared(path)) return false;
  const sent = sentObject(input);
  return isObject(sent) && sameJson(lookup(sent, path), git);
}

const isPlain = (value: Json | undefined): value is string | number | boolean | bigint => value !== undefined && value !== null && typeof value !== 'object';

/** The manifest as the applier will read it: what has been pushed, and nothing older than what it has applied. */
function sentObject({ behind, base, stages, desired }: JudgeInput): JsonObject | null | undefined {
  if (behind) return base.kind === 'known' ? base.object : undefined;
  for (const stage of [stages.upstream, stages.head, stages.saved]) if (stage !== undefined) return stage;
  return desired;
}

/** Go's empty structs (`resources: {}`) come with every apply and stand in no file: as long as they are sent, owning them means nothing. */
function withoutGoEmpties(entries: readonly ManagedEntry[], manager: string, base: JsonObject): readonly ManagedEntry[] {
  const isOwn = (entry: ManagedEntry): boolean => entry.manager === manager && entry.operation === 'Apply' && entry.subresource === undefined;
  const isUnwritten = (path: Path): boolean => {
    const last = path.at(-1);
    return last?.kind === 'field' && GO_EMPTY.has(last.name) && lookup(base, path) === undefined;
  };
  return entries.map(entry => (isOwn(entry) ? { ...entry, fields: entry.fields.difference(FieldSet.of(entry.fields.paths().filter(isUnwritten))) } : entry));
}

/** Structs and the like that the Go types of Kubernetes send without `omitempty`. */
const GO_EMPTY: ReadonlySet<string> = new Set(['resources', 'strategy', 'updateStrategy', 'metadata', 'template', 'jobTemplate', 'targetPort', 'podSelector']);

function hasNewNull(value: Json, live: Json | undefined, config: Json | undefined): boolean {
  if (value === null) return live !== undefined && live !== null && config !== null;
  if (isArray(value)) return false;
  return isObject(value) && Object.entries(value).some(([name, item]) => name !== 'metadata' && hasNewNull(item, member(live, name), member(config, name)));
}

/** What Flux removes from every object it applies (kustomize-controller, `apply`). */
const hasNotes = (live: JsonObject): boolean => NOTES.some(([part, name]) => textAt(live, 'metadata', part, name) !== undefined);

const NOTES = [
  ['annotations', 'kubectl.kubernetes.io/last-applied-configuration'],
  ['annotations', 'kustomize.toolkit.fluxcd.io/checksum'],
  ['annotations', 'fluxcd.io/sync-checksum'],
  ['labels', 'fluxcd.io/sync-gc-mark'],
] as const;

/** What lost its last member is `null` after pruning, and the Go types of built-in kinds drop it. */
function withoutNulls(object: JsonObject): JsonObject {
  return hasNull(object) ? fromEntries(Object.entries(object).flatMap(([name, item]): [string, Json][] => (item === null ? [] : [[name, isObject(item) ? withoutNulls(item) : isArray(item) ? item.map(one => (isObject(one) ? withoutNulls(one) : one)) : item]]))) : object;
}

const hasNull = (object: JsonObject): boolean => Object.values(object).some(item => item === null || (isObject(item) ? hasNull(item) : isArray(item) && item.some(one => isObject(one) && hasNull(one))));

/** What becomes of the live value at a path. */
export function fateOf(object: JsonObject, live: JsonObject, path: Path): AfterResume {
  const before = lookup(live, path);
  const after = accountAt(object, path) ?? lookup(object, path);
  if (sameJson(before, after)) return before === undefined ? 'none' : 'kept';
  return after === undefined ? 'deleted' : 'overwritten';
}

/** A pod names its service account by two fields, and the server sets both to the first that it finds here. */
function accountAt(object: JsonObject, path: Path): Json | undefined {
  const last = path.at(-1);
  if (last?.kind !== 'field' || !ACCOUNT.includes(last.name)) return undefined;
  return ACCOUNT.map(name => lookup(object, [...path.slice(0, -1), field(name)])).find(value => value !== undefined);
}

const ACCOUNT: readonly string[] = ['serviceAccountName', 'serviceAccount'];

/** Flux compares labels, annotations and what is outside `metadata` and `status` before it writes: for anything else alone it does not. */
export const isCompared = ([first, second]: Path): boolean => {
  const top = first?.kind === 'field' ? first.name : '';
  const below = second?.kind === 'field' ? second.name : '';
  return top !== 'metadata' || below === 'labels' || below === 'annotations';
};
