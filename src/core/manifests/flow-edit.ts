import type { ListNode, MapNode, Range } from './document';
import type { Layout } from './layout';
import type { TextEdit } from './text-edit';

/** Members of a map or items of a list between brackets, by where each begins and ends. */
export interface FlowMembers {
  readonly node: MapNode | ListNode;
  readonly members: readonly Range[];
}

export function flowMembers(node: MapNode | ListNode): FlowMembers {
  if (node.kind === 'list') return { node, members: node.items.map(item => item.range) };
  return { node, members: node.pairs.filter(pair => !pair.merged).map(({ keyRange, node: { range } }) => ({ start: keyRange.start, end: Math.max(range.end, keyRange.end) })) };
}

/** Writes a member before the one at `index`, or after the last. `undefined` where there are no brackets to write between. */
export function flowInsert({ node, members }: FlowMembers, index: number, text: string, layout: Layout, newline: string): readonly TextEdit[] | undefined {
  const close = node.range.end - 1;
  if (!/[\]}]/.test(layout.text[close] ?? '')) return undefined;
  const next = members[index];
  const edge = members.at(-1);
  if (!edge) return layout.isBlank(layout.afterProperties(node.range.start) + 1, close) ? [insertion(close, text)] : undefined;
  const ownLines = layout.opensLine(edge.start) && edge.start > layout.lineEnd(node.range.start);
  const pad = newline + ' '.repeat(layout.column(edge.start));
  if (next) return [insertion(next.start, ownLines ? `${text},${pad}` : `${text}, `)];
  if (!ownLines) return [insertion(edge.end, `, ${text}`)];
  const comma = layout.skipBlank(edge.end);
  const hasComma = layout.text[comma] === ',';
  const after = hasComma ? comma + 1 : edge.end;
  const lineEnd = layout.lineEnd(after);
  const restIsComment = /^\s*(?:#.*)?$/.test(layout.text.slice(after, lineEnd));
  const line = insertion(restIsComment ? lineEnd : after, `${pad}${text}${hasComma ? ',' : ''}`);
  return hasComma ? [line] : [insertion(edge.end, ','), line];
}

/** Takes a member out, and one comma with it. */
export function flowRemove({ members }: FlowMembers, index: number, layout: Layout): readonly TextEdit[] | undefined {
  const gone = members[index];
  if (!gone) return undefined;
  const before = members[index - 1];
  const after = members[index + 1];
  if (after) {
    const comma = layout.skipBlank(gone.end);
    const ownLine = layout.opensLine(gone.start) && /^,\s*(?:#.*)?$/.test(layout.text.slice(comma, layout.lineEnd(comma)));
    return ownLine ? [deletion(layout.lineStart(gone.start), layout.nextLine(comma))] : [deletion(gone.start, after.start)];
  }
  if (!before) return [deletion(gone.start, gone.end)];
  const comma = layout.skipBlank(before.end);
  if (layout.isBlank(comma + 1, gone.start)) return [deletion(before.end, gone.end)];
  // A comment stands between: it stays, and so does the line it is on.
  return [deletion(comma, comma + 1), deletion(layout.lineEnd(layout.lineStart(gone.start) - 1), gone.end)];
}

const insertion = (at: number, text: string): TextEdit => ({ range: { start: at, end: at }, text });
const deletion = (start: number, end: number): TextEdit => ({ range: { start, end }, text: '' });
