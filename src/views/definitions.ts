import * as vscode from 'vscode';
import { Lifetime } from '../core/base/lifetime';
import type { Engine } from '../core/drift/ports';
import type { FieldVerdict, PlaceOfValue } from '../core/drift/verdict';
import { Places } from '../core/manifests/places';
import { MANIFEST_FILES } from './code-lenses';
import type { JudgedTexts } from './judged-text';
import { SCHEME } from './live-documents';
import { marksOf } from './marks';
import type { RenderedFields } from './rendered-fields';

/** "Go to Definition" on a marked value of a rendered object: what sets it, what else has a part in it, and where its object comes from. */
export class Definitions implements vscode.DefinitionProvider, vscode.Disposable {
  readonly #lifetime = new Lifetime();
  readonly #engine: Engine;
  readonly #texts: JudgedTexts;
  readonly #rendered: RenderedFields;

  constructor(engine: Engine, texts: JudgedTexts, rendered: RenderedFields) {
    this.#engine = engine;
    this.#texts = texts;
    this.#rendered = rendered;
    this.#lifetime.add(vscode.languages.registerDefinitionProvider([MANIFEST_FILES, { scheme: SCHEME }], this));
  }

  provideDefinition(document: vscode.TextDocument, position: vscode.Position): vscode.Location[] {
    const rendered = this.#rendered.of(document);
    if (rendered) return rendered.filter(({ line }) => line === position.line).flatMap(({ field }) => this.#placesOf(field));
    const judged = this.#texts.of(document);
    if (!judged) return [];
    const offset = judged.offset(position);
    const marks = marksOf(judged.file).filter(({ field, whole }) => field?.set !== undefined && whole.start <= offset && offset <= whole.end);
    return marks.flatMap(({ field, object }) => {
      const { manifest } = object;
      const origin = manifest && field?.set?.file !== manifest.file ? [this.#location(manifest.file, manifest.named, undefined)] : [];
      return field ? [...this.#placesOf(field), ...origin] : [];
    });
  }

  dispose(): void {
    this.#lifetime.dispose();
  }

  #placesOf({ set }: FieldVerdict): vscode.Location[] {
    const places: readonly PlaceOfValue[] = set ? [set, ...set.others] : [];
    return places.flatMap(({ file, range, text }) => (file !== undefined && range ? [this.#location(file, range, text)] : []));
  }

  #location(file: string, range: { readonly start: number; readonly end: number }, text: string | undefined): vscode.Location {
    const lines = new Places(this.#engine.text(file) ?? text ?? '');
    const [start, end] = [lines.placeAt(range.start), lines.placeAt(range.end)];
    return new vscode.Location(vscode.Uri.file(file), new vscode.Range(start.line, start.character, end.line, end.character));
  }
}
