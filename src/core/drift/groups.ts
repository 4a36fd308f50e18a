import { dirname, relative, sep } from 'node:path';
import { sameItems } from '../base/same-items';
import type { Application } from '../gitops/application';
import { isArgoFile } from '../gitops/argo-files';
import { SortedFiles } from './sorted-files';

/** Files that one applier applies together: a controller's application, or a plain folder. */
export interface Group {
  readonly application: Application | undefined;
  /** Absolute. */
  readonly folder: string;
  readonly files: readonly string[];
  readonly evidence: readonly string[];
  /** Why it cannot be told who applies the files, or as what; `undefined` when it is known. One sentence, without a full stop. */
  readonly doubt: string | undefined;
  /** kustomize builds the folder for `kubectl apply -k`: nobody applies its files as they stand. */
  readonly built?: boolean;
}

/** An application whose source was found in a repository on this machine. */
export interface FoundApplication {
  readonly application: Application;
  readonly folder: string;
  readonly evidence: readonly string[];
  readonly unplaced?: true;
}

/**
 * Gives every file to whoever applies it. A file below the folders of two applications belongs to both: each judges it
 * for its own part. What no application claims is grouped into plain folders, a folder with its subfolders; `unclear` says
 * why some of them may be an application's all the same.
 */
export function groupFiles(files: readonly string[], found: readonly FoundApplication[], unclear: string | undefined): Group[] {
  const { groups, left } = claimFiles(files, found);
  return [...groups, ...plainFolders(left, unclear)];
}

/** The files of each application, and those that are no application's, in their order. */
export function claimFiles(files: readonly string[], found: readonly FoundApplication[]): { readonly groups: readonly Group[]; readonly left: readonly string[] } {
  if (found.length === 0) return { groups: [], left: files };
  const sorted = new SortedFiles(files);
  const claimed = new Set<string>();
  const groups = found.map(({ application, folder, evidence, unplaced }): Group => {
    const mine = unplaced === true ? [] : sorted.below(folder).filter(file => takes(application, folder, file));
    for (const file of mine) claimed.add(file);
    return { application, folder, files: mine, evidence, doubt: application.doubt };
  });
  return { groups, left: files.filter(file => !claimed.has(file)) };
}

/** Flux takes all that lies below its path; an Application of Argo CD often only what lies directly in it, and leaves the rest to others. */
function takes(application: Application, folder: string, file: string): boolean {
  if (application.tool !== 'argo' || application.notComputed.length > 0 || application.build.tool === 'Kustomize') return true;
  return isArgoFile(relative(folder, file).split(sep).join('/'), application.directory);
}

export function isBelow(folder: string, file: string): boolean {
  // Asked for each file and each application: nearly all are told by their first letters.
  const prefix = folder.endsWith(sep) ? folder : folder + sep;
  if (isPlain(file) && isPlain(folder) && (file.startsWith(prefix) || sep === '/')) return file.length > prefix.length && file.startsWith(prefix);
  const inside = relative(folder, file);
  return inside !== '' && inside !== '..' && !inside.startsWith(`..${sep}`);
}

/** Without `.`, `..` and empty parts: what its letters say is where it is. */
const isPlain = (path: string): boolean => !/[\\/][./\\]/.test(path);

/** Plain folders, found again only when the files are others: a run for one change in the cluster finds the same ones. */
export class PlainFolders {
  #last: { readonly files: readonly string[]; readonly unclear: string | undefined; readonly groups: readonly Group[] } | undefined;

  of(files: readonly string[], unclear: string | undefined): readonly Group[] {
    const last = this.#last;
    if (last && last.unclear === unclear && sameItems(last.files, files)) return last.groups;
    const groups = plainFolders(files, unclear);
    this.#last = { files, unclear, groups };
    return groups;
  }
}

function plainFolders(files: readonly string[], unclear: string | undefined): Group[] {
  const byFolder = new Map<string, string[]>();
  const folders = new Set(files.map(file => dirname(file)));
  const tops = new Map([...folders].map(folder => [folder, topmost(folder, folders)]));
  for (const file of files) {
    const own = dirname(file);
    const top = tops.get(own) ?? own;
    const list = byFolder.get(top) ?? [];
    list.push(file);
    byFolder.set(top, list);
  }
  const doubt = unclear === undefined ? undefined : `could not tell which controller applies this folder: ${unclear}`;
  return [...byFolder].map(([folder, list]) => ({ application: undefined, folder, files: list, evidence: [doubt ?? 'no controller in this cluster applies this folder'], doubt }));
}

/** The outermost of these folders that the folder lies in; itself when there is none. */
function topmost(folder: string, folders: ReadonlySet<string>): string {
  let top = folder;
  for (let here = folder; here !== dirname(here); here = dirname(here)) if (folders.has(here)) top = here;
  return top;
}
