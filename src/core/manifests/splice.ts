import { sameJson, type Json } from '../base/json';
import { formatPath, type Path } from '../kube/path';
import type { Dialect, Manifest } from './document';
import { aliasesOfTouched, Layout, styleOf } from './layout';
import { commonKeyFallback, type KeyFallback } from './locate';
import { NodeEditor } from './node-edit';
import { operationsOf, pathOf, performed, valueAt, type Operation, type Step } from './operations';
import { parseManifests } from './parse';
import { applyEdits, Draft, type TextEdit } from './text-edit';
import { flowText } from './yaml-text';

/** `stale`: the text is not the one the manifest was read from. `unwritable`: no edit of it reads as the wanted value. */
export class SpliceError extends Error {
  readonly kind: 'stale' | 'unwritable';

  constructor(kind: SpliceError['kind'], message: string) {
    super(message);
    this.name = 'SpliceError';
    this.kind = kind;
  }
}

/** So many characters are read again, at most, to prove single edits of one document: a few seconds. */
const MAX_READ = 5_000_000;

/** A value to be put at a path, or with `undefined` nothing. */
export interface Change {
  readonly path: Path;
  readonly value: Json | undefined;
}

/**
 * The smallest edits of `text`, from which `manifest` was read, after which its document holds the changes, made in
 * order. Comments, order, quoting and all else stay as they are; what comes through an alias is written out in its place,
 * and the anchored node keeps its value for everybody else. Proven by parsing the outcome. Throws `SpliceError`.
 */
export function project(manifest: Manifest, text: string, changes: readonly Change[], keyFallback: KeyFallback = commonKeyFallback): readonly TextEdit[] {
  const segment = documentAround(text, manifest.range.start, manifest.range.end);
  const editor = new DocumentEditor(manifest, segment.text, segment.start);
  editor.all(changes, keyFallback);
  return editor.draft.edits(segment.start);
}

/** The text between the `---` before a place and the one after it. */
function documentAround(text: string, start: number, end: number): { readonly start: number; readonly text: string } {
  let from = 0;
  // Backwards line by line: the file may be long, its documents are short.
  for (let line = start; line > 0 && from === 0; line--) {
    if (text[line - 1] !== '\n' && text[line - 1] !== '\r') continue;
    if (/^---(?!\S)/.test(text.slice(line, line + 4))) from = line;
  }
  const next = /^---(?!\S)/gm;
  next.lastIndex = end;
  const to = next.exec(text)?.index ?? text.length;
  return { start: from, text: text.slice(from, to) };
}

class DocumentEditor {
  readonly #file: string;
  readonly #dialect: Dialect;
  /** Which of the document's objects it is: a `List` has several. */
  readonly #index: number;
  #manifests: readonly Manifest[];
  readonly draft: Draft;

  constructor(manifest: Manifest, text: string, offset: number) {
    this.#file = manifest.file;
    this.draft = new Draft(text);
    for (const dialect of ['K2', 'K3'] as const) {
      const { manifests } = parseManifests(this.#file, text, dialect);
      const index = manifests.findIndex(({ range, object }) => range.start + offset === manifest.range.start && sameJson(object, manifest.object));
      if (index < 0) continue;
      this.#dialect = dialect;
      this.#index = index;
      this.#manifests = manifests;
      return;
    }
    throw new SpliceError('stale', 'the text is not the one the manifest was read from');
  }

  get #current(): Manifest {
    const manifest = this.#manifests[this.#index];
    if (!manifest) throw new SpliceError('stale', 'the document holds no object any more');
    return manifest;
  }

  all(changes: readonly Change[], keyFallback: KeyFallback): void {
    const done = this.#scalarsFirst(changes, keyFallback);
    if (this.#isTooMuch(changes.slice(done), keyFallback)) {
      this.#atOnce(changes.slice(done), keyFallback);
      return;
    }
    for (const change of changes.slice(done)) {
      // From the object as it is now: earlier changes may have moved list items.
      for (const operation of operationsOf(this.#current.object, change.path, change.value, keyFallback)) this.#one(operation);
    }
  }

  /** Every single change is proven by reading the document again. */
  #isTooMuch(changes: readonly Change[], keyFallback: KeyFallback): boolean {
    let single = 0;
    for (const { path, value } of changes) {
      single += operationsOf(this.#current.object, path, value, keyFallback).length;
      if (single > 1 && single * this.draft.text.length > MAX_READ) return true;
    }
    return false;
  }

  /** Writes what holds all the changes anew, in one go: what it is written with is lost. */
  #atOnce(changes: readonly Change[], keyFallback: KeyFallback): void {
    let after: Json = this.#current.object;
    let common: readonly Step[] | undefined;
    for (const { path, value } of changes) {
      const operations = operationsOf(after, path, value, keyFallback);
      after = allPerformed(after, path, value, operations);
      for (const { kind, steps } of operations) {
        const holder = kind === 'set' ? steps : steps.slice(0, -1);
        common = common === undefined ? holder : commonStart(common, holder);
      }
    }
    if (common !== undefined) this.#outwards(common, after);
  }

  /** Makes the leading changes of scalars that exist in one go, as most changes are, and says how many they were. */
  #scalarsFirst(changes: readonly Change[], keyFallback: KeyFallback): number {
    const { object, root } = this.#current;
    const layout = new Layout(this.draft.text);
    const editor = new NodeEditor(root, layout, styleOf(root, layout));
    const edits: TextEdit[] = [];
    let after: Json = object;
    let count = 0;
    let single = 0;
    for (const { path, value } of changes) {
      const operations = operationsOf(object, path, value, keyFallback);
      if (!operations.every(operation => operation.kind === 'set' && isScalar(operation.value) && isScalar(valueAt(object, operation.steps)))) break;
      after = allPerformed(after, path, value, operations);
      for (const operation of operations) edits.push(...(editor.edits(operation, after) ?? []));
      single += operations.length;
      count++;
    }
    return single > 1 && this.#accept(edits, after) ? count : 0;
  }

  #one(operation: Operation): void {
    const { object } = this.#current;
    const after = performed(object, operation);
    // The change itself; should its place be too oddly written, the value around it, and so on outwards.
    if (!this.#attempt(operation, after)) this.#outwards(operation.steps.slice(0, -1), after);
  }

  /** Writes the value at these steps anew, or one around it. */
  #outwards(from: readonly Step[], after: Json): void {
    for (let depth = from.length; depth >= 0; depth--) {
      const steps = from.slice(0, depth);
      const value = valueAt(after, steps);
      if (value !== undefined && this.#attempt({ kind: 'set', steps, value }, after)) return;
    }
    throw new SpliceError('unwritable', `${formatPath(pathOf(from))} cannot be written into this document`);
  }

  #attempt(operation: Operation, after: Json): boolean {
    const { root } = this.#current;
    const layout = new Layout(this.draft.text);
    const style = styleOf(root, layout);
    const edits = new NodeEditor(root, layout, style).edits(operation, after);
    if (!edits) return false;
    if (this.#accept(edits, after)) return true;
    // What was edited may be anchored: its aliases then have to keep the old value.
    const aliases = aliasesOfTouched(root, edits.map(({ range }) => range), layout).map(({ range, value }) => ({ range, text: flowText(value, style) }));
    return aliases.length > 0 && this.#accept([...edits, ...aliases], after);
  }

  /** Makes the edits if the outcome reads as wanted and the other objects of the document are what they were. */
  #accept(edits: readonly TextEdit[], after: Json): boolean {
    if (overlap(edits)) return false;
    const { manifests } = parseManifests(this.#file, applyEdits(this.draft.text, edits), this.#dialect);
    if (manifests.length !== this.#manifests.length) return false;
    if (!manifests.every(({ object }, index) => sameJson(object, index === this.#index ? after : this.#manifests[index]?.object))) return false;
    this.draft.apply(edits);
    this.#manifests = manifests;
    return true;
  }
}

function overlap(edits: readonly TextEdit[]): boolean {
  const ranges = edits.map(({ range }) => range).sort((a, b) => a.start - b.start || a.end - b.end);
  return ranges.some(({ start }, index) => start < (ranges[index - 1]?.end ?? 0));
}

/** The outcome of all operations that one change comes to. Several of them are those of a value that is there, which becomes the new one as a whole. */
function allPerformed(before: Json, path: Path, value: Json | undefined, operations: readonly Operation[]): Json {
  const [first] = operations;
  if (!first || operations.length === 1 || value === undefined) return operations.reduce(performed, before);
  return performed(before, { kind: 'set', steps: first.steps.slice(0, path.length), value });
}

function commonStart(a: readonly Step[], b: readonly Step[]): readonly Step[] {
  const end = a.findIndex((step, i) => step !== b[i]);
  return end < 0 ? a : a.slice(0, end);
}

const isScalar = (value: Json | undefined): boolean => value === null || (value !== undefined && typeof value !== 'object');

export { applyEdits, type TextEdit };
