import { EVENT_ID, getScalarValue, SCALAR_STYLE, COLLECTION_STYLE, type Event, type MappingEvent, type ScalarEvent, type ScalarStyle, type SequenceEvent } from 'js-yaml';
import type { Json } from '../base/json';
import { stringifyJson } from '../base/json-text';
import type { AliasNode, Dialect, ListNode, MapNode, Range, ScalarNode, SourceNode } from './document';
import { MapBuilder, MAX_MERGED, type MergeBudget } from './map-builder';
import { keyText, resolvePlain, NOT_FINITE } from './scalars';
import { resolveTagged } from './tags';
import { Trouble } from './trouble';

/** Values that a document may come to once its aliases are followed: enough for any real manifest, too few for a bomb to hurt. */
export const MAX_NODES = 1_000_000;
/** Begins what is said of a document of more. */
export const TOO_MANY_ALIASES = 'its aliases come to more than';

/** One document of a stream: what it holds, or why it cannot be used. Empty documents have neither. */
export interface Composed {
  readonly root: SourceNode | undefined;
  readonly trouble: Trouble | undefined;
  /** Keys written twice where the reader lets the last one count. */
  readonly warnings: readonly Trouble[];
}

/** Text that js-yaml's events point into. */
export interface Stream {
  readonly text: string;
  readonly events: readonly Event[];
  /** Where `text` begins in the file. */
  readonly offset: number;
  /** The events come from a flattened copy of `text`: scalars that looked like one line may span several. */
  readonly flattened: boolean;
  readonly dialect: Dialect;
}

type ValueNode = ScalarNode | MapNode | ListNode;

interface Anchor {
  /** `undefined` while the node is still open: an alias in it would hold itself. */
  readonly node: ValueNode | undefined;
  readonly size: number;
}

interface Frame {
  readonly kind: 'map' | 'list';
  /** Where the value begins, its anchor and tag included. */
  readonly start: number;
  /** The bracket that ends it; `''` for block style. */
  readonly close: string;
  readonly flow: boolean;
  readonly anchor: string | undefined;
  readonly items: SourceNode[];
  readonly pairs: MapBuilder | undefined;
  /** End of what was read last. */
  last: number;
  size: number;
}

const STYLES: Readonly<Record<ScalarStyle, ScalarNode['style']>> = {
  [SCALAR_STYLE.PLAIN]: 'plain',
  [SCALAR_STYLE.SINGLE_QUOTED]: 'single',
  [SCALAR_STYLE.DOUBLE_QUOTED]: 'double',
  [SCALAR_STYLE.LITERAL_BLOCK]: 'literal',
  [SCALAR_STYLE.FOLDED_BLOCK]: 'folded',
};

/** Builds the documents of a stream. Does not throw for anything a text may hold. */
export function compose(stream: Stream): Composed[] {
  const documents: Composed[] = [];
  const { events } = stream;
  for (let at = 0; at < events.length; ) {
    const end = nextDocument(events, at + 1);
    documents.push(composeOne(stream, at + 1, end));
    at = end;
  }
  return documents;
}

function nextDocument(events: readonly Event[], from: number): number {
  let at = from;
  while (at < events.length && events[at]?.type !== EVENT_ID.DOCUMENT) at++;
  return at;
}

function composeOne(stream: Stream, from: number, to: number): Composed {
  const composer = new Composer(stream);
  try {
    for (let at = from; at < to; at++) {
      const event = stream.events[at];
      if (event) composer.take(event);
    }
    const root = composer.root;
    return { root: root && root.value !== null ? root : undefined, trouble: undefined, warnings: composer.warnings };
  } catch (error) {
    if (error instanceof Trouble) return { root: undefined, trouble: error, warnings: composer.warnings };
    throw error;
  }
}

class Composer {
  readonly #text: string;
  readonly #offset: number;
  readonly #flattened: boolean;
  readonly #dialect: Dialect;
  readonly #anchors = new Map<string, Anchor>();
  readonly #budget: MergeBudget = { left: MAX_MERGED };
  readonly #frames: Frame[] = [];
  #frame: Frame | undefined;
  readonly warnings: Trouble[] = [];
  root: SourceNode | undefined;

  constructor(stream: Stream) {
    this.#text = stream.text;
    this.#offset = stream.offset;
    this.#flattened = stream.flattened;
    this.#dialect = stream.dialect;
  }

  take(event: Event): void {
    switch (event.type) {
      case EVENT_ID.SCALAR:
        if (this.#frame?.pairs?.expectsKey) this.#scalarKey(event);
        else this.#scalar(event);
        return;
      case EVENT_ID.MAPPING:
      case EVENT_ID.SEQUENCE:
        this.#open(event);
        return;
      case EVENT_ID.ALIAS:
        this.#alias(event.anchorStart, event.anchorEnd);
        return;
      case EVENT_ID.POP:
        if (this.#frame) this.#close(this.#frame);
        return;
      case EVENT_ID.DOCUMENT:
        return;
    }
  }

  #scalarKey(event: ScalarEvent): void {
    const frame = this.#frame;
    if (!frame?.pairs) return;
    const raw = this.#raw(event);
    const [start, end] = event.valueStart < 0 && event.tagStart < 0 && event.anchorStart < 0 ? [frame.last, frame.last] : this.#span(event, frame.last);
    frame.last = end;
    const plain = event.style === SCALAR_STYLE.PLAIN && event.tagStart < 0;
    const resolved = plain ? resolvePlain(raw, this.#dialect) : event.tagStart < 0 ? raw : this.#tagged(event, raw, start, end);
    const value = resolved === NOT_FINITE ? raw : resolved;
    if (event.anchorStart >= 0) this.#anchor(this.#text.slice(event.anchorStart, event.anchorEnd), { kind: 'scalar', style: STYLES[event.style], range: this.#range(start, end), value }, 1);
    frame.pairs.key(this.#keyOf(value, raw, start, end), this.#range(start, end), plain && raw === '<<');
  }

  #keyOf(value: Json, raw: string, start: number, end: number): string {
    if (typeof value === 'string') return value;
    if (this.#dialect === 'K3') throw this.#trouble(`the key ${raw || 'null'} is not text; kustomize refuses it: quote it`, start, end);
    const text = keyText(value, raw);
    if (text === undefined) throw this.#trouble(`the key ${raw || 'null'} is not text; kubectl refuses it: quote it`, start, end);
    return text;
  }

  #scalar(event: ScalarEvent): void {
    const last = this.#frame?.last ?? 0;
    const [start, end] = this.#span(event, last);
    const raw = this.#raw(event);
    let value: Json;
    if (event.tagStart >= 0) value = this.#tagged(event, raw, start, end);
    else if (event.style === SCALAR_STYLE.PLAIN) {
      const resolved = resolvePlain(raw, this.#dialect);
      if (resolved === NOT_FINITE) throw this.#trouble(`${raw} is no number that JSON can hold`, start, end);
      value = resolved;
    } else value = raw;
    const node: ScalarNode = { kind: 'scalar', range: this.#range(start, end), value, style: STYLES[event.style] };
    if (event.anchorStart >= 0) this.#anchor(this.#text.slice(event.anchorStart, event.anchorEnd), node, 1);
    this.#add(node, end, 1);
  }

  #raw(event: ScalarEvent): string {
    return getScalarValue(this.#text, this.#flattened && event.fast ? { ...event, fast: false } : event);
  }

  #tagged(event: ScalarEvent, raw: string, start: number, end: number): Json {
    const resolved = resolveTagged(this.#text.slice(event.tagStart, event.tagEnd), raw, this.#dialect);
    if (typeof resolved === 'object' && resolved !== null) throw this.#trouble(resolved.refused, start, end);
    return resolved;
  }

  #open(event: MappingEvent | SequenceEvent): void {
    const kind = event.type === EVENT_ID.MAPPING ? 'map' : 'list';
    if (this.#frame?.pairs?.expectsKey) throw this.#trouble(`a ${kind} cannot be a key`, event.start, event.start + 1);
    const flow = event.style === COLLECTION_STYLE.FLOW;
    const bracket = flow ? (this.#text[event.start] === (kind === 'map' ? '{' : '[') ? (kind === 'map' ? '}' : ']') : '') : '';
    const frame: Frame = {
      kind,
      start: propertiesStart(event, event.start),
      close: bracket,
      flow,
      anchor: event.anchorStart < 0 ? undefined : this.#text.slice(event.anchorStart, event.anchorEnd),
      items: [],
      pairs: kind === 'map' ? new MapBuilder(this.#dialect, this.#budget) : undefined,
      last: bracket ? event.start + 1 : event.start,
      size: 1,
    };
    if (frame.anchor !== undefined) this.#anchors.set(frame.anchor, { node: undefined, size: 0 });
    if (this.#frame) this.#frames.push(this.#frame);
    this.#frame = frame;
  }

  #close(frame: Frame): void {
    const end = frame.close ? this.#closing(frame.last, frame.close) : frame.last;
    this.#frame = this.#frames.pop();
    const range = this.#range(frame.start, end);
    const node: MapNode | ListNode = frame.pairs ? frame.pairs.build(range, frame.flow) : { kind: 'list', range, flow: frame.flow, value: frame.items.map(item => item.value), items: frame.items };
    if (frame.pairs) this.warnings.push(...frame.pairs.warnings);
    if (frame.anchor !== undefined) this.#anchor(frame.anchor, node, frame.size);
    this.#add(node, end, frame.size);
  }

  #alias(nameStart: number, nameEnd: number): void {
    const name = this.#text.slice(nameStart, nameEnd);
    const start = nameStart - 1;
    const anchor = this.#anchors.get(name);
    if (!anchor) throw this.#trouble(`no anchor &${name} above this alias`, start, nameEnd);
    const { node } = anchor;
    if (!node) throw this.#trouble(`the anchor &${name} holds itself`, start, nameEnd);
    const range = this.#range(start, nameEnd);
    const frame = this.#frame;
    if (frame?.pairs?.expectsKey) {
      if (node.kind !== 'scalar') throw this.#trouble(`a ${node.kind} cannot be a key`, start, nameEnd);
      frame.last = nameEnd;
      frame.pairs.key(this.#keyOf(node.value, stringifyJson(node.value), start, nameEnd), range, false);
      return;
    }
    const alias: AliasNode = { kind: 'alias', range, value: node.value, target: node };
    this.#add(alias, nameEnd, anchor.size);
  }

  #anchor(name: string, node: ValueNode, size: number): void {
    this.#anchors.set(name, { node, size });
  }

  #add(node: SourceNode, end: number, size: number): void {
    const frame = this.#frame;
    if (!frame) {
      this.root = node;
      return;
    }
    frame.size += size;
    if (frame.size > MAX_NODES) throw this.#trouble(`${TOO_MANY_ALIASES} ${MAX_NODES.toLocaleString('en')} values; it is not read`, node.range.start - this.#offset, node.range.end - this.#offset);
    frame.last = end;
    if (frame.pairs) frame.pairs.value(node);
    else frame.items.push(node);
  }

  #range(start: number, end: number): Range {
    return { start: start + this.#offset, end: end + this.#offset };
  }

  #trouble(message: string, start: number, end: number): Trouble {
    return new Trouble(message, start + this.#offset, Math.max(end, start + 1) + this.#offset);
  }

  /** From the first of anchor, tag and value to the end of the value; `last` is the end of what stands before it. */
  #span(event: ScalarEvent, last: number): [number, number] {
    if (event.valueStart < 0) {
      const end = Math.max(event.anchorEnd, event.tagEnd);
      if (end >= 0) return [propertiesStart(event, end), end];
      const at = this.#emptyAt(last);
      return [at, at];
    }
    switch (event.style) {
      case SCALAR_STYLE.PLAIN:
        return [propertiesStart(event, event.valueStart), event.valueEnd];
      case SCALAR_STYLE.SINGLE_QUOTED:
      case SCALAR_STYLE.DOUBLE_QUOTED:
        return [propertiesStart(event, event.valueStart - 1), event.valueEnd + 1];
      default:
        return this.#blockSpan(event, last);
    }
  }

  #blockSpan(event: ScalarEvent, last: number): [number, number] {
    const text = this.#text;
    const mark = event.style === SCALAR_STYLE.LITERAL_BLOCK ? '|' : '>';
    const header = text.indexOf(mark, Math.max(last, event.anchorEnd, event.tagEnd));
    const headerEnd = header + (/^[|>][-+0-9]*/.exec(text.slice(header, header + 4))?.[0].length ?? 1);
    let end = Math.min(event.valueEnd, text.length);
    const keep = text.slice(header, headerEnd).includes('+');
    if (keep) end = beforeBreak(text, end);
    // Blank lines under the text belong to it only with `+`; lines of blanks longer than the indent are text.
    while (!keep && end > event.valueStart) {
      const lineEnd = beforeBreak(text, end);
      let blank = lineEnd;
      while (blank > event.valueStart && text[blank - 1] === ' ') blank--;
      const lineStart = blank === event.valueStart || text[blank - 1] === '\n' || text[blank - 1] === '\r';
      if (!lineStart || (event.indent >= 0 && lineEnd - blank > event.indent)) {
        end = lineEnd;
        break;
      }
      end = blank;
    }
    return [propertiesStart(event, header), end <= event.valueStart ? headerEnd : end];
  }

  /** Where a value that is not written would stand: right after its `:` or `-`. */
  #emptyAt(last: number): number {
    const frame = this.#frame;
    if (!frame) return last;
    const at = skipBlank(this.#text, last);
    const c = this.#text[at];
    return c === (frame.kind === 'map' ? ':' : '-') ? at + 1 : last;
  }

  #closing(last: number, close: string): number {
    let at = last;
    while (at < this.#text.length) {
      at = skipBlank(this.#text, at);
      if (this.#text[at] === close) return at + 1;
      at++;
    }
    return last;
  }
}

function propertiesStart(event: { readonly anchorStart: number; readonly tagStart: number }, start: number): number {
  let first = start;
  if (event.anchorStart >= 0) first = Math.min(first, event.anchorStart - 1);
  if (event.tagStart >= 0) first = Math.min(first, event.tagStart);
  return first;
}

function beforeBreak(text: string, end: number): number {
  let at = end;
  if (text[at - 1] === '\n') at--;
  if (text[at - 1] === '\r') at--;
  return at;
}

/** Over spaces, line breaks and comments. */
function skipBlank(text: string, from: number): number {
  let at = from;
  for (;;) {
    const c = text[at];
    if (c === ' ' || c === '\t' || c === '\n' || c === '\r') at++;
    else if (c === '#' && (at === 0 || /\s/.test(text[at - 1] ?? ''))) {
      while (at < text.length && text[at] !== '\n' && text[at] !== '\r') at++;
    } else return at;
  }
}
