import { isArray, isObject, member, sameJson, textAt, type Json, type JsonObject } from '../../src/core/base/json';
import { stringifyJson } from '../../src/core/base/json-text';
import { isEmptyValue } from '../../src/core/drift/empty-values';
import { lookup } from '../../src/core/drift/lookup';
import { relate } from '../../src/core/drift/relation';
import { isServerDefault } from '../../src/core/drift/server-defaults';
import type { JudgeInput } from '../../src/core/drift/judge-input';
import type { FieldVerdict, ObjectVerdict } from '../../src/core/drift/verdict';
import { compare } from '../../src/core/kube/compare';
import { managedEntries } from '../../src/core/kube/managed';
import { formatPath, sameElement, type Path } from '../../src/core/kube/path';
import { LAST_APPLIED } from '../../src/core/kube/redact';
import { content } from './runner';

/** An object before and after its controller ran, and what was foretold of it. */
export interface Foretold {
  readonly input: JudgeInput;
  readonly verdict: ObjectVerdict;
  readonly live: JsonObject | undefined;
  readonly after: JsonObject | undefined;
}

/** Where what was foretold and what came differ: each field that was named, and each change that was not. */
export function wrongForecasts(foretold: Foretold): string[] {
  const { input, verdict, live, after } = foretold;
  if (verdict.verdict === 'missing') return after === undefined ? ['it was said to be made anew'] : [];
  if (!live || !after) return [`${live ? 'it is gone' : 'it was not there'}, and the verdict is ${verdict.verdict}`];
  const named = [...verdict.fields, ...verdict.kept];
  // Of the object as a whole it was said that it could not be told.
  if (named.length === 0 && (verdict.verdict === 'undecided' || verdict.verdict === 'unknown')) return [];
  const wrong = named.filter(field => !came(field, live, after, input.desired)).map(field => `${formatPath(field.path)} was said to be ${field.afterResume} (${field.verdict}${field.detail === undefined ? '' : `:${field.detail}`}): ${textAtPath(live, field.path)} became ${textAtPath(after, field.path)}, Git has ${textAtPath(input.desired, field.path)}`);
  // Made anew: all of it is another object's.
  if (textAt(live, 'metadata', 'uid') !== textAt(after, 'metadata', 'uid')) return wrong;
  return [...wrong, ...unforetold(foretold, live, after, named)];
}

const textAtPath = (object: JsonObject, path: Path): string => {
  const value = lookup(object, path);
  return value === undefined ? 'nothing' : stringifyJson(value).slice(0, 120);
};

function came({ path, afterResume, detail }: FieldVerdict, live: JsonObject, after: JsonObject, desired: JsonObject): boolean {
  const [before, now, git] = [live, after, desired].map(object => lookup(object, path));
  switch (afterResume) {
    case 'kept':
    case 'none':
      return sameJson(now, before);
    case 'deleted':
      return !sameJson(now, before);
    case 'overwritten':
      // What Git says null of gets the server's own value.
      if (git === null && now !== undefined) return !sameJson(now, before);
      return detail === 'order' ? sameJson(among(namesIn(now), namesIn(git)), among(namesIn(git), namesIn(now))) : holds(now, git, path, desired);
    case 'unknown':
      return true;
  }
}

/** Those that are in the other list too, in their own order. */
const among = (names: readonly Json[], others: readonly Json[]): Json[] => names.filter(name => others.some(other => sameJson(name, other)));

const namesIn = (list: Json | undefined): Json[] => (isArray(list) ? list.map(item => member(item, 'name') ?? item) : []);

const isNothing = (value: Json | undefined): boolean => value === undefined || value === null || (isArray(value) && value.length === 0) || (isObject(value) && Object.keys(value).length === 0);

/** Git's value is there; inside a list that is one value the server may have completed the items. */
function holds(now: Json | undefined, git: Json | undefined, path: Path, desired: JsonObject): boolean {
  // An empty value may not be stored.
  if (now === undefined && git !== undefined && isEmptyValue(git)) return true;
  if (isNothing(now) && isNothing(git)) return true;
  if (now === undefined || git === undefined) return false;
  if (isArray(now) && isArray(git)) return now.length === git.length && git.every((item, i) => holds(now[i], item, path, desired));
  if (isObject(now) && isObject(git)) return Object.entries(git).every(([key, value]) => holds(member(now, key), value, path, desired));
  return relate({ kind: 'deduced' }, git, now, path, desired) !== 'differ';
}

function unforetold({ input }: Foretold, live: JsonObject, after: JsonObject, named: readonly FieldVerdict[]): string[] {
  const [before, now] = [content(live), content(after)];
  const { added, modified, removed } = compare(before, now, input.schema ?? { kind: 'deduced' });
  const changed = [...added.paths(), ...modified.paths(), ...removed.paths()].filter(path => !isBookkeeping(path));
  const expected = named.filter(({ afterResume }) => afterResume !== 'kept' && afterResume !== 'none');
  const owners = [live, after].flatMap(object => managedEntries(object) ?? []);
  // What the server fills in beside a field that changes is nobody's: it comes and goes with it.
  const isServers = (path: Path): boolean => !owners.some(({ fields }) => fields.has(path)) || [live, after].some(object => isServerDefault(path, lookup(object, path) ?? null, undefined, object, input.desired));
  const isFilledIn = (path: Path): boolean => isServers(path) && expected.some(field => oneAbove(field.path.slice(0, Math.min(2, field.path.length - 1)), path));
  const surprises = changed.filter(path => !expected.some(field => oneAbove(field.path, path)) && !isFilledIn(path));
  const wrong = surprises.map(path => `${formatPath(path)} was not said to change: ${textAtPath(live, path)} became ${textAtPath(after, path)}, Git has ${textAtPath(input.desired, path)}`);
  if (changed.length === 0 && expected.length === 0 && !sameJson(withoutBookkeeping(before), withoutBookkeeping(now))) wrong.push('the order of a list was not said to change');
  return wrong;
}

/** One of the two leads to the other. */
const oneAbove = (a: Path, b: Path): boolean => (a.length <= b.length ? a : b).every((step, i) => sameElement(step, (a.length <= b.length ? b : a)[i] ?? step));

/** What Flux and kubectl note for themselves. */
const NOTES: readonly string[] = [LAST_APPLIED, 'kustomize.toolkit.fluxcd.io/checksum', 'fluxcd.io/sync-checksum'];
const isBookkeeping = (path: Path): boolean => formatPath(path.slice(0, 2)) === '.metadata.annotations' && (path.length === 2 || NOTES.some(name => formatPath(path.slice(2)) === `.${name}`));

const withoutBookkeeping = (object: Json): Json => (isObject(object) ? { ...object, metadata: { ...(member(object, 'metadata') as JsonObject), annotations: Object.fromEntries(Object.entries((lookup(object, [{ kind: 'field', name: 'metadata' }, { kind: 'field', name: 'annotations' }]) ?? {}) as JsonObject).filter(([name]) => !NOTES.includes(name))) } } : object);
