/** Above this many comparisons a difference is only cut at both ends. */
const MAX_CELLS = 1_000_000;

/** A longest common subsequence, as pairs of indexes into `a` and `b`. For very different long texts only their common beginning and end. */
export function keptLines(a: readonly string[], b: readonly string[]): readonly (readonly [number, number])[] {
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head++;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++;
  const kept: [number, number][] = Array.from({ length: head }, (_, index) => [index, index]);
  const middle = subsequence(a.slice(head, a.length - tail), b.slice(head, b.length - tail));
  for (const [x, y] of middle) kept.push([x + head, y + head]);
  for (let index = tail; index > 0; index--) kept.push([a.length - index, b.length - index]);
  return kept;
}

function subsequence(a: readonly string[], b: readonly string[]): readonly (readonly [number, number])[] {
  if (a.length === 0 || b.length === 0 || a.length * b.length > MAX_CELLS) return [];
  const width = b.length + 1;
  const lengths = new Uint32Array((a.length + 1) * width);
  const at = (x: number, y: number): number => lengths[x * width + y] ?? 0;
  for (let x = a.length - 1; x >= 0; x--) {
    for (let y = b.length - 1; y >= 0; y--) lengths[x * width + y] = a[x] === b[y] ? at(x + 1, y + 1) + 1 : Math.max(at(x + 1, y), at(x, y + 1));
  }
  const kept: [number, number][] = [];
  for (let x = 0, y = 0; x < a.length && y < b.length; ) {
    if (a[x] === b[y]) kept.push([x++, y++]);
    else if (at(x + 1, y) >= at(x, y + 1)) x++;
    else y++;
  }
  return kept;
}
