/** What is made of a thing, made once as long as somebody has that very thing: of a list of ten thousands of files, or of a version of an object, it is asked for in each run. */
export function madeOf<K extends object, T>(make: (of: K) => T): (of: K) => T {
  const made = new WeakMap<K, { readonly value: T }>();
  return of => {
    const known = made.get(of) ?? { value: make(of) };
    made.set(of, known);
    return known.value;
  };
}
