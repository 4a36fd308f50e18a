import type * as vscode from 'vscode';
import type { Engine } from '../core/drift/ports';
import { Lookup, openFields } from '../core/drift/snapshot-lookup';
import type { ObjectState } from '../core/drift/snapshot';
import type { FieldVerdict } from '../core/drift/verdict';
import { placeText } from '../core/drift/set-words';
import { parseManifests } from '../core/manifests/parse';
import { placeOf } from '../core/manifests/place';
import { Places } from '../core/manifests/places';
import { SCHEME, type LiveDocuments } from './live-documents';

/** An open field of a rendered object, and where it stands in a text that was rendered of the object. */
export interface RenderedField {
  readonly object: ObjectState;
  readonly field: FieldVerdict;
  /** Its place among the object's open fields. */
  readonly index: number;
  /** 0-based. */
  readonly line: number;
}

/** The open fields of what was rendered, in the documents that show it: they are on no disk, and no snapshot has their ranges. */
export class RenderedFields {
  readonly #engine: Engine;
  readonly #documents: Pick<LiveDocuments, 'renderedObject'>;

  constructor(engine: Engine, documents: Pick<LiveDocuments, 'renderedObject'>) {
    this.#engine = engine;
    this.#documents = documents;
  }

  /** From top to bottom. `undefined`: the document shows no rendered object. */
  of(document: vscode.TextDocument): readonly RenderedField[] | undefined {
    const id = document.uri.scheme === SCHEME ? this.#documents.renderedObject(document.uri) : undefined;
    const object = id === undefined ? undefined : new Lookup(this.#engine.current).object(id)?.object;
    if (!object) return undefined;
    const text = document.getText();
    const root = parseManifests('', text, 'K2').manifests[0]?.root;
    if (!root) return [];
    const lines = new Places(text);
    return openFields(object)
      .map((field, index) => ({ object, field, index, line: lines.placeAt(placeOf(root, field.path, undefined, text).start).line }))
      .sort((a, b) => a.line - b.line);
  }
}

/** What sets the value, its own document included; empty where that is not known. `set by replicas in overlays/prod/kustomization.yaml`. */
export function setByText({ manifest }: ObjectState, { set }: FieldVerdict): string {
  if (!set?.certain || !manifest) return '';
  return `set by ${[set, ...set.others].slice(0, MAX_PLACES).map(place => placeText(place, `${manifest.file}#`)).join(', ')}`;
}

const MAX_PLACES = 3;
