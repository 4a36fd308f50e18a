import { join, posix } from 'node:path';
import { sameJson } from '../base/json';
import { remoteKey, sameRemote } from '../git/urls';
import type { Repository } from '../git/repository';
import type { Application, FluxKustomization } from '../gitops/application';
import type { MatchedApplication } from '../gitops/match';
import { describeRef, objectId } from '../kube/identity';
import { isManifestName } from '../manifests/file-names';
import type { FolderSource } from './folder-source';
import type { ObjectsAt, ObjectsById } from './group-reader';
import type { Group } from './groups';

/** What the controller makes of a group's files at a commit. */
export type BuiltAt = (group: Group, source: FolderSource, revision: string, signal: AbortSignal) => Promise<ObjectsAt>;

/** Folders that are tried for one application; an artifact that may come of more is not placed. */
const MAX_TRIED = 60;

type Placed = { readonly kind: 'folder'; readonly folder: string } | { readonly kind: 'unknown'; readonly reason: string };

/**
 * Finds the folders of applications whose source is an artifact that was packed of a repository. Which of its folders that
 * was, nothing says; found is the only one that had, at the commit the artifact names, exactly the objects that the
 * controller lists as its own.
 */
export class ArtifactFolders {
  readonly #builtAt: BuiltAt;
  /** By everything that decides: a commit never changes. */
  readonly #placed = new Map<string, Placed>();

  constructor(builtAt: BuiltAt) {
    this.#builtAt = builtAt;
  }

  /** Of these applications, those whose artifact was made of the folder's repository. Rejects with `GitError`. */
  async match(applications: readonly Application[], folder: FolderSource, signal: AbortSignal): Promise<MatchedApplication[]> {
    const { repository } = folder;
    const found: MatchedApplication[] = [];
    for (const application of repository ? applications : []) {
      const one = repository && application.tool === 'flux' && application.source?.artifact !== undefined ? await this.#match(application, folder, repository, signal) : undefined;
      if (one) found.push(one);
    }
    return found;
  }

  async #match(application: FluxKustomization, source: FolderSource, repository: Repository, signal: AbortSignal): Promise<MatchedApplication | undefined> {
    const from = application.source;
    if (!from) return undefined;
    const commit = application.appliedRevision ?? from.revision;
    const isHere = commit !== undefined && (await repository.has(commit, signal));
    const remote = source.facts.remotes.find(({ url }) => sameRemote(url, from.url));
    if (!isHere && !remote) return undefined;
    const placed: Placed = isHere ? await this.#place(application, source, commit, signal) : { kind: 'unknown', reason: commit === undefined ? 'it does not say which commit it was made of' : `commit ${commit.slice(0, 8)}, which it was made of, is not in this clone; fetch it` };
    const what = `${describeRef(from.ref)} holds an artifact made of ${commit === undefined ? '' : `commit ${commit.slice(0, 8)} of `}${remote ? (remoteKey(from.url) ?? 'this repository') : 'this repository'}`;
    if (placed.kind === 'folder') return { application, repositoryRoot: repository.root, folder: join(repository.root, placed.folder), evidence: [what, `${describeRef(application.ref)} has applied exactly what the folder ${placed.folder === '' ? 'of the whole repository' : placed.folder} held then, and no other folder did`] };
    const doubt = `its artifact (${from.artifact ?? ''}) cannot be laid beside a folder of this repository: ${placed.reason}`;
    return { application: { ...application, doubt: application.doubt ?? doubt }, repositoryRoot: repository.root, folder: source.root, evidence: [what], unplaced: true };
  }

  async #place(application: FluxKustomization, source: FolderSource, commit: string, signal: AbortSignal): Promise<Placed> {
    const wanted = application.inventory.map(objectId).sort().join('\n');
    const key = [source.repository?.root, commit, application.uid, application.path, JSON.stringify([application.build, application.targetNamespace]), wanted].join('\0');
    const kept = this.#placed.get(key);
    if (kept) return kept;
    const { placed, lasting } = await this.#tryAll(application, source, commit, wanted, signal);
    if (lasting) this.#placed.set(key, placed);
    return placed;
  }

  async #tryAll(application: FluxKustomization, source: FolderSource, commit: string, wanted: string, signal: AbortSignal): Promise<{ readonly placed: Placed; readonly lasting: boolean }> {
    const unknown = (reason: string, lasting = true): { readonly placed: Placed; readonly lasting: boolean } => ({ placed: { kind: 'unknown', reason }, lasting });
    const files = (await source.repository?.tree(commit, '', signal)) ?? [];
    const folders = foldersFor(files, application.path);
    if (wanted === '') return unknown('nothing is applied yet that could tell which');
    if (folders.length > MAX_TRIED) return unknown(`it may be any of ${folders.length} folders`);
    const same: { readonly folder: string; readonly byId: ObjectsById }[] = [];
    let open: string | undefined;
    for (const folder of folders) {
      const top = source.repository?.root ?? '';
      const below = files.filter(file => folder === '' || file.startsWith(`${folder}/`)).map(file => join(top, file));
      const built = await this.#builtAt({ application, folder: join(top, folder), files: below, evidence: [], doubt: undefined }, source, commit, signal);
      if (built.kind === 'unknown') open = built.reason;
      else if (built.uncertain) open = [...built.uncertain.values()][0];
      else if ([...built.byId.keys()].sort().join('\n') === wanted) same.push({ folder, byId: built.byId });
    }
    const found = innermost(same);
    if (same.length === 0) return unknown(`no folder of commit ${commit.slice(0, 8)} has exactly what it applied${open === undefined ? '' : ` (${open})`}`, open === undefined);
    return found === undefined ? unknown(`several folders of commit ${commit.slice(0, 8)} have exactly what it applied: ${same.map(({ folder }) => folder || '.').join(', ')}`) : { placed: { kind: 'folder', folder: found }, lasting: true };
  }
}

/** The only folder; of several that lie in one another and have the same to the letter, the innermost. Given in order. */
function innermost(same: readonly { readonly folder: string; readonly byId: ObjectsById }[]): string | undefined {
  const last = same.at(-1);
  const isOne = same.every(({ folder, byId }) => (folder === '' || folder === last?.folder || last?.folder.startsWith(`${folder}/`) === true) && [...byId].every(([id, { object }]) => sameJson(object, last?.byId.get(id)?.object)));
  return isOne ? last?.folder : undefined;
}

/** The folders that end in the path, which starts at whatever the artifact was packed of. */
function foldersFor(files: readonly string[], path: string): string[] {
  const folders = new Set<string>(['']);
  for (const file of files.filter(one => isManifestName(posix.basename(one)))) {
    const parts = file.split('/');
    for (let i = 1; i < parts.length; i++) folders.add(parts.slice(0, i).join('/'));
  }
  return [...folders].filter(folder => path === '' || folder === path || folder.endsWith(`/${path}`)).sort();
}
