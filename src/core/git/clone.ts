import { access } from 'node:fs/promises';
import { join, normalize, sep } from 'node:path';
import { BlobCache } from './blob-cache';
import { readBlobs, type Blob } from './blob-reader';
import { checked } from './profile';
import { findGit, type ProgramSettings } from './program';
import { GitError, isGitError, type Head, type Remote, type Repository } from './repository';
import { GitRunner } from './runner';

/**
 * The repository whose working tree holds the folder; `undefined` when there is none. Rejects with `GitError`: `noGit` when no
 * program was found, `unsafe` when Git itself refuses the folder, `failed` when it cannot be run or read. Starts processes: never call it for a workspace that is not trusted.
 */
export async function openRepository(folder: string, settings: ProgramSettings, signal?: AbortSignal): Promise<Repository | undefined> {
  const program = await findGit(settings);
  if (program === undefined) throw new GitError('noGit', 'no git program on PATH');
  if (!(await access(folder).then(() => true, () => false))) return undefined;
  const found = await new GitRunner(program, folder, settings.env).run(['rev-parse', '--show-toplevel', '--absolute-git-dir', '--show-prefix'], [], signal).catch((error: unknown) => {
    if (isGitError(error) && error.kind === 'noRepository') return undefined;
    throw error;
  });
  const [top, gitDir, prefix] = found?.output.split('\n') ?? [];
  if (!top || !gitDir) return undefined;
  const root = rootAsGiven(folder, prefix ?? '') ?? normalize(top);
  return new Clone(root, normalize(gitDir), new GitRunner(program, root, settings.env));
}

/** The folder without Git's prefix at its end: keeps the spelling that the editor uses when a symlink lies above the root. */
function rootAsGiven(folder: string, prefix: string): string | undefined {
  const given = normalize(join(folder, sep));
  const tail = sep + normalize(join(prefix, sep));
  if (prefix === '') return given.slice(0, -1) || undefined;
  return given.endsWith(tail) ? given.slice(0, -tail.length) || undefined : undefined;
}

/** Bytes of blob texts, and listings of folders at a commit, to remember. */
const CACHE_BYTES = 32 * 1024 * 1024;
const CACHE_LISTINGS = 64;

/** What lies below a folder at a commit. */
interface Listing {
  /** Regular files: the ids of their blobs. */
  readonly files: ReadonlyMap<string, string>;
  readonly elsewhere: readonly string[];
}

class Clone implements Repository {
  readonly root: string;
  readonly gitDir: string;
  readonly #git: GitRunner;
  readonly #cache = new BlobCache(CACHE_BYTES);
  /** Commits that were found: they stay. */
  readonly #present = new Set<string>();
  /** Of two commits it never changes. */
  readonly #ancestors = new Map<string, boolean>();
  /** Blob hashes by path, by commit and folder. */
  readonly #listings = new Map<string, Listing>();

  constructor(root: string, gitDir: string, git: GitRunner) {
    this.root = root;
    this.gitDir = gitDir;
    this.#git = git;
  }

  async shallow(signal?: AbortSignal): Promise<boolean> {
    return (await this.#git.run(['rev-parse', '--is-shallow-repository'], [], signal)).output.trim() === 'true';
  }

  async head(signal?: AbortSignal): Promise<Head> {
    const ref = (await this.#git.run(['symbolic-ref', '-q', 'HEAD'], [1], signal)).output.trim();
    const sha = await this.#commit('HEAD', signal);
    if (!ref.startsWith('refs/heads/')) return { sha, branch: undefined, upstream: undefined };
    const lines = (await this.#git.run(['for-each-ref', '--format=%(refname)%00%(upstream)%00%(upstream:short)', ref], [], signal)).output.split('\n');
    const [, full, name] = lines.map(line => line.split('\0')).find(([refname]) => refname === ref) ?? [];
    const upstream = full?.startsWith('refs/') ? await this.#commit(full, signal) : undefined;
    return { sha, branch: ref.slice('refs/heads/'.length), upstream: upstream !== undefined && name ? { name, sha: upstream } : undefined };
  }

  async remotes(signal?: AbortSignal): Promise<readonly Remote[]> {
    const { output } = await this.#git.run(['config', '--null', '--get-regexp', String.raw`^remote\..*\.url$`], [1], signal);
    return output
      .split('\0')
      .filter(entry => entry !== '')
      .map(entry => {
        const end = entry.indexOf('\n');
        return { name: entry.slice('remote.'.length, end - '.url'.length), url: entry.slice(end + 1) };
      });
  }

  async has(revision: string, signal?: AbortSignal): Promise<boolean> {
    if (this.#present.has(revision)) return true;
    const present = (await this.#git.run(['cat-file', '-e', `${checked(revision)}^{commit}`], [1, 128], signal)).code === 0;
    if (present) this.#present.add(revision);
    return present;
  }

  async resolve(name: string, signal?: AbortSignal): Promise<string | undefined> {
    return name.includes('\0') ? undefined : this.#commit(name, signal);
  }

  async isAncestor(ancestor: string, descendant: string, signal?: AbortSignal): Promise<boolean | undefined> {
    const key = `${ancestor} ${descendant}`;
    const known = this.#ancestors.get(key);
    if (known !== undefined) return known;
    const answer = await this.#isAncestor(ancestor, descendant, signal);
    if (answer !== undefined) this.#ancestors.set(key, answer);
    return answer;
  }

  async #isAncestor(ancestor: string, descendant: string, signal: AbortSignal | undefined): Promise<boolean | undefined> {
    const { code } = await this.#git.run(['merge-base', '--is-ancestor', checked(ancestor), checked(descendant)], [1, 128], signal);
    if (code === 0) return true;
    if (code === 1 && !(await this.shallow(signal))) return false;
    if (code === 128 && (await this.has(ancestor, signal)) && (await this.has(descendant, signal))) throw new GitError('failed', 'git merge-base failed');
    return undefined;
  }

  async tree(revision: string, folder: string, signal?: AbortSignal): Promise<readonly string[]> {
    return [...(await this.#listing(checked(revision), folder, signal)).files.keys()];
  }

  async elsewhere(revision: string, signal?: AbortSignal): Promise<readonly string[]> {
    return (await this.#listing(checked(revision), '', signal)).elsewhere;
  }

  async blobs(revision: string, paths: readonly string[], signal?: AbortSignal): Promise<ReadonlyMap<string, string | undefined>> {
    checked(revision);
    const listings = [...this.#listings].flatMap(([key, listing]) => (key.startsWith(revision) ? [listing] : []));
    const ids = new Map<string, string>();
    for (const path of paths) {
      const id = listings.find(({ files }) => files.has(path))?.files.get(path);
      if (id !== undefined) ids.set(path, id);
    }
    for (const path of paths) if (path.includes('\n') && !ids.has(path)) for (const [found, id] of (await this.#listing(revision, path, signal)).files) ids.set(found, id);
    const wanted = paths.filter(path => !this.#cache.has(ids.get(path) ?? '') && !(path.includes('\n') && !ids.has(path)));
    const read = await readBlobs(this.#git, wanted.map(path => ids.get(path) ?? `${revision}:${path}`), signal);
    const fresh = new Map(wanted.map((path, i): [string, string | undefined] => [path, this.#keep(read[i])]));
    return new Map(paths.map(path => [path, fresh.has(path) ? fresh.get(path) : this.#cache.get(ids.get(path) ?? '')]));
  }

  async bytes(revision: string, path: string, signal?: AbortSignal): Promise<Uint8Array | undefined> {
    const id = (await this.#listing(checked(revision), path, signal)).files.get(path);
    const [blob] = id === undefined ? [] : await readBlobs(this.#git, [id], signal);
    return blob?.content;
  }

  #keep(blob: Blob | undefined): string | undefined {
    if (!blob) return undefined;
    const text = blob.content && !blob.content.includes(0) ? blob.content.toString('utf8') : undefined;
    this.#cache.set(blob.id, text);
    return text;
  }

  async #listing(revision: string, folder: string, signal: AbortSignal | undefined): Promise<Listing> {
    const key = `${revision}:${folder}`;
    const kept = this.#listings.get(key);
    if (kept) {
      this.#listings.delete(key);
      this.#listings.set(key, kept);
      return kept;
    }
    // A process is dear, and the whole is mostly known.
    const whole = this.#listings.get(`${revision}:`);
    const isBelow = (path: string): boolean => path === folder || path.startsWith(`${folder}/`);
    if (whole) return { files: new Map([...whole.files].filter(([path]) => isBelow(path))), elsewhere: whole.elsewhere.filter(isBelow) };
    if (folder.includes('\0')) throw new GitError('badRevision', 'a path with a NUL');
    const { code, output } = await this.#git.run(['ls-tree', '-r', '-z', '--full-tree', revision, ...(folder === '' ? [] : ['--', folder])], [128], signal);
    if (code !== 0) throw new GitError('badRevision', 'the commit is not in this clone');
    const entries = output.split('\0').map(entry => /^(\d{6}) \w+ ([0-9a-f]+)\t([^]+)$/.exec(entry));
    const files = new Map(entries.flatMap(entry => (entry?.[1]?.startsWith('100') && entry[2] && entry[3] ? [[entry[3], entry[2]] as const] : [])));
    const listing = { files, elsewhere: entries.flatMap(entry => (entry?.[3] && !files.has(entry[3]) ? [entry[3]] : [])) };
    this.#listings.set(key, listing);
    const oldest = this.#listings.keys().next();
    if (this.#listings.size > CACHE_LISTINGS && !oldest.done) this.#listings.delete(oldest.value);
    return listing;
  }

  async #commit(ref: string, signal: AbortSignal | undefined): Promise<string | undefined> {
    const { output } = await this.#git.run(['rev-parse', '--verify', '-q', '--end-of-options', `${ref}^{commit}`], [1, 128], signal);
    return output.trim() || undefined;
  }
}
