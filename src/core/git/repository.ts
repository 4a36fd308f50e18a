/** A commit and where it stands. */
export interface Head {
  /** `undefined` on a branch without a commit. */
  readonly sha: string | undefined;
  /** Short name; `undefined` when detached. */
  readonly branch: string | undefined;
  /** What the branch follows, as far as this clone knows; `undefined` where it follows nothing, or that was never fetched. */
  readonly upstream: { readonly name: string; readonly sha: string } | undefined;
}

export interface Remote {
  readonly name: string;
  /** As configured, without `insteadOf` rewriting. May hold a password: for comparing, never for showing. */
  readonly url: string;
}

/**
 * One clone, read from Git's objects only: never the index, never the working tree, nothing the repository could make run.
 * Revisions are commit hashes of 40 or 64 hex digits. Every method rejects with `GitError`.
 */
export interface Repository {
  /** The working tree's root, absolute, native, in the spelling of the folder it was opened with where that leads there. */
  readonly root: string;
  /** The `.git` folder of this working tree (a linked worktree has its own). */
  readonly gitDir: string;
  /** True when history was cut off; a revision that is absent may then merely lie behind the cut. */
  shallow(signal?: AbortSignal): Promise<boolean>;
  head(signal?: AbortSignal): Promise<Head>;
  remotes(signal?: AbortSignal): Promise<readonly Remote[]>;
  /** Whether the commit is in this clone. */
  has(revision: string, signal?: AbortSignal): Promise<boolean>;
  /** The commit that a person calls by this name, in any way that Git understands; `undefined` when there is none, or several. */
  resolve(name: string, signal?: AbortSignal): Promise<string | undefined>;
  /** `undefined` when one of the two is not here, or history was cut off before an answer. A commit is its own ancestor. */
  isAncestor(ancestor: string, descendant: string, signal?: AbortSignal): Promise<boolean | undefined>;
  /**
   * Paths of the regular files below the folder (`''`: everything), from the root, `/`-separated; symlinks and submodules
   * are left out, as Flux does. Empty when the commit has no such folder; rejects with `badRevision` when the commit is not here.
   */
  tree(revision: string, folder: string, signal?: AbortSignal): Promise<readonly string[]>;
  /** Paths of what `tree` leaves out: symlinks, and submodules. Rejects as `tree` does. */
  elsewhere(revision: string, signal?: AbortSignal): Promise<readonly string[]>;
  /** Contents by path, raw bytes as UTF-8 text; `undefined` for a path that the commit does not have, and for one that is no text or too large. */
  blobs(revision: string, paths: readonly string[], signal?: AbortSignal): Promise<ReadonlyMap<string, string | undefined>>;
  /** The bytes of one file, text or not; `undefined` for a path that the commit does not have, and where it is too large. Nothing is kept. */
  bytes(revision: string, path: string, signal?: AbortSignal): Promise<Uint8Array | undefined>;
}

/** Of `noRepository` `openRepository` makes no error: it answers `undefined`. */
export type GitFailure = 'noGit' | 'noRepository' | 'unsafe' | 'badRevision' | 'failed' | 'timeout' | 'aborted';

export class GitError extends Error {
  override readonly name = 'GitError';
  readonly kind: GitFailure;

  constructor(kind: GitFailure, message: string, cause?: unknown) {
    super(message, { cause });
    this.kind = kind;
  }
}

export const isGitError = (error: unknown): error is GitError => error instanceof Error && error.name === 'GitError' && 'kind' in error;
