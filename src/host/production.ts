/**
 * Whether a name matches one of the patterns: `*` stands for any text, upper and lower case are the same.
 * No regular expression is built from a setting: matching takes time linear in the name for each piece of the pattern.
 */
export function matchesAny(name: string, patterns: readonly string[]): boolean {
  const low = name.toLowerCase();
  return patterns.some(pattern => matches(low, pattern.toLowerCase()));
}

function matches(name: string, pattern: string): boolean {
  const pieces = pattern.split('*');
  const first = pieces[0] ?? '';
  const last = pieces.at(-1) ?? '';
  if (pieces.length === 1) return name === first;
  if (!name.startsWith(first) || !name.endsWith(last) || name.length < first.length + last.length) return false;
  let from = first.length;
  const until = name.length - last.length;
  for (const piece of pieces.slice(1, -1)) {
    const found = name.indexOf(piece, from);
    if (found < 0 || found + piece.length > until) return false;
    from = found + piece.length;
  }
  return true;
}
