import type * as vscode from 'vscode';
import { Position, Range } from 'vscode';
import { Places, sameLines } from '../core/manifests/places';
import type { Range as Offsets } from '../core/manifests/document';
import type { Engine } from '../core/drift/ports';
import type { FileState } from '../core/drift/snapshot';

/** What the snapshot says of an open document, with its ranges moved to where they are now. */
export interface Judged {
  readonly file: FileState;
  /** The document shows the very text that was judged. False between an edit and the next snapshot. */
  readonly exact: boolean;
  range(offsets: Offsets): vscode.Range;
  /** Offset in the judged text. */
  offset(position: vscode.Position): number;
}

/** Finds the judged state of documents; remembers, for each, the last answer. */
export class JudgedTexts {
  readonly #engine: Engine;
  readonly #known = new WeakMap<vscode.TextDocument, { readonly version: number; readonly file: FileState; readonly judged: Judged }>();

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  of(document: vscode.TextDocument): Judged | undefined {
    if (document.uri.scheme !== 'file') return undefined;
    const file = this.#engine.current.files.get(document.uri.fsPath);
    if (!file) return undefined;
    const known = this.#known.get(document);
    if (known?.file === file && known.version === document.version) return known.judged;
    const judged = judge(file, document.getText());
    this.#known.set(document, { version: document.version, file, judged });
    return judged;
  }
}

function judge(file: FileState, now: string): Judged {
  const text = file.textVersion;
  const exact = sameLines(text, now);
  const then = new Places(text);
  if (exact) {
    const at = (offset: number): Position => {
      const { line, character } = then.placeAt(offset);
      return new Position(line, character);
    };
    return { file, exact, range: ({ start, end }) => new Range(at(start), at(end)), offset: position => then.offsetAt(position) };
  }
  const edit = editBetween(text, now);
  const current = new Places(now);
  const at = (offset: number): Position => {
    const { line, character } = current.placeAt(shift(offset, edit));
    return new Position(line, character);
  };
  const back = { start: edit.start, end: edit.end + edit.by, by: -edit.by };
  return { file, exact, range: ({ start, end }) => new Range(at(start), at(end)), offset: position => shift(current.offsetAt(position), back) };
}

/** One replacement that leads from one text to the other: what lies between their common start and common end. */
interface Edit {
  readonly start: number;
  /** Where the replaced part ends in the old text. */
  readonly end: number;
  readonly by: number;
}

function editBetween(old: string, now: string): Edit {
  const shorter = Math.min(old.length, now.length);
  let start = 0;
  while (start < shorter && old.charCodeAt(start) === now.charCodeAt(start)) start++;
  let tail = 0;
  while (tail < shorter - start && old.charCodeAt(old.length - 1 - tail) === now.charCodeAt(now.length - 1 - tail)) tail++;
  return { start, end: old.length - tail, by: now.length - old.length };
}

function shift(offset: number, { start, end, by }: Edit): number {
  if (offset <= start) return offset;
  return offset >= end ? offset + by : Math.min(offset, end + by);
}
