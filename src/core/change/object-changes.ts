import { isArray, isObject, member, sameJson, textAt, type Json, type JsonArray, type JsonObject } from '../base/json';
import { BOOKKEEPING } from '../kube/bookkeeping';
import type { Live } from '../kube/live';
import { field, type Path, type PathElement } from '../kube/path';
import { shownValue } from '../kube/redact';
import type { PlannedChange } from './plan';

/** One difference, values in clear. */
export interface RawChange {
  readonly path: Path;
  readonly before: Json | undefined;
  readonly after: Json | undefined;
}

/** What differs between two states of one object, outside `status` and the server's bookkeeping, in the object's order. */
export function rawChanges(before: JsonObject | undefined, after: JsonObject): RawChange[] {
  const out: RawChange[] = [];
  walk(essence(before ?? {}), essence(after), [], out);
  return out;
}

function essence(object: JsonObject): JsonObject {
  const entries = Object.entries(object).filter(([key]) => key !== 'status');
  return Object.fromEntries(entries.map(([key, value]) => [key, key === 'metadata' && isObject(value) ? Object.fromEntries(Object.entries(value).filter(([name]) => !BOOKKEEPING.has(name))) : value]));
}

function walk(before: Json | undefined, after: Json | undefined, path: Path, out: RawChange[]): void {
  if (sameJson(before, after)) return;
  const steps = stepsOf(before, after);
  if (!steps) {
    out.push({ path, before, after });
    return;
  }
  for (const step of steps) walk(pick(before, step), pick(after, step), [...path, step], out);
}

/** How to go on below; `undefined` where the two are one change. */
function stepsOf(before: Json | undefined, after: Json | undefined): PathElement[] | undefined {
  if (isObject(before) && isObject(after)) return [...new Set([...Object.keys(before), ...Object.keys(after)])].map(field);
  if (!isArray(before) || !isArray(after)) return undefined;
  if (isNamed(before) && isNamed(after)) return [...new Set([...before, ...after].map(nameOf))].map(name => ({ kind: 'key', fields: [['name', name]] }));
  return before.length === after.length ? before.map((_, index) => ({ kind: 'index', index })) : undefined;
}

const nameOf = (item: Json): string => textAt(item, 'name') ?? '';

/** Kubernetes lists of objects are told apart by name nearly everywhere; where not, items go by position. */
function isNamed(list: JsonArray): boolean {
  const names = list.map(nameOf);
  return list.length > 0 && !names.includes('') && new Set(names).size === names.length;
}

function pick(value: Json | undefined, step: PathElement): Json | undefined {
  if (step.kind === 'field') return member(value, step.name);
  if (!isArray(value)) return undefined;
  if (step.kind === 'index') return value[step.index];
  return step.kind === 'key' ? value.find(item => step.fields.every(([name, wanted]) => sameJson(member(item, name), wanted))) : undefined;
}

/** The same fit for eyes. */
export function shownChanges(changes: readonly RawChange[], before: Live | undefined, after: Live): PlannedChange[] {
  return changes.map(({ path, ...values }) => ({ path, before: shownValue(before ?? after, path, values.before), after: shownValue(after, path, values.after) }));
}
