import type { Json } from '../base/json';
import type { Range, ScalarNode } from './document';
import { keptLines } from './line-diff';

/**
 * Where content line `line` (0-based) of a literal block scalar stands, without its indentation and line break.
 * A line that the scalar does not have, or a scalar of another style: the whole scalar.
 */
export function innerLine(node: ScalarNode, text: string, line: number): Range {
  return blockLines(node, text)?.[line] ?? node.range;
}

/**
 * The lines of a literal block scalar that are not in `other`, or, where `other` only has lines more, the line that they
 * follow. A difference only in the final line breaks is shown on the last line. Other styles, and values that are no
 * text: the whole scalar.
 */
export function changedLines(node: ScalarNode, text: string, other: Json | undefined): readonly Range[] {
  const lines = blockLines(node, text);
  if (!lines || typeof node.value !== 'string' || typeof other !== 'string') return [node.range];
  if (node.value === other) return [];
  const kept = keptLines(contentLines(node.value), contentLines(other));
  const own = new Set(kept.map(([mine]) => mine));
  const changed = lines.filter((_, index) => !own.has(index));
  if (changed.length > 0) return changed;
  const [gap] = gapsAfter(kept, lines.length);
  const at = lines[Math.min(gap ?? lines.length - 1, lines.length - 1)];
  return [at ?? node.range];
}

/** Own lines, which are all kept, after which the other text has lines of its own. */
function gapsAfter(kept: readonly (readonly [number, number])[], count: number): readonly number[] {
  const gaps: number[] = [];
  let theirs = 0;
  for (const [mine, other] of kept) {
    if (other > theirs) gaps.push(Math.max(mine - 1, 0));
    theirs = other + 1;
  }
  return [...gaps, count - 1];
}

/** The lines of a text; the line break at its end begins no further line. */
export function contentLines(value: string): readonly string[] {
  const lines = value.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

/** Where the content lines of a literal block scalar stand; `undefined` for any other scalar. */
export function blockLines(node: ScalarNode, text: string): readonly Range[] | undefined {
  if (node.style !== 'literal' || typeof node.value !== 'string') return undefined;
  const values = contentLines(node.value);
  const raw: Range[] = [];
  const line = /(?:\r\n?|\n)([^\r\n]*)/y;
  line.lastIndex = headerEnd(node, text);
  while (raw.length < values.length) {
    const match = line.exec(text);
    if (!match) break;
    raw.push({ start: line.lastIndex - (match[1] ?? '').length, end: line.lastIndex });
  }
  const first = values.findIndex(value => value !== '');
  const firstRaw = raw[first];
  const indent = firstRaw ? firstRaw.end - firstRaw.start - (values[first] ?? '').length : 0;
  return raw.map(({ start, end }) => ({ start: Math.min(start + indent, end), end }));
}

/** End of the line that holds the `|` or `>`. */
export function headerEnd(node: ScalarNode, text: string): number {
  const header = /(?:[&!]\S*\s+)*[^\r\n]*/y;
  header.lastIndex = node.range.start;
  header.exec(text);
  return header.lastIndex;
}
