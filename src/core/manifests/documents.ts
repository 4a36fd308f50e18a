import { parseEvents, YAMLException, type Event } from 'js-yaml';
import type { Json } from '../base/json';
import { compose, type Composed } from './compose';
import type { Dialect } from './document';
import { flattenFlow } from './flatten';
import { Trouble } from './trouble';

/** Levels of nesting that are read; real manifests have fewer than 60. */
export const MAX_DEPTH = 500;

/** Broken documents after which a file is given up. */
const MAX_BROKEN = 200;

/** One document that holds something, or is broken. */
export interface SourceDocument extends Composed {
  /** Where it, and what belongs to it, lies in the text: from its `---` to the next. */
  readonly text: string;
}

/** The documents of a YAML stream or JSON file that are not empty, in order. A broken one costs only itself. */
export function readDocuments(text: string, dialect: Dialect): readonly SourceDocument[] {
  // Only if something is wrong does it pay to look at the documents one by one.
  const events = tryEvents(text);
  if (events) return compose({ text, events, offset: 0, flattened: false, dialect }).filter(holdsSomething).map(document => ({ ...document, text }));
  const documents: SourceDocument[] = [];
  let broken = 0;
  for (const { start, end } of segmentsOf(text)) {
    const segment = text.slice(start, end);
    if (/^---\s*$/.test(segment)) continue;
    for (const document of readSegment(segment, start, dialect)) if (holdsSomething(document)) documents.push(document);
    // Whatever this file is, it is not made of manifests, and a parser's error is dear.
    if (documents.at(-1)?.trouble && ++broken >= MAX_BROKEN) break;
  }
  return documents;
}

/** The value of the first document of a YAML text; `undefined` where there is none, or it cannot be read. */
export function firstDocument(text: string): Json | undefined {
  const [document] = readDocuments(text, 'K2');
  return document?.trouble ? undefined : document?.root?.value;
}

const holdsSomething = (document: Composed): boolean => document.root !== undefined || document.trouble !== undefined;

function tryEvents(text: string): readonly Event[] | undefined {
  try {
    return parseEvents(text, { maxDepth: MAX_DEPTH });
  } catch (error) {
    if (isParserError(error)) return undefined;
    throw error;
  }
}

/** A stack overflow is an answer too: the text nests too deeply. */
const isParserError = (error: unknown): error is YAMLException | RangeError => error instanceof YAMLException || error instanceof RangeError;

function readSegment(text: string, offset: number, dialect: Dialect): SourceDocument[] {
  let failure: YAMLException | RangeError | undefined;
  for (const flattened of [false, true]) {
    try {
      const events = parseEvents(flattened ? flattenFlow(text) : text, { maxDepth: MAX_DEPTH });
      return compose({ text, events, offset, flattened, dialect }).map(document => ({ ...document, text }));
    } catch (error) {
      if (!isParserError(error)) throw error;
      failure = error;
      if (!error.message.startsWith('deficient indentation')) break;
    }
  }
  return failure ? [{ root: undefined, trouble: troubleOf(failure, text, offset), warnings: [], text }] : [];
}

interface Segment {
  readonly start: number;
  readonly end: number;
}

/** Cut before every `---` at the start of a line: YAML allows none inside a value. Directives stay with the document they precede. */
function segmentsOf(text: string): readonly Segment[] {
  const cuts = [...text.matchAll(/^---(?![^\s])/gm)].map(match => match.index);
  const segments: Segment[] = [];
  let start = 0;
  for (const cut of [...cuts, text.length]) {
    const directives = cut < text.length && /^\uFEFF?(?:[ \t]*(?:#.*|%.*)?(?:\r\n?|\n))*$/.test(text.slice(start, Math.min(cut, start + 4_096))) && cut - start < 4_096;
    if (directives) continue;
    segments.push({ start, end: cut });
    start = cut;
  }
  return segments;
}

/** From where the parser stopped to the end of that line; a place of its own even at the end of the text. */
function troubleOf(error: YAMLException | RangeError, text: string, offset: number): Trouble {
  if (error instanceof RangeError) return new Trouble(`it nests more than ${MAX_DEPTH} levels deep; it is not read`, offset, offset + Math.min(3, text.length));
  const reason = error.reason.startsWith('nesting exceeded') ? `it nests more than ${MAX_DEPTH} levels deep; it is not read` : error.reason;
  let start = Math.min(error.mark?.position ?? 0, text.length);
  const line = /[^\r\n]*/y;
  line.lastIndex = start;
  let end = start + (line.exec(text)?.[0].trimEnd().length ?? 0);
  if (end === start) {
    // Nothing stands there: mark the last characters before it.
    end = text.slice(0, start).trimEnd().length;
    start = Math.max(text.lastIndexOf('\n', end - 1) + 1, text.lastIndexOf('\r', end - 1) + 1);
    start += /^\s*/.exec(text.slice(start, end))?.[0].length ?? 0;
  }
  return new Trouble(reason, start + offset, Math.max(end, start) + offset);
}
