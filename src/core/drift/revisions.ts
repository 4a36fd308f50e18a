import { join, relative, sep } from 'node:path';
import { Turns } from '../base/turns';
import type { Repository } from '../git/repository';
import type { SourceIgnore } from '../gitops/source-ignore';
import type { Dialect, Manifest } from '../manifests/document';
import type { ManifestIndex } from '../manifests/folder-index';
import { Trees } from '../manifests/trees';
import { AtCommits } from './at-commits';

/** The manifests of a folder at one commit, read from Git objects: never from the working tree, never by a checkout. */
export type ManifestsAt =
  /** `uncertain`: what some of them were, and any that is not among them, cannot be told, and why. */
  | { readonly kind: 'known'; readonly manifests: readonly Manifest[]; readonly uncertain?: ReadonlyMap<Manifest, string> }
  /** `lasting`: nor will it ever be. */
  | { readonly kind: 'unknown'; readonly reason: string; readonly lasting?: true };

/** Which files of a commit are read. */
export interface Selection {
  /** Two selections with one key select the same. */
  readonly key: string;
  /** Paths are `/`-separated from the repository's root. */
  readonly select: (files: readonly string[], ignore: SourceIgnore) => { readonly kind: 'plain'; readonly files: readonly string[]; readonly skips: (text: string) => boolean } | { readonly kind: 'rendered'; readonly reason: string };
}

interface From {
  readonly repository: Repository;
  readonly gitReads: number;
  /** What the source leaves out at the commit. */
  readonly ignored: () => Promise<SourceIgnore>;
  /** The files as they are now. */
  readonly index: Pick<ManifestIndex, 'text' | 'parsed'>;
}

const MANIFEST_FILE = /\.(ya?ml|json)$/;

/** Folders whose files are applied as they stand, parsed, by commit. */
export class Revisions {
  /** A few commits of each of a few hundred folders: whatever is dropped is read again by the next run. */
  readonly #kept = new AtCommits(1_000);
  readonly #trees = new Trees();
  readonly #turns = new Turns();

  at(from: From, revision: string, folder: string, dialect: Dialect, selection?: Selection): Promise<ManifestsAt> {
    const { repository, gitReads } = from;
    const key = [repository.root, revision, folder, dialect, selection?.key ?? ''].join('\0');
    return this.#kept.get(key, gitReads, () => this.#read(from, revision, folder, dialect, selection));
  }

  async #read({ repository, ignored, index }: From, revision: string, folder: string, dialect: Dialect, selection: Selection | undefined): Promise<ManifestsAt> {
    if (!(await repository.has(revision))) return { kind: 'unknown', reason: `commit ${revision.slice(0, 8)} is not in this clone; fetch it` };
    const inRepository = relative(repository.root, folder).split(sep).join('/');
    const tree = await repository.tree(revision, inRepository);
    const chosen = selection?.select(tree, await ignored());
    if (chosen?.kind === 'rendered') return { kind: 'unknown', reason: chosen.reason, lasting: true };
    const paths = (chosen?.files ?? tree).filter(path => MANIFEST_FILE.test(path));
    const blobs = await repository.blobs(revision, paths);
    const manifests: Manifest[] = [];
    for (const path of paths) {
      const text = blobs.get(path);
      if (text === undefined || chosen?.skips(text) === true) continue;
      const file = join(repository.root, path);
      // What is the same as now is the very same manifest: it is read, and kept, once.
      const read = index.text(file) === text ? index.parsed(file, dialect) : this.#trees.read(file, text, dialect);
      manifests.push(...read.manifests);
      const pause = this.#turns.pause();
      if (pause) await pause;
    }
    return { kind: 'known', manifests };
  }
}
