import { fromEntries, isArray, isObject, member, sameJson, type Json, type JsonObject } from '../base/json';
import { compare } from '../kube/compare';
import { sameElement, type Path } from '../kube/path';
import type { Draft } from './collapse';
import { causesText, type Cause, type DryRunAnswer } from './dry-run';
import type { JudgeInput } from './judge-input';
import { lookup } from './lookup';
import { concerns, placeIn, placeInText, type Named } from './server-words';
import type { Decision } from './verdict-table';
import { invalid } from './walk';

/**
 * The differences after the server was asked (`reference/drift.md` 2.5). What it said decides what was open; what it
 * would refuse is not called drift that corrects itself; what it, and nobody else, changes is named for what it is.
 */
export function withAnswer(drafts: readonly Draft[], input: JudgeInput, live: JsonObject): readonly Draft[] {
  const { dryRun } = input;
  if (dryRun?.kind === 'refused') return refused(drafts, dryRun, input.desired, live);
  if (dryRun?.kind !== 'answered') return drafts;
  const settled = drafts.map(draft => ({ ...draft, decision: conflicting(draft, dryRun.conflicts, input.desired) ?? answered(draft, dryRun.object, live, input) ?? draft.decision }));
  return warned([...settled, ...admitted(settled, dryRun.object, live, input)], dryRun.warnings, input.desired, live);
}

const BY_ADMISSION = 'changed by admission on every apply';

function answered({ path, decision, git, base }: Draft, object: JsonObject, live: JsonObject, input: JudgeInput): Decision | undefined {
  const rewritten = decision.verdict === 'equivalent' && decision.afterResume === undefined;
  if (decision.verdict !== 'undecided' && !rewritten) return undefined;
  const [now, next] = [lookup(live, path), lookup(object, path)];
  if (sameJson(now, next)) {
    if (rewritten && decision.detail !== 'changed') return undefined;
    const how = now === undefined ? 'an apply does not bring it, it is dropped again' : sameJson(now, git) ? 'an apply leaves the live value as it is' : `${BY_ADMISSION}, to the value that is live`;
    return { verdict: 'equivalent', detail: decision.detail ?? 'changed', certain: true, reason: `the server was asked: ${how}` };
  }
  if (rewritten && decision.detail === 'changed' && !sameJson(next, git)) return { verdict: 'equivalent', detail: 'changed', certain: true, reason: `the server was asked: ${BY_ADMISSION}, and to another value than the live one`, afterResume: 'overwritten' };
  const said = 'the server was asked, and an apply would change it';
  if (input.base.kind !== 'unknown' && !sameJson(base, git)) return { verdict: 'pending', detail: 'changed', certain: true, reason: `${said}; Git has moved since the last one` };
  return { verdict: 'drift', detail: decision.detail ?? 'changed', certain: input.base.kind === 'known', reason: `${said}; who set it is not recorded` };
}

/** What an apply without force would be refused over. */
function conflicting({ path, decision }: Draft, conflicts: readonly Cause[], desired: JsonObject): Decision | undefined {
  if (!OPEN.has(decision.verdict)) return undefined;
  const mine = conflicts.filter(({ field }) => concerns(desired, field, path));
  return mine.length === 0 ? undefined : { verdict: 'blocked', detail: decision.detail, certain: true, reason: `the server was asked, and refuses an apply without force: ${mine.map(({ message }) => message).join('; ')}` };
}

const OPEN: ReadonlySet<string> = new Set(['drift', 'conflict', 'pending', 'undecided', 'blocked']);

/** What the answer has otherwise than the live object although nobody's difference explains it: a webhook's doing, or a default that comes with a change of Git's. */
function admitted(drafts: readonly Draft[], object: JsonObject, live: JsonObject, { schema, desired }: JudgeInput): Draft[] {
  const { added, modified, removed } = compare(content(live), content(object), schema ?? { kind: 'deduced' });
  const alone = !drafts.some(({ decision }) => OPEN.has(decision.verdict));
  const reason = alone ? `${BY_ADMISSION}; not drift` : 'the server was asked: an apply changes it, too, by admission or as a default';
  const paths = [...added.paths(), ...modified.paths(), ...removed.paths()].filter(path => !drafts.some(draft => isWithin(path, draft.path) || isWithin(draft.path, path)));
  return paths.filter(path => !paths.some(other => other !== path && other.length < path.length && isWithin(path, other))).map(
    (path): Draft => ({ path, git: lookup(desired, path), live: lookup(live, path), base: undefined, owners: [], decision: { verdict: 'extra', detail: 'changed', certain: true, reason, afterResume: 'overwritten' } }),
  );
}

const isWithin = (path: Path, above: Path): boolean => above.length <= path.length && above.every((step, i) => path[i] !== undefined && sameElement(step, path[i]));

/** An object without what the server writes by itself on every write. */
function content(object: JsonObject): JsonObject {
  const metadata = member(object, 'metadata');
  const kept = isObject(metadata) ? fromEntries(['labels', 'annotations', 'finalizers', 'ownerReferences'].flatMap((name): [string, Json][] => { const value = member(metadata, name); return value === undefined ? [] : [[name, value]]; })) : {};
  return fromEntries(Object.entries(object).flatMap(([name, value]): [string, Json][] => (name === 'status' ? [] : [[name, name === 'metadata' ? kept : value]])));
}

/** A warning that names a field stands at that field. */
function warned(drafts: readonly Draft[], warnings: readonly string[], desired: JsonObject, live: JsonObject): readonly Draft[] {
  let out = drafts;
  for (const warning of warnings) {
    const path = placeInText(desired, warning)?.path;
    if (!path) continue;
    const words = `the API server warns: ${warning}`;
    const there = out.find(draft => draft.path.length === path.length && isWithin(path, draft.path));
    out = there
      ? out.map(draft => (draft === there ? { ...draft, decision: { ...draft.decision, reason: `${draft.decision.reason}; ${words}` } } : draft))
      : [...out, { path, git: lookup(desired, path), live: lookup(live, path), base: undefined, owners: [], decision: { verdict: 'equivalent', detail: undefined, certain: true, reason: words, afterResume: 'none' } }];
  }
  return out;
}

type Refused = DryRunAnswer & { readonly kind: 'refused' };

function refused(drafts: readonly Draft[], answer: Refused, desired: JsonObject, live: JsonObject): readonly Draft[] {
  const differs = drafts.filter(({ decision }) => OPEN.has(decision.verdict) && decision.detail !== 'order');
  const { causes, message } = answer;
  const named = differs.filter(({ path }) => causes.some(({ field }) => concerns(desired, field, path) || concerns(live, field, path)));
  const places = named.length > 0 ? [] : placesOf(answer, desired).filter(({ place }) => differs.length === 0 || (place.rest === '' && place.path.length > 1 && isSteady(place.path, desired, live))).map(({ draft }) => draft);
  const words = causes.length === 0 ? message : causesText(causes);
  const blocked = new Set(named.length > 0 ? named : differs);
  const told = drafts.map((draft): Draft => (blocked.has(draft) ? { ...draft, decision: { verdict: 'blocked', detail: draft.decision.detail, certain: true, reason: `the server was asked, and refuses an apply: ${words}` } } : draft));
  // What was found wrong with the manifest already is now said in the server's words.
  const known = ({ path, decision }: Draft): boolean => decision.verdict === 'invalid' && places.some(place => isWithin(path, place.path) || isWithin(place.path, path));
  return [...told.filter(draft => !known(draft)), ...places];
}

/** The server counts the items of what it merged: where live has others, the number says nothing of the manifest. */
function isSteady(path: Path, desired: JsonObject, live: JsonObject): boolean {
  return path.every((step, i) => {
    if (step.kind !== 'index') return true;
    const [ours, theirs] = [desired, live].map(side => lookup(side, path.slice(0, i)));
    return theirs === undefined || (isArray(ours) && isArray(theirs) && ours.length === theirs.length);
  });
}

/** Where the manifest has what the server refuses; the whole object where it names no place in it. */
export const refusedPlaces = (answer: Refused, desired: JsonObject): Draft[] => placesOf(answer, desired).map(({ draft }) => draft);

function placesOf({ message, causes }: Refused, desired: JsonObject): { readonly place: Named; readonly draft: Draft }[] {
  const at = (place: Named, why: string): { readonly place: Named; readonly draft: Draft } => ({ place, draft: invalid(place.path, place.path.length === 0 ? undefined : lookup(desired, place.path), `the API server refuses it: ${why}`) });
  const places = causes.flatMap(({ field, message: why }) => {
    const place = placeIn(desired, field);
    return place ? [at(place, place.rest === '' ? why : `${field}: ${why}`)] : [];
  });
  return places.length > 0 ? places : [at(placeInText(desired, message) ?? { path: [], rest: '' }, message)];
}
