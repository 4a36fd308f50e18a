import { posix } from 'node:path';
import type { Repository } from '../git/repository';
import type { Tree, TreeEntry } from './tree';

/** The files of one commit, read from Git's objects: never from the working tree, never by a checkout. Rejects with `GitError`. */
export class GitTree implements Tree {
  readonly #repository: Repository;
  readonly #revision: string;
  readonly #texts = new Map<string, string | undefined>();
  #listing: Promise<Listing> | undefined;

  constructor(repository: Repository, revision: string) {
    this.#repository = repository;
    this.#revision = revision;
  }

  async entry(path: string): Promise<TreeEntry> {
    const { files, folders } = await this.#list();
    if (!files.has(path)) return { kind: folders.has(path) ? 'folder' : 'absent' };
    if (!this.#texts.has(path)) {
      // Whoever reads one file of a folder mostly reads the others: one process for all of them.
      const beside = [...files].filter(file => posix.dirname(file) === posix.dirname(path));
      for (const [file, text] of await this.#repository.blobs(this.#revision, beside)) this.#texts.set(file, text);
    }
    const text = this.#texts.get(path);
    // Bytes that are no UTF-8 have become replacement characters, or were left out: a generator may want them as they are.
    if (text === undefined || text.includes('\ufffd')) {
      const bytes = await this.#repository.bytes(this.#revision, path);
      return bytes ? { kind: 'file', bytes } : { kind: 'unreadable', reason: 'is too large, and is not read at an earlier commit' };
    }
    return { kind: 'file', bytes: Buffer.from(text) };
  }

  #list(): Promise<Listing> {
    this.#listing ??= this.#repository.tree(this.#revision, '').then(paths => {
      const folders = new Set(['']);
      for (const path of paths) for (let folder = posix.dirname(path); folder !== '.' && !folders.has(folder); folder = posix.dirname(folder)) folders.add(folder);
      return { files: new Set(paths), folders };
    });
    return this.#listing;
  }
}

interface Listing {
  readonly files: ReadonlySet<string>;
  readonly folders: ReadonlySet<string>;
}
