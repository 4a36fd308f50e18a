import type { JsonObject } from '../base/json';
import { KeptObjects, type Holder } from '../base/kept-objects';
import type { ObjectRef } from '../kube/identity';
import type { Dialect, Manifest, ManifestProblem, MapNode, ParsedFile, Range } from './document';
import { parseManifests } from './parse';

/** UTF-16 units of text whose trees are kept: a tree takes about a dozen times the room of its text. */
const ROOM = 16 * 1024;

/** Words that are the same in thousands of manifests; more that differ are not worth looking for. */
const MOST_WORDS = 10_000;

/** A text that was read. */
interface Source {
  readonly trees: Trees;
  readonly file: string;
  readonly text: string;
  readonly dialect: Dialect;
}

/**
 * The manifests of many files, small enough that all of them may stay: beside the text of its file each has the text of its
 * object. Where each value stands only drift, and what a person looks at, needs to know, and all trees together would be the
 * largest thing in memory: the ones used last are kept, any other is made again of its text.
 */
export class Trees {
  readonly #room: number;
  readonly #kept = new Map<Source, readonly MapNode[]>();
  readonly #objects = new KeptObjects();
  readonly #words = new Map<string, string>();
  #units = 0;

  constructor(room = ROOM) {
    this.#room = room;
  }

  /** As `parseManifests`; the manifests find their `root`, and their `object`, again whenever it is asked for. */
  read(file: string, text: string, dialect: Dialect): ParsedFile {
    const source: Source = { trees: this, file, text, dialect };
    const { manifests, problems } = parseManifests(file, text, dialect);
    if (manifests.length > 0) this.#keep(source, manifests.map(({ root }) => root));
    const read = manifests.map((manifest, i) => new ReadManifest({ ...manifest, ref: this.#refOf(manifest) }, this.#objects.keep(manifest.object, text), source, i));
    return { manifests: read, problems: problems.length === 0 ? NO_PROBLEMS : problems };
  }

  /** Of the manifest at this place among those of the text. */
  rootOf(source: Source, index: number): MapNode {
    let roots = this.#kept.get(source);
    if (roots) this.#drop(source);
    else roots = parseManifests(source.file, source.text, source.dialect).manifests.map(({ root }) => root);
    this.#keep(source, roots);
    const root = roots[index];
    if (!root) throw new Error('a text was read differently the second time');
    return root;
  }

  #refOf({ ref: { apiVersion, kind, namespace, name } }: Manifest): ObjectRef {
    return { apiVersion: this.#word(apiVersion), kind: this.#word(kind), namespace: namespace === undefined ? undefined : this.#word(namespace), name };
  }

  #word(word: string): string {
    const known = this.#words.get(word);
    if (known !== undefined) return known;
    if (this.#words.size >= MOST_WORDS) return word;
    // A part of a text would hold all of it.
    const own = Buffer.from(word).toString();
    this.#words.set(own, own);
    return own;
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

const NO_PROBLEMS: readonly ManifestProblem[] = [];

class ReadManifest implements Manifest {
  readonly file: string;
  readonly document: number;
  readonly ref: ObjectRef;
  // Of `range` and of `named`: numbers take a third of the room of such objects.
  readonly #start: number;
  readonly #end: number;
  readonly #nameStart: number;
  readonly #nameEnd: number;
  readonly #holder: Holder;
  readonly #source: Source;
  /** Among the manifests of its text. */
  readonly #index: number;

  constructor({ file, document, ref, range, named }: Omit<Manifest, 'object'>, holder: Holder, source: Source, index: number) {
    this.file = file;
    this.document = document;
    this.ref = ref;
    this.#start = range.start;
    this.#end = range.end;
    this.#nameStart = named.start;
    this.#nameEnd = named.end;
    this.#holder = holder;
    this.#source = source;
    this.#index = index;
  }

  get range(): Range {
    return { start: this.#start, end: this.#end };
  }

  get named(): Range {
    return { start: this.#nameStart, end: this.#nameEnd };
  }

  get object(): JsonObject {
    return this.#holder.object;
  }

  get root(): MapNode {
    return this.#source.trees.rootOf(this.#source, this.#index);
  }
}
