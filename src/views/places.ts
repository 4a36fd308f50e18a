import * as vscode from 'vscode';
import { objectsAt, openFields } from '../core/drift/snapshot-lookup';
import type { ObjectState } from '../core/drift/snapshot';
import type { JudgedTexts } from './judged-text';
import { marksOf, stops } from './marks';
import type { RenderedFields } from './rendered-fields';

/** From places in open documents to objects, and back. */
export class Places {
  readonly #texts: JudgedTexts;
  readonly #rendered: RenderedFields;

  constructor(texts: JudgedTexts, rendered: RenderedFields) {
    this.#texts = texts;
    this.#rendered = rendered;
  }

  /** The objects whose document the position lies in: one for each application that applies the file, worst first. */
  objectsAt(document: vscode.TextDocument, position: vscode.Position): readonly ObjectState[] {
    const judged = this.#texts.of(document);
    return judged ? objectsAt(judged.file, judged.offset(position)) : [];
  }

  /**
   * The open fields that a position's line is about, each with its place among those of its object; in a text that was
   * rendered all of the object's, where that line is about none.
   */
  fieldsAt(document: vscode.TextDocument, position: vscode.Position): readonly { readonly object: ObjectState; readonly field: number }[] {
    const rendered = this.#rendered.of(document);
    if (rendered) {
      const here = rendered.filter(({ line }) => line === position.line);
      return (here.length > 0 ? here : rendered).map(({ object, index }) => ({ object, field: index }));
    }
    const judged = this.#texts.of(document);
    const marks = judged ? marksOf(judged.file).filter(({ range }) => judged.range(range).start.line === position.line) : [];
    return marks.flatMap(({ object, field }) => (field ? [{ object, field: openFields(object).indexOf(field) }] : [])).filter(({ field }) => field >= 0);
  }

  /** Where "next drift" stops, from top to bottom. */
  stops(document: vscode.TextDocument): readonly vscode.Range[] {
    const judged = this.#texts.of(document);
    return judged ? stops(marksOf(judged.file)).map(mark => judged.range(mark.range)) : [];
  }

  /** The file that an object, or one of its open fields, stands in: of a rendered field the one that sets it. */
  fileOf(object: ObjectState, field: number | undefined): string | undefined {
    return (field === undefined ? undefined : openFields(object)[field]?.set?.file) ?? object.manifest?.file;
  }

  /** Where an object, or one of its open fields, stands in that file. */
  rangeOf(document: vscode.TextDocument, object: ObjectState, field: number | undefined): vscode.Range | undefined {
    const judged = this.#texts.of(document);
    const { manifest } = object;
    if (!judged || !manifest) return undefined;
    const wanted = field === undefined ? undefined : openFields(object)[field];
    const mark = wanted && marksOf(judged.file).find(one => one.object.id === object.id && one.field === wanted);
    return judged.range(mark?.range ?? (wanted?.set?.file === judged.file.file ? wanted.set.range : undefined) ?? wanted?.at ?? manifest.named);
  }
}
