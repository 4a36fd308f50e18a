import { textAt } from '../base/json';
import type { Manifest, MapNode } from '../manifests/document';
import { readDocuments } from '../manifests/documents';
import { parseManifests } from '../manifests/parse';
import { resolveIn } from './kustomization';
import { textOf, type Reach } from './reach';

/** Where an object is written: the document, or the entry of the generator that makes it. */
export interface Source {
  readonly file: string;
  readonly document: number;
  readonly root: MapNode;
}

/** What a root is built from. */
export class Sources {
  readonly #reached: Reach;
  readonly #parsed = new Map<string, readonly Manifest[]>();
  readonly #configs = new Map<string, readonly Source[]>();
  readonly #entries = new Map<MapNode, Source>();

  constructor(reached: Reach) {
    this.#reached = reached;
  }

  /** Files that are listed as resources. */
  listed(): readonly string[] {
    const named = [...this.#reached.kustomizations.values()].flatMap(({ folder, references }) => references.flatMap(({ text, kind }) => (kind === 'resource' ? (resolveIn(folder, text) ?? []) : [])));
    return [...new Set(named)].filter(path => this.#reached.files.has(path));
  }

  /** Reads the listed files one by one, so that asking for their documents takes no time. */
  *read(): Generator<undefined, void, undefined> {
    for (const file of this.listed()) {
      this.documents(file);
      yield;
    }
  }

  documents(file: string): readonly Manifest[] {
    const bytes = this.#reached.files.get(file);
    const manifests = this.#parsed.get(file) ?? (bytes ? parseManifests(file, textOf(bytes), 'K3').manifests : []);
    this.#parsed.set(file, manifests);
    return manifests;
  }

  /** The entries of a generator of a kustomization, or the generators in a file that it lists; the same object each time. */
  entries(kustomization: string, field: 'configMapGenerator' | 'secretGenerator'): readonly Source[] {
    if (!this.#reached.kustomizations.has(kustomization)) return this.#configured(kustomization).filter(({ root }) => textAt(root.value, 'kind')?.toLowerCase() === field.toLowerCase());
    const list = this.#reached.kustomizations.get(kustomization)?.root?.pairs.find(({ key }) => key === field)?.node;
    return (list?.kind === 'list' ? list.items : []).flatMap(item => {
      if (item.kind !== 'map') return [];
      const source = this.#entries.get(item) ?? { file: kustomization, document: 1, root: item };
      this.#entries.set(item, source);
      return [source];
    });
  }

  /** Generators that have a file of their own. */
  #configured(file: string): readonly Source[] {
    const bytes = this.#reached.files.get(file);
    const known = this.#configs.get(file) ?? (bytes ? readDocuments(textOf(bytes), 'K3') : []).flatMap(({ root }, i): Source[] => (root?.kind === 'map' ? [{ file, document: i + 1, root }] : []));
    this.#configs.set(file, known);
    return known;
  }

  kustomization(folder: string): Source | undefined {
    for (const [file, { folder: its, root }] of this.#reached.kustomizations) if (its === folder && root) return { file, document: 1, root };
    return undefined;
  }
}
