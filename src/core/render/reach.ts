import { posix } from 'node:path';
import { TOO_MANY_ALIASES } from '../manifests/compose';
import type { Range } from '../manifests/document';
import { readDocuments } from '../manifests/documents';
import type { Trouble } from '../manifests/trouble';
import { KUSTOMIZATION_FILES, readConfigs, readKustomization, remoteKind, resolveIn, type ReadKustomization, type Reference } from './kustomization';
import type { Tree, TreeEntry } from './tree';

/** What is wrong with a root, at the place to look at. Paths from the top of the tree. */
export interface RenderProblem {
  readonly file: string;
  readonly range: Range;
  readonly message: string;
}

/** A kustomization that was read on the way, by the path of its file. */
export interface ReachedKustomization extends ReadKustomization {
  readonly folder: string;
}

export interface Reach {
  /** Exactly what the root can read. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Paths that were looked at: what stands there, or not, decides the result. */
  readonly seen: ReadonlySet<string>;
  readonly kustomizations: ReadonlyMap<string, ReachedKustomization>;
  /** Why it is not built; empty: it is. */
  readonly refusals: readonly RenderProblem[];
}

/** Bounds of one root; real ones stay far below. */
const MAX_FILES = 5_000;
const MAX_BYTES = 64 * 1_048_576;
const MAX_LEVELS = 60;

const [AND, STAR] = [0x26, 0x2a];

/**
 * Follows a root's kustomization to every file that kustomize would read for it. Remote bases, programs, Helm charts and paths
 * that leave the tree are refusals, each where it is written; a file that is not there is left for kustomize to complain about.
 * `components` are what somebody adds to the root's own ones, relative to it.
 */
export function reach(tree: Tree, root: string, components: readonly string[], signal: AbortSignal): Promise<Reach> {
  return new Walk(tree, root, signal).all(components);
}

interface Visit {
  readonly folder: string;
  readonly level: number;
}

class Walk {
  readonly #tree: Tree;
  readonly #root: string;
  readonly #signal: AbortSignal;
  readonly #files = new Map<string, Uint8Array>();
  readonly #seen = new Set<string>();
  readonly #kustomizations = new Map<string, ReachedKustomization>();
  readonly #refusals: RenderProblem[] = [];
  readonly #visited = new Set<string>();
  #queue: Visit[] = [];
  #bytes = 0;

  constructor(tree: Tree, root: string, signal: AbortSignal) {
    this.#tree = tree;
    this.#root = root;
    this.#signal = signal;
  }

  async all(components: readonly string[]): Promise<Reach> {
    this.#queue = [{ folder: this.#root, level: 0 }];
    for (const component of components) {
      const path = resolveIn(this.#root, component);
      if (path === undefined || remoteKind(component) !== undefined) this.#refuse(this.#root, NOWHERE, `The component ${component} is not in this repository: it is not fetched, and the kustomization not rendered.`);
      else if ((await this.#take(path)).kind === 'folder') this.#queue.push({ folder: path, level: 1 });
    }
    for (let next = this.#queue.shift(); next; next = this.#queue.shift()) if (!(await this.#folder(next))) break;
    return { files: this.#files, seen: this.#seen, kustomizations: this.#kustomizations, refusals: this.#refusals };
  }

  /** False: enough was seen. */
  async #folder({ folder, level }: Visit): Promise<boolean> {
    if (this.#visited.has(folder)) return true;
    this.#visited.add(folder);
    for (const name of KUSTOMIZATION_FILES) {
      const file = posix.join(folder, name);
      const entry = await this.#take(file);
      if (entry.kind === 'unreadable') this.#refuse(file, NOWHERE, `${file} ${entry.reason}.`);
      if (entry.kind !== 'file') continue;
      const read = readKustomization(textOf(entry.bytes));
      this.#kustomizations.set(file, { ...read, folder });
      for (const { range, message } of read.refusals) this.#refuse(file, range, message);
      for (const reference of read.references) {
        await this.#reference(file, folder, level, reference);
        if (this.#files.size > MAX_FILES || this.#bytes > MAX_BYTES) {
          this.#refuse(file, reference.range, `This root reads more than ${MAX_FILES} files or ${MAX_BYTES / 1_048_576} MiB: it is not rendered.`);
          return false;
        }
      }
    }
    return true;
  }

  async #reference(file: string, folder: string, level: number, reference: Reference): Promise<void> {
    const refusal = await this.#follow(file, folder, level, reference);
    if (refusal !== undefined) this.#refuse(file, reference.range, refusal);
  }

  /** Why the reference is not followed. */
  async #follow(file: string, folder: string, level: number, { text, range, kind }: Reference): Promise<string | undefined> {
    if (text.includes('\n')) {
      if (kind === 'config') await this.#configs(file, folder, text, range);
      return undefined;
    }
    const remote = remoteKind(text);
    if (remote === 'file') return REMOTE;
    const path = resolveIn(folder, text);
    const entry = path === undefined ? undefined : await this.#take(path);
    if (path !== undefined && entry?.kind === 'file') {
      if (kind === 'config') await this.#configs(file, folder, textOf(entry.bytes), range, path);
      return undefined;
    }
    const mayBeFolder = kind !== 'file' && kind !== 'fileOrText';
    if (remote === 'repository' && mayBeFolder) return REMOTE;
    if (path === undefined || entry === undefined) return 'This path leads out of the repository: it is not read, and the kustomization not rendered.';
    if (entry.kind === 'unreadable') return `This path ${entry.reason}: the kustomization is not rendered.`;
    if (entry.kind !== 'folder' || !mayBeFolder) return undefined;
    if (level >= MAX_LEVELS) return `These kustomizations nest more than ${MAX_LEVELS} levels deep: they are not rendered.`;
    this.#queue.push({ folder: path, level: level + 1 });
    if (kind === 'config') await this.#configFolder(path, folder);
    return undefined;
  }

  /** Configurations of generators and transformers, written in the kustomization itself or in a file (`path`). */
  async #configs(file: string, folder: string, text: string, range: Range, path?: string): Promise<void> {
    const { references, refusals } = readConfigs(text);
    for (const refusal of refusals) this.#refuse(path ?? file, path === undefined ? range : refusal.range, refusal.message);
    for (const reference of references) {
      if (reference.text.includes('\n')) continue;
      const named = resolveIn(folder, reference.text);
      if (remoteKind(reference.text) === 'file') this.#refuse(path ?? file, path === undefined ? range : reference.range, REMOTE);
      else if (named !== undefined) await this.#take(named);
    }
  }

  /** A folder of configurations: its files name others relative to the kustomization that lists the folder. */
  async #configFolder(path: string, lister: string): Promise<void> {
    for (const name of KUSTOMIZATION_FILES) {
      const file = posix.join(path, name);
      const entry = await this.#take(file);
      if (entry.kind !== 'file') continue;
      for (const { text, range, kind } of readKustomization(textOf(entry.bytes)).references) {
        const named = kind === 'resource' ? resolveIn(path, text) : undefined;
        const found = named === undefined ? undefined : await this.#take(named);
        if (found?.kind === 'file') await this.#configs(file, lister, textOf(found.bytes), range, named);
      }
    }
  }

  async #take(path: string): Promise<TreeEntry> {
    const known = this.#files.get(path);
    if (known) return { kind: 'file', bytes: known };
    this.#signal.throwIfAborted();
    this.#seen.add(path);
    const entry = await this.#tree.entry(path, this.#signal);
    if (entry.kind === 'file') {
      this.#files.set(path, entry.bytes);
      this.#bytes += entry.bytes.length;
      // Looking for the signs of an anchor and an alias first costs nothing.
      const bomb = entry.bytes.includes(AND) && entry.bytes.includes(STAR) ? aliasBomb(textOf(entry.bytes)) : undefined;
      if (bomb) this.#refuse(path, bomb.range, `kustomize would run out of memory here: ${bomb.message}, and the kustomization not rendered.`);
    }
    return entry;
  }

  #refuse(file: string, range: Range, message: string): void {
    this.#refusals.push({ file, range, message });
  }
}

/** Where the aliases of a file come to more than anybody reads. */
const aliasBomb = (text: string): Trouble | undefined => readDocuments(text, 'K3').find(({ trouble }) => trouble?.message.startsWith(TOO_MANY_ALIASES))?.trouble;

const REMOTE = 'This is fetched from the network by kustomize: it is not fetched here, and the kustomization not rendered.';

export const NOWHERE: Range = { start: 0, end: 0 };

/** A byte order mark stays: places count it. */
export const textOf = (bytes: Uint8Array): string => new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
