import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isGitError, type Repository } from '../git/repository';
import { sourceIgnore, type SourceIgnore } from '../gitops/source-ignore';
import { ManifestIndex } from '../manifests/folder-index';

/** What Git says of a working tree at one moment. */
export interface GitFacts {
  readonly head: string | undefined;
  readonly branch: string | undefined;
  /** The remote-tracking commit of the branch, if it has one. */
  readonly upstream: string | undefined;
  readonly remotes: readonly { readonly name: string; readonly url: string }[];
}

const NO_GIT: GitFacts = { head: undefined, branch: undefined, upstream: undefined, remotes: [] };

/** One workspace folder: its manifests, and its repository where Git may be asked. */
export class FolderSource {
  readonly root: string;
  readonly index: ManifestIndex;
  readonly #openRepository: (folder: string) => Promise<Repository | undefined>;
  readonly #onTrouble: (what: string, error: unknown) => void;
  repository: Repository | undefined;
  facts: GitFacts = NO_GIT;
  /** Why it is not known where the folder comes from; `undefined` when Git has answered. */
  doubt: string | undefined;
  /** What Flux leaves out of the source, by the rules at the repository's root. */
  ignore: SourceIgnore = sourceIgnore(new Map(), undefined);
  #scanned = false;
  #gitStale = true;
  #changed = new Set<string>();

  constructor(root: string, openRepository: (folder: string) => Promise<Repository | undefined>, onTrouble: (what: string, error: unknown) => void, only?: readonly string[]) {
    this.root = root;
    this.index = new ManifestIndex(root, only && { only });
    this.#openRepository = openRepository;
    this.#onTrouble = onTrouble;
  }

  filesChanged(paths: readonly string[]): void {
    for (const path of paths) this.#changed.add(path);
  }

  gitChanged(): void {
    this.#gitStale = true;
  }

  /** Everything is read anew at the next `update`. */
  forget(): void {
    this.#scanned = false;
    this.#gitStale = true;
  }

  /** Reads what changed since the last call. `trusted` false: files only, no Git, no process. */
  async update(unsaved: ReadonlyMap<string, string>, trusted: boolean, signal: AbortSignal): Promise<void> {
    const changed = [...this.#changed];
    this.#changed.clear();
    if (!this.#scanned) {
      await this.index.scan(signal);
      this.#scanned = true;
    } else if (changed.length > 0) {
      await this.index.update(changed);
    }
    this.index.setAllUnsaved(unsaved);
    if (trusted && this.#gitStale) await this.#readGit();
  }

  async #readGit(): Promise<void> {
    this.#gitStale = false;
    try {
      this.repository ??= await this.#openRepository(this.root);
      this.doubt = undefined;
      if (!this.repository) return;
      const [head, remotes] = await Promise.all([this.repository.head(), this.repository.remotes()]);
      this.facts = { head: head.sha, branch: head.branch, upstream: head.upstream?.sha, remotes };
      const rules = await readFile(join(this.repository.root, '.sourceignore'), 'utf8').catch(() => '');
      this.ignore = sourceIgnore(new Map([['', rules]]), undefined);
    } catch (error) {
      // Keeps the last facts: a lock file or a rebase in progress must not turn everything unknown.
      if (!this.repository || this.facts === NO_GIT) this.doubt = `the Git repository could not be read${isGitError(error) ? `: ${error.message}` : ''}`;
      this.#onTrouble('reading the Git repository failed', error);
      this.#gitStale = true;
    }
  }
}
