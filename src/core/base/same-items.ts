/** Whether two lists hold the same things in the same order: caches hand out one thing for what is the same. */
export const sameItems = (a: readonly unknown[], b: readonly unknown[]): boolean => a.length === b.length && a.every((item, i) => item === b[i]);
