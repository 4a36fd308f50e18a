import type { JsonObject } from '../base/json';
import type { ObjectRef } from '../kube/identity';
import type { Dialect, Manifest, MapNode, ParsedFile, Range } from './document';
import { parseManifests } from './parse';

/** UTF-16 units of text whose trees are kept: a tree takes about a dozen times the room of its text. */
const ROOM = 64 * 1024;

interface Source {
  readonly file: string;
  readonly text: string;
  readonly dialect: Dialect;
}

/**
 * Where each value of many files stands. Only drift, and what a person looks at, needs to know, and all trees together
 * would be the largest thing in memory: the ones used last are kept, any other is made again of its text.
 */
export class Trees {
  readonly #room: number;
  readonly #kept = new Map<Source, readonly MapNode[]>();
  #units = 0;

  constructor(room = ROOM) {
    this.#room = room;
  }

  /** As `parseManifests`; the manifests find their `root` again whenever it is asked for. */
  read(file: string, text: string, dialect: Dialect): ParsedFile {
    const source: Source = { file, text, dialect };
    const { manifests, problems } = parseManifests(file, text, dialect);
    if (manifests.length > 0) this.#keep(source, manifests.map(({ root }) => root));
    return { manifests: manifests.map((manifest, i) => new ReadManifest(manifest, () => this.#root(source, i))), problems };
  }

  #root(source: Source, index: number): MapNode {
    let roots = this.#kept.get(source);
    if (roots) this.#drop(source);
    else roots = parseManifests(source.file, source.text, source.dialect).manifests.map(({ root }) => root);
    this.#keep(source, roots);
    const root = roots[index];
    if (!root) throw new Error('a text was read differently the second time');
    return root;
  }

  #keep(source: Source, roots: readonly MapNode[]): void {
    this.#kept.set(source, roots);
    this.#units += source.text.length;
    for (const oldest of this.#kept.keys()) {
      if (this.#units <= this.#room || oldest === source) break;
      this.#drop(oldest);
    }
  }

  #drop(source: Source): void {
    if (this.#kept.delete(source)) this.#units -= source.text.length;
  }
}

class ReadManifest implements Manifest {
  readonly file: string;
  readonly document: number;
  readonly ref: ObjectRef;
  readonly object: JsonObject;
  readonly range: Range;
  readonly named: Range;
  readonly #find: () => MapNode;

  constructor({ file, document, ref, object, range, named }: Manifest, find: () => MapNode) {
    this.file = file;
    this.document = document;
    this.ref = ref;
    this.object = object;
    this.range = range;
    this.named = named;
    this.#find = find;
  }

  get root(): MapNode {
    return this.#find();
  }
}
