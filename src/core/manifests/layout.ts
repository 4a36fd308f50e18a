import { fromEntries, type Json } from '../base/json';
import type { ListNode, MapNode, Pair, Range, SourceNode } from './document';
import { resolved } from './locate';
import type { Style } from './yaml-text';

/** Questions about how a text is laid out around the nodes of one document. */
export class Layout {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  lineStart(offset: number): number {
    let at = offset;
    while (at > 0 && this.text[at - 1] !== '\n' && this.text[at - 1] !== '\r') at--;
    return at;
  }

  /** Before the line break. */
  lineEnd(offset: number): number {
    let at = offset;
    while (at < this.text.length && this.text[at] !== '\n' && this.text[at] !== '\r') at++;
    return at;
  }

  /** After the line break. */
  nextLine(offset: number): number {
    const end = this.lineEnd(offset);
    return end + (this.text.startsWith('\r\n', end) ? 2 : end < this.text.length ? 1 : 0);
  }

  column(offset: number): number {
    return offset - this.lineStart(offset);
  }

  /** Whether only spaces stand before it on its line. */
  opensLine(offset: number): boolean {
    return this.text.slice(this.lineStart(offset), offset).trim() === '';
  }

  isBlank(start: number, end: number): boolean {
    return this.text.slice(start, end).trim() === '';
  }

  hasBreak(start: number, end: number): boolean {
    return /[\r\n]/.test(this.text.slice(start, end));
  }

  /** Over spaces, line breaks and comments. */
  skipBlank(from: number): number {
    const blank = /(?:\s|(?<=\s)#[^\r\n]*)*/y;
    blank.lastIndex = from;
    blank.exec(this.text);
    return blank.lastIndex;
  }

  /** Right after the `:` of a pair; the end of the key where there is none (`{key}`). */
  afterColon(pair: Pair): number {
    const at = this.skipBlank(pair.keyRange.end);
    return this.text[at] === ':' ? at + 1 : pair.keyRange.end;
  }

  /** Where the `-` of an item of a block list stands. */
  dash(list: ListNode, index: number): number {
    const before = list.items[index - 1];
    return this.skipBlank(before ? before.range.end : this.afterProperties(list.range.start));
  }

  /** Past the anchor and tag that a node may begin with. */
  afterProperties(start: number): number {
    const properties = /(?:[&!]\S*\s+)*/y;
    properties.lastIndex = start;
    properties.exec(this.text);
    return this.skipBlank(properties.lastIndex);
  }

  /** Column of the keys of a block map. */
  mapColumn(map: MapNode): number {
    const own = map.pairs.find(pair => !pair.merged);
    return this.column(own ? own.keyRange.start : this.afterProperties(map.range.start));
  }
}

const own = (map: MapNode): readonly Pair[] => map.pairs.filter(pair => !pair.merged);

/** How this document is written, read off its first nested map, its first block list and its first quoted text. */
export function styleOf(root: SourceNode, layout: Layout): Style {
  let indent: number | undefined;
  let listIndent: number | undefined;
  let quote: Style['quote'] | undefined;
  const visit = (node: SourceNode): void => {
    if (node.kind === 'scalar' && (node.style === 'double' || node.style === 'single')) quote ??= node.style === 'double' ? '"' : "'";
    if (node.kind === 'list') for (const item of node.items) visit(item);
    if (node.kind !== 'map') return;
    for (const pair of own(node)) {
      const column = layout.column(pair.keyRange.start);
      const inner = pair.node;
      if (!node.flow && inner.kind === 'map' && !inner.flow) indent ??= Math.max(layout.mapColumn(inner) - column, 1);
      if (!node.flow && inner.kind === 'list' && !inner.flow) listIndent ??= Math.max(layout.column(layout.dash(inner, 0)) - column, 0);
      visit(inner);
    }
  };
  visit(root);
  return { indent: indent ?? 2, listIndent: listIndent ?? 2, newline: layout.text.includes('\r\n') ? '\r\n' : '\n', json: isJson(root, layout), quote: quote ?? '"', literal: true };
}

/** A document between brackets with quoted keys has to stay JSON. */
function isJson(root: SourceNode, { text }: Layout): boolean {
  const map = resolved(root);
  const first = map.kind === 'map' ? map.pairs[0] : undefined;
  return map.kind === 'map' && map.flow && first !== undefined && text[first.keyRange.start] === '"';
}

/** The anchor that a node begins with. */
const anchorOf = (node: SourceNode, { text }: Layout): string | undefined => /^(?:!\S*\s+)?&([^\s,[\]{}]+)/.exec(text.slice(node.range.start, node.range.end))?.[1];

/** A `*alias` (or the map of a `<<`) in the document: where it stands, and what it stands for. */
export interface AliasToken {
  readonly range: Range;
  readonly value: Json;
}

/** The aliases whose anchored node has one of these ranges in it, or ends on a line where one of them begins. */
export function aliasesOfTouched(root: SourceNode, touched: readonly Range[], layout: Layout): readonly AliasToken[] {
  const anchors = new Set<string>();
  const tokens = new Map<number, { readonly range: Range; readonly value: Json }>();
  const visit = (node: SourceNode): void => {
    if (node.kind === 'alias') {
      tokens.set(node.range.start, node);
      return;
    }
    const anchor = anchorOf(node, layout);
    const reach = layout.lineEnd(node.range.end);
    if (anchor !== undefined && touched.some(({ start, end }) => start <= reach && end >= node.range.start)) anchors.add(anchor);
    if (node.kind === 'list') for (const item of node.items) visit(item);
    if (node.kind === 'map') {
      for (const { range, value } of mergeTokens(node)) tokens.set(range.start, { range, value });
      for (const pair of own(node)) visit(pair.node);
    }
  };
  visit(root);
  return [...tokens.values()].filter(({ range }) => anchors.has(layout.text.slice(range.start + 1, range.end)) && layout.text[range.start] === '*' && !touched.some(({ start, end }) => start < range.end && end > range.start));
}

function mergeTokens(map: MapNode): readonly AliasToken[] {
  const groups = new Map<number, { readonly range: Range; readonly entries: [string, Json][] }>();
  for (const { key, node, merged } of map.pairs) {
    if (!merged) continue;
    const group = groups.get(merged.start) ?? { range: merged, entries: [] };
    group.entries.push([key, node.value]);
    groups.set(merged.start, group);
  }
  return [...groups.values()].map(({ range, entries }) => ({ range, value: fromEntries(entries) }));
}
