/** Wildcard matching with one step back to the last star: time grows with the product of the lengths, never beyond. */
export function wild<P, T>(pattern: readonly P[], text: readonly T[], star: P, same: (pattern: P, text: T) => boolean): boolean {
  let p = 0;
  let retry = -1;
  let from = 0;
  for (let t = 0; t < text.length; ) {
    const here = pattern[p];
    const letter = text[t];
    if (here === star) {
      retry = p++;
      from = t;
    } else if (here !== undefined && letter !== undefined && same(here, letter)) {
      p++;
      t++;
    } else if (retry >= 0) {
      p = retry + 1;
      t = ++from;
    } else {
      return false;
    }
  }
  while (pattern[p] === star) p++;
  return p === pattern.length;
}
