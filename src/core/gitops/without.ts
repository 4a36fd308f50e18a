import { isArray, isObject, withMember, type Json, type JsonObject } from '../base/json';
import type { IgnoreRule } from './ignore-rules';
import { parseJqPath, placesOf, type Place } from './jq-path';

/** The object without what the rules name, as Argo CD compares it (util/argo/normalizers): rule by rule, each on what the one before left. */
export function withoutIgnored(object: JsonObject, rules: readonly IgnoreRule[]): JsonObject {
  let out: Json = object;
  for (const { what } of rules) {
    if (what.kind === 'pointer') out = removed(out, [placeOf(what.pointer)]);
    const path = what.kind === 'jq' ? parseJqPath(what.expression) : undefined;
    if (path) out = removed(out, placesOf(out, path) ?? []);
  }
  return isObject(out) ? out : object;
}

/** Rules whose expression is more than a path, or that may mean another object: what they leave out is not known. */
export const unreadableRules = (rules: readonly IgnoreRule[]): IgnoreRule[] => rules.filter(({ what }) => what.kind === 'unclear' || (what.kind === 'jq' && parseJqPath(what.expression) === undefined));

const placeOf = (pointer: string): Place => pointer.split('/').slice(1).map(part => part.replaceAll('~1', '/').replaceAll('~0', '~'));

/** List items go from the end, so that the positions of the others stay right. */
function removed(value: Json, places: readonly Place[]): Json {
  return [...places].sort((a, b) => compare(b, a)).reduce(remove, value);
}

function compare(a: Place, b: Place): number {
  for (const [i, step] of a.entries()) {
    const other = b[i];
    if (other === undefined) return 1;
    if (step !== other) return typeof step === 'number' && typeof other === 'number' ? step - other : String(step) < String(other) ? -1 : 1;
  }
  return a.length - b.length;
}

function remove(value: Json, place: Place): Json {
  const [step, ...rest] = place;
  if (step === undefined) return value;
  if (isArray(value)) {
    const index = typeof step === 'number' ? step : /^(?:0|[1-9]\d*)$/.test(step) ? Number(step) : -1;
    const item = value[index];
    if (item === undefined) return value;
    return rest.length === 0 ? value.filter((_, i) => i !== index) : value.map((one, i) => (i === index ? remove(item, rest) : one));
  }
  const name = String(step);
  if (!isObject(value) || !Object.hasOwn(value, name)) return value;
  const below = value[name] ?? null;
  return withMember(value, name, rest.length === 0 ? undefined : remove(below, rest));
}
