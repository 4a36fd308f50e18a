/** What is made of a list, made once as long as somebody has that list: what is looked for among tens of thousands of files is asked for in each run. */
export function perList<T>(make: (list: readonly string[]) => T): (list: readonly string[]) => T {
  const made = new WeakMap<readonly string[], { readonly of: T }>();
  return list => {
    const known = made.get(list) ?? { of: make(list) };
    made.set(list, known);
    return known.of;
  };
}
