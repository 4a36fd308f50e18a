import { fromEntries, isArray, isObject, member, sameJson, type Json } from '../base/json';

/**
 * What a template gives that renders otherwise each time: where two renderings agree, that; where they do not, what was
 * applied. `undefined`: what was applied has nothing at that place, or something of another form.
 */
export function settled(first: Json, second: Json | undefined, applied: Json | undefined): Json | undefined {
  if (sameJson(first, second)) return first;
  if (second === undefined) return undefined;
  if (isObject(first) && isObject(second) && isObject(applied)) {
    const keys = Object.keys(first);
    if (keys.length !== Object.keys(second).length) return undefined;
    const members = keys.map(key => [key, settled(member(first, key) ?? null, member(second, key), member(applied, key))] as const);
    return members.every((one): one is readonly [string, Json] => one[1] !== undefined) ? fromEntries(members) : undefined;
  }
  if (isArray(first) && isArray(second) && isArray(applied)) {
    if (first.length !== second.length || first.length !== applied.length) return undefined;
    const items = first.map((item, i) => settled(item, second[i], applied[i]));
    return items.every(item => item !== undefined) ? items : undefined;
  }
  // Two texts, or two numbers: one more of the kind was applied.
  return typeof first === typeof applied && !isObject(applied) && !isArray(applied) && !isObject(first) && !isArray(first) ? applied : undefined;
}
