import { isArray, isObject, type Json } from '../base/json';
import { stringifyJson } from '../base/json-text';
import { blockEdits } from './block-edit';
import type { ListNode, MapNode, Pair, Range, SourceNode } from './document';
import { flowInsert, flowMembers, flowRemove } from './flow-edit';
import type { Layout } from './layout';
import { findPair } from './locate';
import { valueAt, type Operation, type Step } from './operations';
import type { TextEdit } from './text-edit';
import { blockText, flowText, isNested, itemLines, keyTextOf, pairLines, scalarText, valueLines, type Style } from './yaml-text';

/** What holds a node: the pair or item it is the value of. */
type Holder = { readonly kind: 'root'; readonly node: SourceNode } | { readonly kind: 'pair'; readonly map: MapNode; readonly pair: Pair; readonly node: SourceNode } | { readonly kind: 'item'; readonly list: ListNode; readonly index: number; readonly node: SourceNode };

/**
 * Edits that make one change in the text of a document. They are right for what people write; for odd layouts they may
 * come out wrong or `undefined`, so the caller has to parse what they lead to.
 */
export class NodeEditor {
  readonly #root: MapNode;
  readonly #layout: Layout;
  readonly #style: Style;

  constructor(root: MapNode, layout: Layout, style: Style) {
    this.#root = root;
    this.#layout = layout;
    this.#style = style;
  }

  /** `after` is the whole object with the change made: what comes through an alias is written out from it. */
  edits(operation: Operation, after: Json): readonly TextEdit[] | undefined {
    const { steps } = operation;
    let holder: Holder = { kind: 'root', node: this.#root };
    for (const [depth, step] of steps.entries()) {
      const { node } = holder;
      if (node.kind === 'alias') return this.#replace(holder, valueAt(after, steps.slice(0, depth)));
      const isLast = depth === steps.length - 1;
      if (isLast && operation.kind !== 'set') return operation.kind === 'remove' ? this.#remove(holder, step) : this.#insert(holder, step, operation.value);
      const next: Holder | undefined = held(node, step);
      if (!next) return node.kind === 'map' && typeof step === 'string' ? this.#addPair(holder, node, step, valueAt(after, steps.slice(0, depth + 1))) : undefined;
      holder = next;
    }
    return this.#replace(holder, operation.kind === 'set' ? operation.value : undefined);
  }

  #replace(holder: Holder, value: Json | undefined): readonly TextEdit[] | undefined {
    if (value === undefined) return undefined;
    const { node } = holder;
    const { range } = node;
    const inFlow = holder.kind === 'pair' ? holder.map.flow : holder.kind === 'item' ? holder.list.flow : node.kind === 'map' && node.flow;
    if (holder.kind === 'root') return [{ range, text: inFlow ? flowText(value, this.#style) : blockText(value, this.#layout.column(range.start), this.#style).join(this.#style.newline) }];
    if (!inFlow) return this.#replaceInBlock(holder, value);
    const text = node.kind === 'scalar' ? this.#inFlow(value, node.style) : flowText(value, this.#style);
    return [{ range, text: range.start === range.end ? this.#afterNothing(range.start, text) : text }];
  }

  /** Where no value is written, one needs a space before it, and in `{key}` a colon too. */
  #afterNothing(at: number, text: string): string {
    return /[:-]/.test(this.#layout.text[at - 1] ?? '') ? ` ${text}` : `: ${text}`;
  }

  #inFlow(value: Json, style: 'plain' | 'single' | 'double' | 'literal' | 'folded'): string {
    return isArray(value) || isObject(value) ? flowText(value, this.#style) : scalarText(value, style, true, this.#style);
  }

  #replaceInBlock(holder: Exclude<Holder, { kind: 'root' }>, value: Json): readonly TextEdit[] | undefined {
    const { node } = holder;
    const layout = this.#layout;
    const { range } = node;
    if (node.kind === 'scalar' && typeof value === 'string') {
      const inBlock = blockEdits(node, value, layout, this.#style);
      if (inBlock) return inBlock;
      if ((node.style === 'double' || node.style === 'single') && !value.includes('\n')) return [{ range, text: scalarText(value, node.style, false, this.#style) }];
      if (node.style === 'double') return [{ range, text: scalarText(value, 'double', false, this.#style) }];
    }
    const head = holder.kind === 'pair' ? layout.afterColon(holder.pair) : layout.dash(holder.list, holder.index) + 1;
    const column = holder.kind === 'pair' ? layout.column(holder.pair.keyRange.start) : head - 1 - layout.lineStart(head);
    // A block that ends in a comment's line would swallow the comment.
    const style = layout.isBlank(range.end, layout.lineEnd(range.end)) ? this.#style : { ...this.#style, literal: false };
    const adjacent = layout.isBlank(head, range.start);
    if (!isNested(value)) {
      const lines = valueLines(value, column + (holder.kind === 'pair' ? style.indent : 2), style);
      const onOneLine = !layout.hasBreak(head, range.start) && range.start > head;
      const text = lines.join(style.newline);
      if (!adjacent) return this.#belowComment(range, column + 1, column + style.indent, () => text);
      return [onOneLine ? { range, text } : { range: { start: head, end: range.end }, text: ` ${text}` }];
    }
    const inList = holder.kind === 'pair' && isArray(value);
    if (!adjacent) return this.#belowComment(range, inList ? column : column + 1, column + (inList ? style.listIndent : style.indent), at => blockText(value, at, style).join(style.newline));
    const start = { start: head, end: range.end };
    if (holder.kind === 'item') return [{ range: start, text: ` ${blockText(value, column + 2, style).join(style.newline)}` }];
    const inner = column + (isArray(value) ? style.listIndent : style.indent);
    return [{ range: start, text: style.newline + ' '.repeat(inner) + blockText(value, inner, style).join(style.newline) }];
  }

  /** The comment stays. The value begins where the old one did, unless its kind has to stand further in: a list may begin below its key, a map may not. */
  #belowComment(range: Range, least: number, usual: number, textAt: (column: number) => string): readonly TextEdit[] | undefined {
    const column = this.#layout.column(range.start);
    if (!this.#layout.opensLine(range.start)) return undefined;
    if (column >= least) return [{ range, text: textAt(column) }];
    return [{ range: { start: this.#layout.lineStart(range.start), end: range.end }, text: ' '.repeat(usual) + textAt(usual) }];
  }

  #addPair(holder: Holder, map: MapNode, key: string, value: Json | undefined): readonly TextEdit[] | undefined {
    if (value === undefined) return undefined;
    const layout = this.#layout;
    if (map.flow) {
      if (map.pairs.length === 0 && this.#inBlock(holder)) return this.#replace(holder, { [key]: value });
      const members = flowMembers(map);
      return flowInsert(members, members.members.length, `${keyTextOf(key, true, this.#style)}: ${this.#flowLines(value, map)}`, layout, this.#style.newline);
    }
    return [this.#linesAfter(map.range.end, pairLines(key, value, layout.mapColumn(map), this.#style))];
  }

  #insert(holder: Holder, step: Step, value: Json): readonly TextEdit[] | undefined {
    const list = holder.node;
    const layout = this.#layout;
    if (list.kind !== 'list' || typeof step !== 'number') return undefined;
    if (list.flow) {
      if (list.items.length === 0 && this.#inBlock(holder)) return this.#replace(holder, [value]);
      return flowInsert(flowMembers(list), step, this.#flowLines(value, list), layout, this.#style.newline);
    }
    const lines = itemLines(value, layout.column(layout.dash(list, 0)), this.#style);
    const before = step >= list.items.length ? list.range.end : list.items[step - 1]?.range.end;
    if (before !== undefined) return [this.#linesAfter(before, lines)];
    const dash = layout.dash(list, 0);
    if (!layout.opensLine(dash)) return undefined;
    const start = layout.lineStart(dash);
    return [{ range: { start, end: start }, text: lines.map(line => line + this.#style.newline).join('') }];
  }

  /** Whether an empty pair of brackets may give way to lines of its own. */
  #inBlock(holder: Holder): boolean {
    return (holder.kind === 'pair' && !holder.map.flow) || (holder.kind === 'item' && !holder.list.flow);
  }

  #flowLines(value: Json, container: MapNode | ListNode): string {
    const [first] = flowMembers(container).members;
    if (!this.#style.json || !first || !this.#layout.opensLine(first.start)) return flowText(value, this.#style);
    return stringifyJson(value, 2).replaceAll('\n', this.#style.newline + ' '.repeat(this.#layout.column(first.start)));
  }

  #linesAfter(end: number, lines: readonly string[]): TextEdit {
    const at = this.#layout.lineEnd(end);
    return { range: { start: at, end: at }, text: lines.map(line => this.#style.newline + line).join('') };
  }

  #remove(holder: Holder, step: Step): readonly TextEdit[] | undefined {
    const { node } = holder;
    if (node.kind !== 'map' && node.kind !== 'list') return undefined;
    const members = flowMembers(node);
    const index = typeof step === 'number' ? step : node.kind === 'map' ? node.pairs.filter(pair => !pair.merged).findIndex(pair => pair.key === step) : -1;
    const member = members.members[index];
    if (!member) return undefined;
    const all = node.kind === 'map' ? node.pairs.length : node.items.length;
    if (all === 1) return this.#replace(holder, node.kind === 'map' ? {} : []);
    if (node.flow) return flowRemove(members, index, this.#layout);
    const startOf = (at: number): number | undefined => (node.kind === 'list' ? (at < node.items.length ? this.#layout.dash(node, at) : undefined) : members.members[at]?.start);
    return this.#removeLines(startOf(index) ?? member.start, member.end, startOf(index + 1));
  }

  #removeLines(start: number, end: number, next: number | undefined): readonly TextEdit[] | undefined {
    const layout = this.#layout;
    if (layout.opensLine(start)) {
      const until = layout.nextLine(end);
      const from = layout.lineStart(start);
      // At the end of a text without a final line break, the one before goes.
      const atEnd = until === layout.lineEnd(end) && from > 0;
      return [{ range: { start: atEnd ? layout.lineEnd(from - (layout.text[from - 2] === '\r' ? 2 : 1)) : from, end: until }, text: '' }];
    }
    if (next === undefined) return undefined;
    // It shares its line with the dash of its list item: what follows moves up to it, unless comments stand between.
    if (layout.isBlank(end, next)) return [{ range: { start, end: next }, text: '' }];
    let from = start;
    while (layout.text[from - 1] === ' ') from--;
    return [{ range: { start: from, end: layout.lineEnd(end) }, text: '' }];
  }
}

function held(node: SourceNode, step: Step): Holder | undefined {
  if (node.kind === 'map' && typeof step === 'string') {
    const pair = findPair(node, step);
    return pair && !pair.merged ? { kind: 'pair', map: node, pair, node: pair.node } : undefined;
  }
  if (node.kind === 'list' && typeof step === 'number') {
    const item = node.items[step];
    return item ? { kind: 'item', list: node, index: step, node: item } : undefined;
  }
  return undefined;
}
