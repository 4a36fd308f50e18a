import { keptLines } from '../core/manifests/line-diff';

export interface DiffNames {
  readonly before: string;
  readonly after: string;
}

/** Lines around a change that are shown with it, as `diff -u` does. */
const CONTEXT = 3;

interface Line {
  readonly mark: ' ' | '-' | '+';
  readonly text: string;
}

/** Two texts as a unified diff, a line each; empty when their lines are the same. */
export function unifiedDiff(before: string, after: string, names: DiffNames): string[] {
  const [a, b] = [linesOf(before), linesOf(after)];
  const lines = sideBySide(a, b);
  const changed = lines.flatMap(({ mark }, index) => (mark === ' ' ? [] : [index]));
  if (changed.length === 0) return [];
  const out = [`--- ${names.before}`, `+++ ${names.after}`];
  for (let i = 0; i < changed.length; ) {
    let last = i;
    while (last + 1 < changed.length && (changed[last + 1] ?? 0) - (changed[last] ?? 0) <= 2 * CONTEXT + 1) last++;
    out.push(...hunk(lines, Math.max(0, (changed[i] ?? 0) - CONTEXT), Math.min(lines.length, (changed[last] ?? 0) + CONTEXT + 1)));
    i = last + 1;
  }
  return out;
}

/** The text's lines without their ends; a last line without an end says so, in the words of diff. */
function linesOf(text: string): string[] {
  if (text === '') return [];
  const lines = text.split(/\r\n|\n|\r/);
  if (lines.at(-1) === '') lines.pop();
  else lines.push(`${lines.pop() ?? ''}\n\\ No newline at end of file`);
  return lines;
}

function sideBySide(a: readonly string[], b: readonly string[]): Line[] {
  const lines: Line[] = [];
  let [x, y] = [0, 0];
  for (const [keptA, keptB] of [...keptLines(a, b), [a.length, b.length] as const]) {
    for (; x < keptA; x++) lines.push({ mark: '-', text: a[x] ?? '' });
    for (; y < keptB; y++) lines.push({ mark: '+', text: b[y] ?? '' });
    const kept = a[x];
    if (kept !== undefined) lines.push({ mark: ' ', text: kept });
    x++;
    y++;
  }
  return lines;
}

function hunk(lines: readonly Line[], from: number, to: number): string[] {
  const count = (part: readonly Line[], side: '-' | '+'): number => part.filter(({ mark }) => mark === ' ' || mark === side).length;
  const [before, inside] = [lines.slice(0, from), lines.slice(from, to)];
  const range = (side: '-' | '+'): string => {
    const size = count(inside, side);
    // An empty side is named by the line before it.
    return `${count(before, side) + (size === 0 ? 0 : 1)}${size === 1 ? '' : `,${size}`}`;
  };
  return [`@@ -${range('-')} +${range('+')} @@`, ...inside.map(({ mark, text }) => mark + text)];
}
