import { isArray, isObject, member, sameJson, type Json } from '../../../src/core/base/json';

/** Everything in `sent` is in `live`; what the server adds is left aside, a list has to be as long. */
export function holds(live: Json | undefined, sent: Json): boolean {
  if (isObject(sent)) return isObject(live) && Object.entries(sent).every(([key, value]) => value === null || holds(member(live, key), value));
  if (isArray(sent)) return isArray(live) && live.length === sent.length && sent.every((item, i) => holds(live[i], item));
  return sameJson(live, sent);
}
