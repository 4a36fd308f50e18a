import { isArray, type Json } from '../base/json';

/** Objects nested deeper than this are not compared: the API server's own objects stay far below it. */
export const MAX_DEPTH = 1_000;

/** Whether lists and objects nest deeper than `MAX_DEPTH`. Looks no deeper than that, so that any JSON may be asked about. */
export function isTooDeep(value: Json, depth = 0): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (depth > MAX_DEPTH) return true;
  if (isArray(value)) return value.some(item => isTooDeep(item, depth + 1));
  for (const key in value) if (isTooDeep(value[key] ?? null, depth + 1)) return true;
  return false;
}
