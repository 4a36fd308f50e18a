import { readFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import type { Repository } from '../git/repository';
import { sourceIgnore, type SourceIgnore } from '../gitops/source-ignore';

export const SOURCE_IGNORE = '.sourceignore';

/** What Flux leaves out of a repository: by the files in it, and by what each source says itself. */
export class SourceRules {
  readonly #files: ReadonlyMap<string, string>;
  /** By `spec.ignore`: the same rules are the same object. */
  readonly #kept = new Map<string | undefined, SourceIgnore>();

  constructor(files: ReadonlyMap<string, string>) {
    this.#files = files;
  }

  /** Those of the working tree: at its root, and in the folders where the commit `head` has one. Rejects with `GitError`. */
  static async read(repository: Repository, head: string | undefined): Promise<SourceRules> {
    const committed = head === undefined ? [] : (await repository.tree(head, '')).filter(path => posix.basename(path) === SOURCE_IGNORE);
    const files = new Map<string, string>();
    for (const path of new Set([SOURCE_IGNORE, ...committed])) {
      const text = await readFile(join(repository.root, path), 'utf8').catch(() => undefined);
      if (text !== undefined) files.set(folderOf(path), text);
    }
    return new SourceRules(files);
  }

  /** Those of a commit. Rejects with `GitError`. */
  static async at(repository: Repository, revision: string): Promise<SourceRules> {
    const paths = (await repository.tree(revision, '')).filter(path => posix.basename(path) === SOURCE_IGNORE);
    const texts = await repository.blobs(revision, paths);
    return new SourceRules(new Map(paths.flatMap(path => (texts.get(path) === undefined ? [] : [[folderOf(path), texts.get(path) ?? '']]))));
  }

  /** Whether these rules come of the same files. */
  same(other: SourceRules): boolean {
    return other.#files.size === this.#files.size && [...other.#files].every(([folder, text]) => this.#files.get(folder) === text);
  }

  /** `ignore` is `spec.ignore` of the source. */
  of(ignore: string | undefined): SourceIgnore {
    const kept = this.#kept.get(ignore) ?? sourceIgnore(this.#files, ignore);
    this.#kept.set(ignore, kept);
    return kept;
  }
}

/** `''` for the top. */
const folderOf = (path: string): string => (posix.dirname(path) === '.' ? '' : posix.dirname(path));
