import { fromEntries, isArray, isObject, member, sameJson, withMember, type Json, type JsonObject } from '../base/json';
import { field, type Path, type PathElement } from '../kube/path';
import type { KeyFallback } from './locate';

export type Step = string | number;

/** One elementary change of a value. `set` also adds a member to a map; `insert` puts an item before the one at its index, or at the end. */
export type Operation =
  | { readonly kind: 'set'; readonly steps: readonly Step[]; readonly value: Json }
  | { readonly kind: 'insert'; readonly steps: readonly Step[]; readonly value: Json }
  | { readonly kind: 'remove'; readonly steps: readonly Step[] };

/** The elementary changes, to be made in this order, after which `root` holds `value` at `path` (or nothing there, with `undefined`). */
export function operationsOf(root: Json, path: Path, value: Json | undefined, keyFallback: KeyFallback): readonly Operation[] {
  const steps: Step[] = [];
  let here: Json = root;
  for (const [depth, element] of path.entries()) {
    const rest = path.slice(depth + 1);
    const step = stepTo(here, element, key => keyFallback(key, path.slice(0, depth)));
    const next = step === undefined ? undefined : childOf(here, step);
    if (step === undefined || next === undefined) {
      if (value === undefined) return [];
      return added(here, steps, element, rest.length === 0 ? value : build(rest, value), rest.length === 0);
    }
    steps.push(step);
    here = next;
  }
  return value === undefined ? [{ kind: 'remove', steps }] : difference(here, value, steps);
}

function added(here: Json, steps: readonly Step[], element: PathElement, value: Json, isLast: boolean): readonly Operation[] {
  if (element.kind === 'field') {
    if (isObject(here)) return [{ kind: 'set', steps: [...steps, element.name], value }];
    return [{ kind: 'set', steps, value: fromEntries([[element.name, value]]) }];
  }
  const item = withKeys(element, value, isLast);
  if (isArray(here)) return [{ kind: 'insert', steps: [...steps, here.length], value: item }];
  return [{ kind: 'set', steps, value: [item] }];
}

/** A new item of a list of maps has its key fields, whatever else is in it. */
function withKeys(element: PathElement, value: Json, isLast: boolean): Json {
  if (element.kind === 'value' && isLast) return element.value;
  if (element.kind !== 'key' || !isObject(value)) return value;
  return fromEntries([...element.fields.filter(([name]) => !Object.hasOwn(value, name)), ...Object.entries(value)]);
}

function build(path: Path, value: Json): Json {
  return path.reduceRight<Json>((inner, element, depth) => {
    if (element.kind === 'field') return fromEntries([[element.name, inner]]);
    return [withKeys(element, inner, depth === path.length - 1)];
  }, value);
}

function stepTo(value: Json, element: PathElement, fallback: (key: string) => Json | undefined): Step | undefined {
  if (element.kind === 'field') return isObject(value) ? element.name : undefined;
  if (!isArray(value)) return undefined;
  if (element.kind === 'index') return element.index;
  const index = value.findIndex(item => (element.kind === 'value' ? sameJson(item, element.value) : isObject(item) && element.fields.every(([name, wanted]) => sameJson(member(item, name) ?? fallback(name), wanted))));
  return index < 0 ? undefined : index;
}

/** What turns one value into the other, member by member and item by item. */
function difference(from: Json, to: Json, steps: readonly Step[]): readonly Operation[] {
  if (sameJson(from, to)) return [];
  if (isObject(from) && isObject(to)) return mapDifference(from, to, steps);
  if (isArray(from) && isArray(to) && from.length > 0 && to.length > 0) return listDifference(from, to, steps);
  return [{ kind: 'set', steps, value: to }];
}

function mapDifference(from: JsonObject, to: JsonObject, steps: readonly Step[]): readonly Operation[] {
  const operations: Operation[] = [];
  for (const [key, value] of Object.entries(to)) {
    const before = member(from, key);
    if (before === undefined) operations.push({ kind: 'set', steps: [...steps, key], value });
    else operations.push(...difference(before, value, [...steps, key]));
  }
  for (const key of Object.keys(from)) if (!Object.hasOwn(to, key)) operations.push({ kind: 'remove', steps: [...steps, key] });
  return operations;
}

function listDifference(from: readonly Json[], to: readonly Json[], steps: readonly Step[]): readonly Operation[] {
  const shorter = Math.min(from.length, to.length);
  let head = 0;
  while (head < shorter && sameJson(from[head], to[head])) head++;
  let tail = 0;
  while (tail < shorter - head && sameJson(from[from.length - 1 - tail], to[to.length - 1 - tail])) tail++;
  const operations: Operation[] = [];
  const both = shorter - tail;
  for (let index = head; index < both; index++) operations.push(...difference(from[index] ?? null, to[index] ?? null, [...steps, index]));
  for (let index = from.length - tail - 1; index >= both; index--) operations.push({ kind: 'remove', steps: [...steps, index] });
  for (let index = both; index < to.length - tail; index++) operations.push({ kind: 'insert', steps: [...steps, index], value: to[index] ?? null });
  return operations;
}

export function childOf(value: Json | undefined, step: Step): Json | undefined {
  if (typeof step === 'string') return member(value, step);
  return isArray(value) ? value[step] : undefined;
}

export const valueAt = (value: Json, steps: readonly Step[]): Json | undefined => steps.reduce<Json | undefined>(childOf, value);

/** The value with the change made. */
export function performed(value: Json, operation: Operation): Json {
  return perform(value, operation.steps, operation) ?? null;
}

function perform(value: Json | undefined, steps: readonly Step[], operation: Operation): Json | undefined {
  const [step, ...rest] = steps;
  if (step === undefined) return operation.kind === 'remove' ? undefined : operation.value;
  if (typeof step === 'string') return withMember(isObject(value) ? value : {}, step, perform(member(value, step), rest, operation));
  const items = isArray(value) ? [...value] : [];
  if (rest.length === 0 && operation.kind === 'insert') items.splice(step, 0, operation.value);
  else {
    const item = perform(items[step], rest, operation);
    if (item === undefined) items.splice(step, 1);
    else items[step] = item;
  }
  return items;
}

/** A path of fields and indexes, for messages. */
export const pathOf = (steps: readonly Step[]): Path => steps.map(step => (typeof step === 'string' ? field(step) : { kind: 'index', index: step }));
