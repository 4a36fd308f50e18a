import { join, relative, sep } from 'node:path';
import type { ManifestProblem } from '../manifests/document';
import type { RenderProblem } from '../render/reach';
import type { Reads, Renderer } from '../render/renderer';
import type { RootObjects } from '../render/root-objects';
import type { Tree } from '../render/tree';
import { AtCommits } from './at-commits';
import type { FolderSource } from './folder-source';
import type { Group } from './groups';
import type { GroupObjects, ReadPaths } from './plan';
import type { ManifestsAt } from './revisions';
import { encryptedSources } from './sops';

/** One way of building the files of a folder, the same at every stage. */
export interface Recipe {
  /** `files` are those of the folder, from the top of the tree. */
  readonly build: (renderer: Renderer, tree: Tree, files: readonly string[], signal: AbortSignal) => Promise<RootObjects>;
  /** The paths that it reads, from the top of the tree; absent: those of the folder, which are templates. */
  readonly reads?: (renderer: Renderer, tree: Tree, files: readonly string[], signal: AbortSignal) => Promise<Reads>;
  /** Files are not there for it. */
  readonly ignore: (path: string) => boolean;
  /** Why what cannot be told exactly is undecided. */
  readonly unknown: string;
  /** Encrypted files are decrypted before anything is built of them. */
  readonly decrypts: boolean;
  /** What is said before the reason: `kustomize does not build it`. */
  readonly trouble: string;
  /** It takes every file of the folder, not only what may be manifests. */
  readonly wholeFolder?: true;
  /** Further folders whose files it may take, from the top of the tree: `files` are those, too. */
  readonly besides?: (tree: Tree, signal: AbortSignal) => Promise<readonly string[]>;
  /** Identifies everything but the files. */
  readonly key: string;
}

/** What is built: a folder, and those of its files that may be manifests. Absolute paths. */
export type Place = Pick<Group, 'folder' | 'files'>;

/** Builds what recipes say, at the working tree and at commits. */
export class Builder {
  readonly #load: () => Promise<Renderer>;
  /** A few commits of each of a few hundred roots; those that are built of the same hold the same objects. */
  readonly #kept = new AtCommits(2_000);

  constructor(load: () => Promise<Renderer>) {
    this.#load = load;
  }

  /** Of what is on disk, as `Plan.now`. */
  async now(group: Place, source: FolderSource, recipe: Recipe, saved: boolean, signal: AbortSignal): Promise<GroupObjects> {
    const { index } = source;
    const { top, inTree } = placesOf(source);
    const renderer = await this.#load();
    const tree = withoutIgnored(renderer.diskTree(top, path => (saved ? index.savedText(path) : index.text(path))), recipe.ignore);
    if (!recipe.wholeFolder) return this.#render(renderer, tree, group, source, recipe, group.files.map(inTree), signal);
    const folders = [inTree(group.folder), ...((await recipe.besides?.(tree, signal)) ?? [])];
    const files = await listed(folders, folder => renderer.filesOnDisk(top, folder));
    const rendered = await this.#render(renderer, tree, group, source, recipe, files, signal);
    return { ...rendered, seen: new Set([...(rendered.seen ?? []), ...folders.map(folder => join(top, folder, sep))]) };
  }

  /** As `Plan.reads`. */
  async reads(group: Place, source: FolderSource, recipe: Recipe, signal: AbortSignal): Promise<ReadPaths> {
    if (!recipe.reads) return { files: new Set(group.files), seen: new Set([join(group.folder, sep)]), templates: true };
    const { top, inTree } = placesOf(source);
    const renderer = await this.#load();
    const tree = withoutIgnored(renderer.diskTree(top, path => source.index.text(path)), recipe.ignore);
    const { files, seen } = await recipe.reads(renderer, tree, group.files.map(inTree), signal);
    const absolutely = (paths: Iterable<string>): ReadonlySet<string> => new Set([...paths].map(path => join(top, path)));
    return { files: absolutely(files), seen: absolutely(seen), templates: false };
  }

  /** Of what a commit has, as `Plan.at`; `recipeAt`: what the commit says of the recipe itself. */
  at(revision: string, group: Place, source: FolderSource, recipe: Recipe, recipeAt = (): Promise<Recipe> => Promise.resolve(recipe)): Promise<ManifestsAt> {
    const key = [source.repository?.root ?? '', revision, group.folder, recipe.key].join('\0');
    return this.#kept.get(key, source.gitReads, () => this.#atCommit(revision, group, source, recipeAt));
  }

  async #atCommit(revision: string, group: Place, source: FolderSource, recipeAt: () => Promise<Recipe>): Promise<ManifestsAt> {
    const { repository } = source;
    if (!repository || !(await repository.has(revision))) return { kind: 'unknown', reason: `commit ${revision.slice(0, 8)} is not in this clone; fetch it` };
    const { inTree } = placesOf(source);
    const [renderer, recipe] = await Promise.all([this.#load(), recipeAt()]);
    const tree = withoutIgnored(renderer.gitTree(repository, revision), recipe.ignore);
    // The whole is listed once for all roots: it tells what each folder has.
    await repository.tree(revision, '');
    const paths = await listed([inTree(group.folder), ...((await recipe.besides?.(tree, NEVER)) ?? [])], folder => repository.tree(revision, folder));
    const rendered = await this.#render(renderer, tree, group, source, recipe, paths, NEVER);
    // What decides it is all in the commit, but for what is done by the user's own program.
    if (rendered.kind === 'failed') return { kind: 'unknown', reason: `at commit ${revision.slice(0, 8)}, ${rendered.reason}`, ...(rendered.seen && !recipe.wholeFolder && { lasting: true }) };
    if (rendered.undecided.size === 0) return { kind: 'known', manifests: rendered.manifests };
    return { kind: 'known', manifests: rendered.manifests, uncertain: new Map([...rendered.undecided].map(([manifest, reason]) => [manifest, `at commit ${revision.slice(0, 8)}, ${reason}`])) };
  }

  async #render(renderer: Renderer, tree: Tree, { folder }: Place, source: FolderSource, recipe: Recipe, files: readonly string[], signal: AbortSignal): Promise<GroupObjects> {
    const { top, inTree } = placesOf(source);
    const objects = await recipe.build(renderer, tree, files, signal).catch((error: unknown): RootObjects => {
      signal.throwIfAborted();
      return { kind: 'failed', problems: [{ file: inTree(folder), range: { start: 0, end: 0 }, message: error instanceof Error ? error.message : 'kustomize could not be run' }] };
    });
    return absolute(objects, top, recipe);
  }
}

/** The files of all these folders, each once. */
async function listed(folders: readonly string[], list: (folder: string) => Promise<readonly string[]>): Promise<readonly string[]> {
  const all = await Promise.all(folders.map(folder => list(folder)));
  return all.length === 1 ? (all[0] ?? []) : [...new Set(all.flat())];
}

export interface Places {
  readonly top: string;
  readonly inTree: (path: string) => string;
}

export function placesOf(source: FolderSource): Places {
  const top = source.repository?.root ?? source.root;
  return { top, inTree: path => relative(top, path).split(sep).join('/') };
}

/** Flux's artifact has none of the files that its rules leave out. */
const withoutIgnored = (tree: Tree, ignore: (path: string) => boolean): Tree => ({
  entry: async (path, signal) => {
    const entry = await tree.entry(path, signal);
    return entry.kind === 'file' && ignore(path) ? { kind: 'absent' } : entry;
  },
});

/** What is found out is kept, whoever asked first: nobody stops it. */
const NEVER = new AbortController().signal;

function absolute(objects: RootObjects, top: string, { unknown, trouble, decrypts }: Pick<Recipe, 'unknown' | 'trouble' | 'decrypts'>): GroupObjects {
  const seen = objects.seen && { seen: new Set([...objects.seen].map(path => join(top, path))) };
  if (objects.kind === 'rendered') {
    const { kind, manifests, uncertain, files, trace, by, once, ahead, warnings = [] } = objects;
    return { kind, manifests, undecided: new Map([...(decrypts ? encryptedSources(manifests) : []), ...[...uncertain].map(manifest => [manifest, unknown] as const)]), files: new Set([...files].map(file => join(top, file))), ...seen, ...(by !== undefined && { by }), ...(once && { once }), ...(ahead !== undefined && { ahead }), ...(warnings.length > 0 && { problems: problemsIn(warnings, top, { severity: 'warning', lost: false }) }), ...(trace && { trace: () => trace(NEVER) }) };
  }
  return { kind: 'failed', reason: `${trouble}: ${objects.cause ?? objects.problems[0]?.message.replace(/\.$/, '') ?? 'no reason given'}`, problems: problemsIn(objects.problems, top, { severity: 'error', lost: true }), ...seen, ...(objects.noHelm && { noHelm: true }) };
}

function problemsIn(found: readonly RenderProblem[], top: string, how: Pick<ManifestProblem, 'severity' | 'lost'>): ReadonlyMap<string, readonly ManifestProblem[]> {
  const problems = new Map<string, ManifestProblem[]>();
  for (const { file, range, message } of found) problems.set(join(top, file), [...(problems.get(join(top, file)) ?? []), { file: join(top, file), range, ...how, message }]);
  return problems;
}
