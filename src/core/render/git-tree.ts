import { posix } from 'node:path';
import type { Repository } from '../git/repository';
import { isManifestName } from '../manifests/file-names';
import type { Tree, TreeEntry } from './tree';

/** So many files are read at a time: a process is dear. */
const TOGETHER = 512;

/** The files of one commit, read from Git's objects: never from the working tree, never by a checkout. Rejects with `GitError`. */
export class GitTree implements Tree {
  readonly #repository: Repository;
  readonly #revision: string;
  readonly #texts = new Map<string, string | undefined>();
  readonly #reading = new Map<string, Promise<void>>();
  #listing: Promise<Listing> | undefined;

  constructor(repository: Repository, revision: string) {
    this.#repository = repository;
    this.#revision = revision;
  }

  async entry(path: string): Promise<TreeEntry> {
    const { folders, beside } = await this.#list();
    const together = beside.get(path);
    if (!together) return { kind: folders.has(path) ? 'folder' : 'absent' };
    if (!this.#texts.has(path)) await this.#read(together);
    const text = this.#texts.get(path);
    // Bytes that are no UTF-8 have become replacement characters, or were left out: a generator may want them as they are.
    if (text === undefined || text.includes('\ufffd')) {
      const bytes = await this.#repository.bytes(this.#revision, path);
      return bytes ? { kind: 'file', bytes } : { kind: 'unreadable', reason: 'is too large, and is not read at an earlier commit' };
    }
    return { kind: 'file', bytes: Buffer.from(text) };
  }

  /** Once, however many wait for it. */
  async #read(paths: readonly string[]): Promise<void> {
    const key = paths[0] ?? '';
    const reading = this.#reading.get(key) ?? this.#repository.blobs(this.#revision, paths).then(texts => {
      for (const [file, text] of texts) this.#texts.set(file, text);
    });
    this.#reading.set(key, reading);
    await reading.finally(() => this.#reading.delete(key));
  }

  #list(): Promise<Listing> {
    this.#listing ??= this.#repository.tree(this.#revision, '').then(listed);
    this.#listing.catch(() => (this.#listing = undefined));
    return this.#listing;
  }
}

interface Listing {
  readonly folders: ReadonlySet<string>;
  /** For each file those that are read with it. */
  readonly beside: ReadonlyMap<string, readonly string[]>;
}

/** Whoever reads a manifest mostly reads those around it; other files are read with those of their folder. */
function listed(paths: readonly string[]): Listing {
  const folders = new Set(['']);
  const beside = new Map<string, string[]>();
  const others = new Map<string, string[]>();
  let together: string[] = [];
  for (const path of paths) {
    const own = posix.dirname(path);
    for (let folder = own; folder !== '.' && !folders.has(folder); folder = posix.dirname(folder)) folders.add(folder);
    let list = together;
    if (!isManifestName(posix.basename(path))) {
      list = others.get(own) ?? [];
      others.set(own, list);
    } else if (together.length >= TOGETHER) list = together = [];
    list.push(path);
    beside.set(path, list);
  }
  return { folders, beside };
}

/** Commits whose files are remembered: what is applied, what is committed, what is pushed. */
const MOST_TREES = 3;

/** Many roots are read of few commits. */
export class GitTrees {
  readonly #kept = new Map<string, GitTree>();

  of(repository: Repository, revision: string): GitTree {
    const key = `${repository.root}\0${revision}`;
    const tree = this.#kept.get(key) ?? new GitTree(repository, revision);
    this.#kept.delete(key);
    this.#kept.set(key, tree);
    const oldest = this.#kept.keys().next();
    if (this.#kept.size > MOST_TREES && !oldest.done) this.#kept.delete(oldest.value);
    return tree;
  }
}
