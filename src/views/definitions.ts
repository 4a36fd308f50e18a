import * as vscode from 'vscode';
import { Lifetime } from '../core/base/lifetime';
import type { Engine } from '../core/drift/ports';
import { Lookup, openFields } from '../core/drift/snapshot-lookup';
import type { FieldVerdict, PlaceOfValue } from '../core/drift/verdict';
import { parseManifests } from '../core/manifests/parse';
import { placeOf } from '../core/manifests/place';
import { Places } from '../core/manifests/places';
import { MANIFEST_FILES } from './code-lenses';
import type { JudgedTexts } from './judged-text';
import { SCHEME, type LiveDocuments } from './live-documents';
import { marksOf } from './marks';

/** "Go to Definition" on a marked value of a rendered object: what sets it, what else has a part in it, and where its object comes from. */
export class Definitions implements vscode.DefinitionProvider, vscode.Disposable {
  readonly #lifetime = new Lifetime();
  readonly #engine: Engine;
  readonly #texts: JudgedTexts;
  readonly #documents: Pick<LiveDocuments, 'renderedObject'>;

  constructor(engine: Engine, texts: JudgedTexts, documents: Pick<LiveDocuments, 'renderedObject'>) {
    this.#engine = engine;
    this.#texts = texts;
    this.#documents = documents;
    this.#lifetime.add(vscode.languages.registerDefinitionProvider([MANIFEST_FILES, { scheme: SCHEME }], this));
  }

  provideDefinition(document: vscode.TextDocument, position: vscode.Position): vscode.Location[] {
    const rendered = document.uri.scheme === SCHEME ? this.#documents.renderedObject(document.uri) : undefined;
    if (rendered !== undefined) return this.#ofRendered(rendered, document.getText(), position);
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

  /** In the text of a rendered object, which is on no disk. */
  #ofRendered(id: string, text: string, position: vscode.Position): vscode.Location[] {
    const object = new Lookup(this.#engine.current).object(id)?.object;
    const root = parseManifests('', text, 'K2').manifests[0]?.root;
    if (!object || !root) return [];
    const lines = new Places(text);
    const fields = openFields(object).filter(({ path }) => lines.placeAt(placeOf(root, path, undefined, text).start).line === position.line);
    return fields.flatMap(field => this.#placesOf(field));
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
