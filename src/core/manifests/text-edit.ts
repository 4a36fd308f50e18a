import type { Range } from './document';

/** Replaces a range of a text. The edits of one list all speak of the same text and do not overlap. */
export interface TextEdit {
  readonly range: Range;
  readonly text: string;
}

/** The text with the edits made. Edits at the same place keep their order. Throws `RangeError` when two overlap. */
export function applyEdits(text: string, edits: readonly TextEdit[]): string {
  let out = '';
  let from = 0;
  for (const { range, text: inserted } of inOrder(edits)) {
    if (range.start < from) throw new RangeError(`edits overlap at offset ${range.start}`);
    out += text.slice(from, range.start) + inserted;
    from = range.end;
  }
  return out + text.slice(from);
}

const inOrder = (edits: readonly TextEdit[]): readonly TextEdit[] => [...edits].sort((a, b) => a.range.start - b.range.start || a.range.end - b.range.end);

/** A text that is edited in several rounds, and that knows in the end which edits of the first text that comes to. */
export class Draft {
  readonly #original: string;
  /** Either a stretch of the original or new text. */
  #pieces: readonly Piece[];
  #text: string;

  constructor(original: string) {
    this.#original = original;
    this.#text = original;
    this.#pieces = original === '' ? [] : [{ from: 0, text: original }];
  }

  get text(): string {
    return this.#text;
  }

  apply(edits: readonly TextEdit[]): void {
    this.#text = applyEdits(this.#text, edits);
    const pieces: Piece[] = [];
    let at = 0;
    for (const { range, text } of inOrder(edits)) {
      pieces.push(...cut(this.#pieces, at, range.start));
      if (text !== '') pieces.push({ from: undefined, text });
      at = range.end;
    }
    pieces.push(...cut(this.#pieces, at, Infinity));
    this.#pieces = pieces;
  }

  /** Edits of the original text, offsets moved by `offset`. */
  edits(offset: number): readonly TextEdit[] {
    const edits: TextEdit[] = [];
    let at = 0;
    let inserted = '';
    const close = (until: number): void => {
      const edit = trimmed({ range: { start: at, end: until }, text: inserted }, this.#original);
      if (edit) edits.push({ range: { start: edit.range.start + offset, end: edit.range.end + offset }, text: edit.text });
      inserted = '';
    };
    for (const piece of this.#pieces) {
      if (piece.from === undefined) inserted += piece.text;
      else {
        if (piece.from > at || inserted !== '') close(piece.from);
        at = piece.from + piece.text.length;
      }
    }
    if (at < this.#original.length || inserted !== '') close(this.#original.length);
    return edits;
  }
}

interface Piece {
  readonly from: number | undefined;
  readonly text: string;
}

function cut(pieces: readonly Piece[], start: number, end: number): readonly Piece[] {
  const out: Piece[] = [];
  let at = 0;
  for (const { from, text } of pieces) {
    const low = Math.max(start - at, 0);
    const high = Math.min(end - at, text.length);
    if (low < high) out.push({ from: from === undefined ? undefined : from + low, text: text.slice(low, high) });
    at += text.length;
  }
  return out;
}

/** Without what it would write again as it is; `undefined` when nothing is left. */
function trimmed({ range, text }: TextEdit, original: string): TextEdit | undefined {
  let { start, end } = range;
  let low = 0;
  let high = text.length;
  while (start < end && low < high && original[start] === text[low]) {
    start++;
    low++;
  }
  while (start < end && low < high && original[end - 1] === text[high - 1]) {
    end--;
    high--;
  }
  return start === end && low === high ? undefined : { range: { start, end }, text: text.slice(low, high) };
}
