import { blockLines, contentLines, headerEnd } from './block-lines';
import type { ScalarNode } from './document';
import type { Layout } from './layout';
import { keptLines } from './line-diff';
import type { TextEdit } from './text-edit';
import type { Style } from './yaml-text';

/**
 * Edits that give a literal block scalar another text, touching only the lines that differ; `undefined` where the block
 * cannot hold it as it stands (its indentation or its number of final line breaks would need another header).
 */
export function blockEdits(node: ScalarNode, value: string, layout: Layout, style: Style): readonly TextEdit[] | undefined {
  const { text } = layout;
  const lines = blockLines(node, text);
  if (!lines || typeof node.value !== 'string' || !/\S/.test(value)) return undefined;
  const before = contentLines(node.value);
  const after = contentLines(value);
  const first = before.findIndex(line => line !== '');
  const firstLine = lines[first];
  if (!firstLine || lines.length !== before.length || /^\s/.test(after.find(line => line !== '') ?? ' ')) return undefined;
  const chomping = chompingFor(node, value, text);
  if (!chomping) return undefined;
  const indent = ' '.repeat(layout.column(firstLine.start));
  const written = (from: number, to: number): string[] => after.slice(from, to).map(line => (line === '' ? '' : indent + line));
  const edits: TextEdit[] = [...chomping];
  // Runs of lines between those that both have.
  let mine = 0;
  let theirs = 0;
  for (const [keptMine, keptTheirs] of [...keptLines(before, after), [before.length, after.length] as const]) {
    if (keptMine > mine || keptTheirs > theirs) edits.push(run(mine, keptMine, written(theirs, keptTheirs)));
    mine = keptMine + 1;
    theirs = keptTheirs + 1;
  }
  return edits;

  function run(from: number, to: number, replacement: readonly string[]): TextEdit {
    // From the end of the line before, so that no line break is left over at either end.
    const start = from === 0 ? headerEnd(node, text) : (lines?.[from - 1]?.end ?? node.range.end);
    const end = lines?.[to - 1]?.end ?? start;
    const inserted = replacement.map(line => style.newline + line).join('');
    const old = text.slice(start, Math.max(end, start));
    // Only what is new where lines just follow; else without the line break both sides begin with.
    const shared = old.startsWith(style.newline) && inserted.startsWith(style.newline) ? style.newline.length : 0;
    return { range: { start: start + shared, end: Math.max(end, start) }, text: inserted.slice(shared) };
  }
}

/** The edit of the header that final line breaks need; none when they fit. */
function chompingFor(node: ScalarNode, value: string, text: string): readonly TextEdit[] | undefined {
  const breaks = /\n*$/.exec(value)?.[0].length ?? 0;
  const header = /(?:[&!]\S*\s+)*[|>]([-+0-9]*)/y;
  header.lastIndex = node.range.start;
  const match = header.exec(text);
  if (!match) return undefined;
  const marks = match[1] ?? '';
  if (/\d/.test(marks)) return undefined;
  if (marks.includes('+')) return breaks > 0 ? [] : undefined;
  if (breaks > 1) return undefined;
  const wanted = breaks === 0 ? '-' : '';
  const end = header.lastIndex;
  return marks === wanted ? [] : [{ range: { start: end - marks.length, end }, text: wanted }];
}
