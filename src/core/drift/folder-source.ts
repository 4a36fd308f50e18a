import { basename, sep } from 'node:path';
import { isGitError, type Repository } from '../git/repository';
import type { Application } from '../gitops/application';
import type { SourceIgnore } from '../gitops/source-ignore';
import { isManifestName } from '../manifests/file-names';
import { ManifestIndex } from '../manifests/folder-index';
import { isBelow } from './groups';
import { SOURCE_IGNORE, SourceRules } from './source-rules';

/** What Git says of a working tree at one moment. */
export interface GitFacts {
  readonly head: string | undefined;
  readonly branch: string | undefined;
  /** The remote-tracking commit of the branch, if it has one. */
  readonly upstream: string | undefined;
  readonly remotes: readonly { readonly name: string; readonly url: string }[];
  /** Symlinks and submodules at `head`, from the repository's root: what they lead to is not read. */
  readonly elsewhere: readonly string[];
}

const NO_GIT: GitFacts = { head: undefined, branch: undefined, upstream: undefined, remotes: [], elsewhere: [] };

/** Commits whose rules are remembered. */
const MOST_COMMITS = 20;

interface Around {
  readonly folders: readonly string[];
  readonly files: readonly string[];
}

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
  #rules = new SourceRules(new Map());
  readonly #rulesAt = new Map<string, Promise<SourceRules>>();
  #scanned = false;
  #gitStale = true;
  #gitReads = 0;
  #changed = new Set<string>();
  #unsaved: ReadonlyMap<string, string> = new Map();
  /** Counts the updates; which one last changed each path, and which one read everything anew. */
  #updates = 0;
  #anew = 0;
  readonly #changedAt = new Map<string, number>();
  /** Outside the folder: what applications take whole, and files that a kustomization names. */
  #around: Around = { folders: [], files: [] };

  constructor(root: string, openRepository: (folder: string) => Promise<Repository | undefined>, onTrouble: (what: string, error: unknown) => void, only?: readonly string[]) {
    this.root = root;
    this.index = new ManifestIndex(root, only && { only });
    this.#openRepository = openRepository;
    this.#onTrouble = onTrouble;
  }

  filesChanged(paths: readonly string[]): void {
    for (const path of paths) this.#changed.add(path);
    // Its rules are read with what Git says.
    if (paths.some(path => basename(path) === SOURCE_IGNORE)) this.#gitStale = true;
  }

  gitChanged(): void {
    this.#gitStale = true;
  }

  /** How often Git was asked what there is: what a clone does not have it may have the next time. */
  get gitReads(): number {
    return this.#gitReads;
  }

  /** Everything is read anew at the next `update`. */
  forget(): void {
    this.#scanned = false;
    this.#gitStale = true;
  }

  /** What Flux leaves out of the source that this application reads. */
  ignoredFor(application: Pick<Application, 'source'> | undefined): SourceIgnore {
    return this.#rules.of(application?.source?.ignore);
  }

  /** The same of a commit, whose own rules count. Rejects with `GitError`. */
  async ignoredAt(revision: string, application: Pick<Application, 'source'> | undefined): Promise<SourceIgnore> {
    if (!this.repository) return this.ignoredFor(application);
    const reading = this.#rulesAt.get(revision) ?? SourceRules.at(this.repository, revision);
    this.#rulesAt.delete(revision);
    this.#rulesAt.set(revision, reading);
    const oldest = this.#rulesAt.keys().next();
    if (this.#rulesAt.size > MOST_COMMITS && !oldest.done) this.#rulesAt.delete(oldest.value);
    try {
      return (await reading).of(application?.source?.ignore);
    } catch (error) {
      this.#rulesAt.delete(revision);
      throw error;
    }
  }

  /** Whether a change of this file or folder may matter. */
  reads(path: string): boolean {
    return this.index.reads(path);
  }

  /** How often it was looked for changes. */
  get updates(): number {
    return this.#updates;
  }

  /** Whether any of these paths, or a folder that it is in, has changed after that many updates, on disk or in the editor; of one that ends in a separator, anything below it. `undefined`: any path at all. */
  changedSince(paths: ReadonlySet<string> | undefined, updates: number): boolean {
    if (this.#anew > updates) return true;
    for (const [path, at] of this.#changedAt) if (at > updates && (!paths || paths.has(path) || [...paths].some(other => isBelow(path, other) || (other.endsWith(sep) && path.startsWith(other))))) return true;
    return false;
  }

  /** The index has these folders of the repository outside of this one as well, and no longer those of the last call. True: that is news. */
  readAround(folders: readonly string[], signal: AbortSignal): Promise<boolean> {
    return this.#include({ ...this.#around, folders }, signal);
  }

  /** The same for files. */
  readNamed(files: readonly string[], signal: AbortSignal): Promise<boolean> {
    return this.#include({ ...this.#around, files: files.filter(file => isManifestName(basename(file))) }, signal);
  }

  async #include({ folders, files }: Around, signal: AbortSignal): Promise<boolean> {
    const top = this.repository?.root;
    if (top === undefined) return false;
    const outside = (path: string): boolean => (path === top || isBelow(top, path)) && path !== this.root && !isBelow(this.root, path);
    this.#around = { folders: folders.filter(outside), files: files.filter(outside) };
    const changed = await this.index.include([...this.#around.folders, ...this.#around.files], top, signal);
    if (changed) this.index.setAllUnsaved(this.#unsaved);
    return changed;
  }

  /** Reads what changed since the last call. `unsaved` may have others' texts. `trusted` false: files only, no Git, no process. */
  async update(unsaved: ReadonlyMap<string, string>, trusted: boolean, signal: AbortSignal): Promise<void> {
    const changed = [...this.#changed];
    this.#changed.clear();
    this.#updates++;
    const typed = [...new Set([...unsaved.keys(), ...this.#unsaved.keys()])].filter(path => unsaved.get(path) !== this.#unsaved.get(path));
    for (const path of [...changed, ...typed]) this.#changedAt.set(path, this.#updates);
    if (!this.#scanned) {
      this.#anew = this.#updates;
      await this.index.scan(signal);
      this.#scanned = true;
    } else if (changed.length > 0) {
      await this.index.update(changed);
    }
    this.#unsaved = unsaved;
    this.index.setAllUnsaved(unsaved);
    if (trusted && this.#gitStale) await this.#readGit();
  }

  async #readGit(): Promise<void> {
    this.#gitStale = false;
    this.#gitReads++;
    try {
      this.repository ??= await this.#openRepository(this.root);
      this.doubt = undefined;
      if (!this.repository) return;
      const [head, remotes] = await Promise.all([this.repository.head(), this.repository.remotes()]);
      this.facts = { head: head.sha, branch: head.branch, upstream: head.upstream?.sha, remotes, elsewhere: head.sha === undefined ? [] : await this.repository.elsewhere(head.sha) };
      const rules = await SourceRules.read(this.repository, head.sha);
      if (!this.#rules.same(rules)) this.#rules = rules;
    } catch (error) {
      // Keeps the last facts: a lock file or a rebase in progress must not turn everything unknown.
      if (!this.repository || this.facts === NO_GIT) this.doubt = `the Git repository could not be read${isGitError(error) ? `: ${error.message}` : ''}`;
      this.#onTrouble('reading the Git repository failed', error);
      this.#gitStale = true;
    }
  }
}
