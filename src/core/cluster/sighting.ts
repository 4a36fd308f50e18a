import { at, fromEntries, isObject, listAt, member, sameJson, textAt, type Json, type JsonObject } from '../base/json';
import type { Sighting } from './api';
import type { Body } from './bodies';

/** So many are remembered per object. */
const MAX_SIGHTINGS = 20;

/** What a watch brought in the place of which, and when on the server's clock. */
export interface Transition {
  readonly before: Body | undefined;
  readonly at: number;
}

/** All that watches saw of an object up to this version of it. */
export function seenBy({ before, at: now }: Transition, after: Body): readonly Sighting[] {
  const sighting = sightingOf(objectOf(before), objectOf(after) ?? {}, now);
  return [...(before?.seen ?? []), ...(sighting ? [sighting] : [])].slice(-MAX_SIGHTINGS);
}

/** `undefined` for what the server sent as no object: who asks for that one is told. */
function objectOf(body: Body | undefined): JsonObject | undefined {
  try {
    return body?.object;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/**
 * Who made the change that turned one version of an object into the next: the manager whose managedFields entry is new,
 * or has another time or other fields (`reference/drift.md`, "transition"). Changes of `status` alone are no sighting:
 * they are a controller's report, not a change of what Git says. `undefined` when nothing but status changed.
 * `now` is the server's clock; an entry's own time, exact to the second, bounds it.
 */
export function sightingOf(before: JsonObject | undefined, after: JsonObject, now: number): Sighting | undefined {
  const entries = managers(after);
  if (entries.length === 0) return sameGeneration(before, after) ? undefined : { at: now, manager: undefined };
  const old = managers(before);
  const moved = entries.flatMap(entry => {
    const rank = rankOf(old.find(other => sameEntry(other, entry)), entry);
    return rank === undefined ? [] : [{ entry, rank }];
  });
  const lost = old.some(entry => !entries.some(other => sameEntry(other, entry)));
  const latest = moved.sort((a, b) => a.rank - b.rank || timeOf(b.entry) - timeOf(a.entry))[0]?.entry;
  if (!latest) return lost ? { at: now, manager: undefined } : unmoved(before, after, entries, now);
  const time = timeOf(latest);
  return { at: Number.isFinite(time) ? Math.min(Math.max(now, time), time + 999) : now, manager: textAt(latest, 'manager') };
}

/** Milliseconds: times of entries are exact to the second, and so is what is known of the server's clock. */
const RECENT_MS = 2_000;

/**
 * Entries that say the same although something was changed: by a manager twice within a second, or by `kubectl scale`, whose
 * entry has no time. Who it was is told where only one can have been it.
 */
function unmoved(before: JsonObject | undefined, after: JsonObject, entries: readonly JsonObject[], now: number): Sighting | undefined {
  if (sameJson(contentOf(before), contentOf(after))) return undefined;
  const able = entries.filter(entry => textAt(entry, 'time') === undefined || timeOf(entry) >= now - RECENT_MS);
  return { at: now, manager: able.length === 1 ? textAt(able[0], 'manager') : undefined };
}

/** What is not the server's own bookkeeping, and no controller's report. */
const contentOf = (object: JsonObject | undefined): Json[] => [without(object, 'metadata', 'status'), without(member(object, 'metadata'), 'managedFields', 'resourceVersion', 'generation')];

const without = (value: Json | undefined, ...keys: readonly string[]): Json => (isObject(value) ? fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key))) : null);

/**
 * How well a manager's entry explains the change: it took fields (0), it wrote its own fields anew (1), it only has
 * fewer fields than before (2), because another took them or because it dropped them itself. `undefined`: no change.
 */
function rankOf(before: JsonObject | undefined, after: JsonObject): 0 | 1 | 2 | undefined {
  if (!before || !isWithin(member(after, 'fieldsV1'), member(before, 'fieldsV1'))) return 0;
  if (!isWithin(member(before, 'fieldsV1'), member(after, 'fieldsV1'))) return 2;
  return textAt(before, 'time') === textAt(after, 'time') ? undefined : 1;
}

/** Every path of the one FieldsV1 is in the other. */
const isWithin = (part: Json | undefined, whole: Json | undefined): boolean => !isObject(part) || Object.keys(part).every(key => isObject(whole) && Object.hasOwn(whole, key) && isWithin(part[key], whole[key]));

const managers = (object: JsonObject | undefined): JsonObject[] =>
  listAt(object, 'metadata', 'managedFields').filter((entry): entry is JsonObject => isObject(entry) && textAt(entry, 'subresource') !== 'status');

const sameEntry = (a: Json, b: Json): boolean => ['manager', 'operation', 'subresource', 'apiVersion'].every(key => textAt(a, key) === textAt(b, key));

const sameGeneration = (before: JsonObject | undefined, after: JsonObject): boolean => {
  const generation = at(after, 'metadata', 'generation');
  return generation !== undefined && sameJson(at(before, 'metadata', 'generation'), generation);
};

function timeOf(entry: Json): number {
  const time = Date.parse(textAt(entry, 'time') ?? '');
  return Number.isNaN(time) ? Number.NEGATIVE_INFINITY : time;
}
