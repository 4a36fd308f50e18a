import type { Json } from '../base/json';

/** Objects nested deeper than this are not compared: the API server's own objects stay far below it. */
export const MAX_DEPTH = 1_000;

/** Whether lists and objects nest deeper than `MAX_DEPTH`. Uses no call stack, so that any JSON may be asked about. */
export function isTooDeep(value: Json): boolean {
  let level: Json[] = [value];
  for (let depth = 0; depth <= MAX_DEPTH; depth++) {
    const next: Json[] = [];
    for (const here of level) {
      if (typeof here !== 'object' || here === null) continue;
      for (const item of Object.values(here as object) as Json[]) if (typeof item === 'object' && item !== null) next.push(item);
    }
    if (next.length === 0) return false;
    level = next;
  }
  return true;
}
