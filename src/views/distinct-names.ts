import { sep } from 'node:path';

/** Each path by its last folder, and by as many of those above it as tell it from the others: `staging`, but `catalog/overlays/staging` beside `apps/staging`. */
export function distinctNames(paths: Iterable<string>): ReadonlyMap<string, string> {
  const all = [...new Set(paths)].map(path => ({ path, parts: path.split(sep), count: 1 }));
  const nameOf = ({ parts, count }: (typeof all)[number]): string => parts.slice(-count).join('/');
  for (;;) {
    const shared = new Map<string, number>();
    for (const one of all) shared.set(nameOf(one), (shared.get(nameOf(one)) ?? 0) + 1);
    const unclear = all.filter(one => (shared.get(nameOf(one)) ?? 0) > 1 && one.count < one.parts.length);
    if (unclear.length === 0) return new Map(all.map(one => [one.path, nameOf(one)]));
    for (const one of unclear) one.count++;
  }
}
