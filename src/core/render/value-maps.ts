import { isObject, member, withMember, type JsonObject } from '../base/json';

/** The values of both, maps merged key by key; of anything else the second wins (fluxcd/pkg `runtime/transform`, `MergeMaps`). */
export function mergedMaps(first: JsonObject, second: JsonObject): JsonObject {
  let out = first;
  for (const [key, value] of Object.entries(second)) {
    const before = member(out, key);
    out = withMember(out, key, isObject(before) && isObject(value) ? mergedMaps(before, value) : value);
  }
  return out;
}
