import { realpath, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { isGitError, type Repository } from '../core/git/repository';
import { isManifestName, isManifestPath } from '../core/manifests/file-names';
import { CliFailure, EXIT } from './exit-code';

/** Where the manifests are. All paths are absolute and lead through no symbolic link. */
export interface Target {
  /** What is indexed: the repository, so that what lies around the paths counts too, or the paths themselves. */
  readonly folders: readonly string[];
  readonly paths: readonly string[];
  readonly repository: Repository | undefined;
  /** What names of files are relative to: the repository's root, else the current folder. */
  readonly root: string;
  /** Why the repository was not read. */
  readonly trouble: string | undefined;
}

type Open = (folder: string) => Promise<Repository | undefined>;

interface Place {
  readonly path: string;
  readonly isFolder: boolean;
}

/** Rejects with `CliFailure`: a path that is not there, paths of different repositories, a repository that Git refuses. */
export async function findTarget(paths: readonly string[], cwd: string, open: Open): Promise<Target> {
  const places: Place[] = [];
  for (const path of paths) places.push(await placeOf(path, cwd));
  let trouble: string | undefined;
  const repositories = new Map<string | undefined, Repository | undefined>();
  for (const { path, isFolder } of places) {
    const found = await open(isFolder ? path : dirname(path)).catch((error: unknown) => {
      if (!isGitError(error)) throw error;
      if (error.kind !== 'noGit') throw new CliFailure(EXIT.unreachable, `the repository of ${path} cannot be read: ${error.message}`);
      trouble = 'no git program on PATH: what Git says is not known';
      return undefined;
    });
    repositories.set(found?.root, found);
  }
  if (repositories.size > 1) throw new CliFailure(EXIT.usage, 'the paths lie in different repositories: ask for one at a time');
  const [repository] = repositories.values();
  const own = places.map(({ path }) => path);
  if (!repository) return { folders: outermost(places.map(({ path, isFolder }) => (isFolder ? path : dirname(path)))), paths: own, repository, root: await realpath(cwd), trouble };
  const { root } = repository;
  // Folders that a scan of the repository passes by, such as `vendor`, are read when they are asked for by name.
  const passedBy = places.filter(({ path, isFolder }) => path !== root && !isManifestPath(root, isFolder ? join(path, 'x.yaml') : path));
  const folders = outermost(passedBy.map(({ path, isFolder }) => (isFolder ? path : dirname(path))));
  return { folders: passedBy.length < places.length ? [root, ...folders] : folders, paths: own, repository, root, trouble };
}

async function placeOf(given: string, cwd: string): Promise<Place> {
  try {
    const path = await realpath(resolve(cwd, given));
    const found = await stat(path);
    if (found.isDirectory()) return { path, isFolder: true };
    if (found.isFile() && isManifestName(path)) return { path, isFolder: false };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    throw new CliFailure(EXIT.usage, code === 'ENOENT' ? `${given} does not exist` : `${given} cannot be read (${code})`);
  }
  throw new CliFailure(EXIT.usage, `${given} is neither a folder nor a YAML or JSON file`);
}

const outermost = (folders: readonly string[]): string[] => [...new Set(folders)].filter((folder, _, all) => !all.some(other => other !== folder && folder.startsWith(join(other, '/')))).sort();
