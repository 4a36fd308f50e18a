import { lstat, readdir, realpath } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import { Turns } from '../base/turns';
import type { Dialect, ParsedFile } from './document';
import { isFolderToRead, isManifestName, isManifestPath } from './file-names';
import { readManifestFile, type FileContent } from './read-file';
import { Trees } from './trees';

export interface IndexOptions {
  /** Larger files are named in a problem, not read. Default 4 MiB. */
  readonly maxBytes?: number;
  /** A scan stops after this many files; see `truncated`. Default 100,000. */
  readonly maxFiles?: number;
  /** Nothing else below the root is looked at than these files, and what lies below these folders. */
  readonly only?: readonly string[];
}

interface Entry {
  saved: string | undefined;
  /** Why the saved file is not read. */
  unreadable: string | undefined;
  unsaved: string | undefined;
  /** Of this state among all that there were; see `newest`. */
  state: number;
  /** Results for the text they were made from. */
  K2: Parsed | undefined;
  K3: Parsed | undefined;
}

interface Parsed extends ParsedFile {
  readonly text: string;
  /** Since the last sweep. */
  asked: boolean;
}

/** In path order. */
interface Sorted {
  readonly below: readonly string[];
  readonly further: readonly string[];
}

/** Files read at a time. */
const READERS = 32;
const NOTHING: ParsedFile = { manifests: [], problems: [] };
const DIALECTS: readonly Dialect[] = ['K2', 'K3'];

/**
 * The YAML and JSON files below a folder: their saved and unsaved texts and what they hold. Symbolic links are not
 * followed, dot-folders, `node_modules`, `dist` and `vendor` not entered. Paths are absolute and native.
 */
export class ManifestIndex {
  readonly root: string;
  readonly #maxBytes: number;
  readonly #maxFiles: number;
  readonly #only: readonly string[] | undefined;
  #entries = new Map<string, Entry>();
  /** Files, and folders with all below them, that are read as well though they lie outside the root. */
  #further: readonly string[] = [];
  /** A folder around the root and all of those. */
  #top: string;
  /** The files in order; `undefined` once some came or went. */
  #files: Sorted | undefined;
  #states = 0;
  /** What `newest` said of lists of files, and when: mostly the same is asked again. */
  readonly #newest = new WeakMap<readonly string[], { readonly at: number; readonly newest: number }>();
  /** Files with an unsaved text: mostly none. */
  readonly #typed = new Set<string>();
  #truncated = false;
  readonly #turns = new Turns();
  readonly #trees = new Trees();

  constructor(root: string, options: IndexOptions = {}) {
    this.root = root;
    this.#top = root;
    this.#maxBytes = options.maxBytes ?? 4 * 1_048_576;
    this.#maxFiles = options.maxFiles ?? 100_000;
    this.#only = options.only;
  }

  /** The last scan found more files than it may read. */
  get truncated(): boolean {
    return this.#truncated;
  }

  /** Finds and reads all files anew; what is unchanged keeps its parsed results. Rejects with the signal's reason, and leaves the index as it was, when aborted. */
  async scan(signal: AbortSignal): Promise<void> {
    const found = await this.#walk(this.root, this.#maxFiles, signal);
    for (const path of this.#further) found.files.push(...(await this.#walkFurther(path, signal)));
    const entries = new Map<string, Entry>();
    await this.#read(found.files, signal, (file, content) => {
      const entry = this.#entryOf(content, this.#entries.get(file));
      if (entry) entries.set(file, entry);
    });
    for (const [file, entry] of this.#entries) if (entry.unsaved !== undefined && !entries.has(file)) entries.set(file, { ...entry, saved: undefined, unreadable: undefined, state: ++this.#states });
    this.#entries = entries;
    this.#typed.clear();
    for (const [file, { unsaved }] of entries) this.#mark(file, unsaved);
    this.#files = undefined;
    this.#truncated = found.truncated;
  }

  /**
   * Reads these files and all below these folders as well, none of which lies below the root, and lets go of those of the
   * last call that are not among them. `top` is a folder around all of them: no symbolic link below it is followed. False: they are the same as then.
   */
  async include(paths: readonly string[], top: string, signal: AbortSignal): Promise<boolean> {
    const wanted = outermost(paths);
    if (wanted.length === this.#further.length && wanted.every((path, i) => path === this.#further[i])) return false;
    const before = this.#further;
    this.#top = top;
    const fresh: string[] = [];
    for (const path of wanted) if (!before.includes(path)) fresh.push(...(await this.#walkFurther(path, signal)));
    await this.#read(fresh, signal, (file, content) => {
      const entry = this.#entryOf(content, this.#entries.get(file));
      if (entry) this.#put(file, entry);
    });
    this.#further = wanted;
    for (const file of [...this.#entries.keys()]) if (!this.#isOurs(file)) this.#drop(file);
    return true;
  }

  /** Whether a change of this file or folder may change what is read. */
  reads(path: string): boolean {
    return path.startsWith(this.root + sep) || this.#further.some(home => home === path || path.startsWith(home + sep) || home.startsWith(path + sep));
  }

  /** Reads these files, or what is below these folders, again: after they were saved, created, changed or deleted. */
  async update(paths: readonly string[]): Promise<void> {
    const { signal } = new AbortController();
    const files = new Set<string>();
    for (const path of paths) {
      for (const file of this.#entries.keys()) if (file.startsWith(path + sep)) files.add(file);
      const home = this.#homeOf(path);
      if (home === undefined || !(await isReached(home === this.root ? home : this.#top, path))) continue;
      if (this.#isOurs(path)) files.add(path);
      else if (this.#isOurs(join(path, 'x.yaml')) && (await isFolder(path))) for (const file of (await this.#walk(path, this.#maxFiles, signal)).files) files.add(file);
    }
    await this.#read([...files], signal, (file, content) => {
      const entry = this.#entryOf(content, this.#entries.get(file));
      if (entry) this.#put(file, entry);
      else this.#drop(file);
    });
  }

  /** The text of an open document that differs from the file; `undefined` when it was saved or closed. Files outside the index are passed over. */
  setUnsaved(file: string, text: string | undefined): void {
    const entry = this.#entries.get(file);
    if (entry) {
      if (entry.unsaved !== text) entry.state = ++this.#states;
      entry.unsaved = text;
      this.#mark(file, text);
      if (text === undefined && entry.saved === undefined && entry.unreadable === undefined) this.#drop(file);
    } else if (text !== undefined && this.#isOurs(file)) {
      this.#put(file, { saved: undefined, unreadable: undefined, unsaved: text, state: ++this.#states, K2: undefined, K3: undefined });
      this.#mark(file, text);
    }
  }

  #mark(file: string, text: string | undefined): void {
    if (text === undefined) this.#typed.delete(file);
    else this.#typed.add(file);
  }

  /** Exactly these documents are unsaved, no others. */
  setAllUnsaved(texts: ReadonlyMap<string, string>): void {
    for (const file of [...this.#typed]) if (!texts.has(file)) this.setUnsaved(file, undefined);
    for (const [file, text] of texts) this.setUnsaved(file, text);
  }

  /** Those below the root, in path order; the same list as long as it has not changed. */
  files(): readonly string[] {
    return this.#sorted().below;
  }

  /** Those that `include` brought in, likewise. */
  further(): readonly string[] {
    return this.#sorted().further;
  }

  /** Grows whenever a text of one of these files changes, on disk or in the editor. */
  newest(files: readonly string[]): number {
    const kept = this.#newest.get(files);
    if (kept?.at === this.#states) return kept.newest;
    const newest = files.reduce((most, file) => Math.max(most, this.#entries.get(file)?.state ?? 0), 0);
    this.#newest.set(files, { at: this.#states, newest });
    return newest;
  }

  /** What the user sees: the unsaved text if there is one, else the file's. */
  text(file: string): string | undefined {
    const entry = this.#entries.get(file);
    return entry?.unsaved ?? entry?.saved;
  }

  savedText(file: string): string | undefined {
    return this.#entries.get(file)?.saved;
  }

  /** Whether `text` is not what is on disk. */
  isUnsaved(file: string): boolean {
    if (!this.#typed.has(file)) return false;
    const entry = this.#entries.get(file);
    return entry?.unsaved !== undefined && entry.unsaved !== entry.saved;
  }

  /** What `text` holds. Parsed at the first question and kept until the text changes. */
  parsed(file: string, dialect: Dialect): ParsedFile {
    const entry = this.#entries.get(file);
    if (!entry) return NOTHING;
    const text = entry.unsaved ?? entry.saved;
    if (text === undefined) return { manifests: [], problems: entry.unreadable === undefined ? [] : [{ file, range: { start: 0, end: 0 }, severity: 'warning', message: entry.unreadable, lost: true }] };
    const known = entry[dialect];
    if (known?.text === text) {
      known.asked = true;
      return known;
    }
    const { manifests, problems } = this.#trees.read(file, text, dialect);
    const read: Parsed = { text, manifests, problems, asked: true };
    entry[dialect] = read;
    return read;
  }

  /** Parses everything that is not parsed yet without keeping the event loop for long, so that `parsed` answers at once afterwards. */
  async parseAll(dialectOf: (file: string) => Dialect, signal: AbortSignal): Promise<void> {
    for (const file of this.files()) {
      this.parsed(file, dialectOf(file));
      await rest(this.#turns, signal);
    }
  }

  /** Lets go of what nobody has asked for since the last sweep: who applies a file, and so how it is read, was found out or has changed. */
  sweep(): void {
    this.#entries.forEach(entry => {
      for (const dialect of DIALECTS) {
        const known = entry[dialect];
        if (known?.asked === true) known.asked = false;
        else entry[dialect] = undefined;
      }
    });
  }

  #sorted(): Sorted {
    if (this.#files) return this.#files;
    const all = [...this.#entries.keys()].sort();
    const prefix = this.root.endsWith(sep) ? this.root : this.root + sep;
    // Mostly all of them, and the very same list then.
    return (this.#files = this.#further.length === 0 ? { below: all, further: [] } : { below: all.filter(file => file.startsWith(prefix)), further: all.filter(file => !file.startsWith(prefix)) });
  }

  /** What of the places that are read holds this path. */
  #homeOf(path: string): string | undefined {
    return [this.root, ...this.#further].find(home => path === home || path.startsWith(home.endsWith(sep) ? home : home + sep));
  }

  /** Whether a scan would come to this file. */
  #isOurs(file: string): boolean {
    const home = this.#homeOf(file);
    return home !== undefined && (home === file ? isManifestName(basename(file)) : isManifestPath(home, file));
  }

  /** A folder's files, or the file itself. */
  async #walkFurther(path: string, signal: AbortSignal): Promise<readonly string[]> {
    if (!(await isReached(this.#top, join(path, 'x')))) return [];
    return (await isFolder(path)) ? (await this.#walk(path, this.#maxFiles, signal)).files : isManifestName(basename(path)) ? [path] : [];
  }

  #put(file: string, entry: Entry): void {
    if (!this.#entries.has(file)) this.#files = undefined;
    this.#entries.set(file, entry);
  }

  #drop(file: string): void {
    if (!this.#entries.delete(file)) return;
    this.#typed.delete(file);
    this.#files = undefined;
    this.#states++;
  }

  #entryOf(content: FileContent, before: Entry | undefined): Entry | undefined {
    const unsaved = before?.unsaved;
    const entry = (saved: string | undefined, unreadable: string | undefined): Entry => {
      const same = before?.saved === saved && before?.unreadable === unreadable;
      return { saved, unreadable, unsaved, K2: before?.K2, K3: before?.K3, state: same && before ? before.state : ++this.#states };
    };
    switch (content.kind) {
      case 'text':
        // The same string object again: equal texts are then compared at once.
        return entry(before?.saved === content.text ? before.saved : content.text, undefined);
      case 'unreadable':
        return entry(undefined, content.message);
      case 'foreign':
      case 'absent':
        return unsaved === undefined ? undefined : entry(undefined, undefined);
    }
  }

  async #walk(from: string, limit: number, signal: AbortSignal): Promise<{ readonly files: string[]; readonly truncated: boolean }> {
    const files: string[] = [];
    const folders = [from];
    for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
      // A folder that vanished or may not be read holds nothing for us.
      const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
      for (const entry of entries) {
        const path = join(folder, entry.name);
        if (entry.isDirectory()) {
          if (isFolderToRead(entry.name) && this.#isWanted(path, true)) folders.push(path);
        } else if (entry.isFile() && isManifestName(entry.name) && this.#isWanted(path, false)) {
          if (files.length >= limit) return { files, truncated: true };
          files.push(path);
        }
        await rest(this.#turns, signal);
      }
    }
    return { files, truncated: false };
  }

  #isWanted(path: string, isFolder: boolean): boolean {
    return this.#only?.some(root => root === path || path.startsWith(join(root, sep)) || (isFolder && root.startsWith(path + sep))) ?? true;
  }

  async #read(files: readonly string[], signal: AbortSignal, keep: (file: string, content: FileContent) => void): Promise<void> {
    let next = 0;
    const reader = async (): Promise<void> => {
      for (let file = files[next++]; file !== undefined; file = files[next++]) {
        keep(file, await readManifestFile(file, this.#maxBytes));
        await rest(this.#turns, signal);
      }
    };
    await Promise.all(Array.from({ length: Math.min(READERS, files.length) }, reader));
    signal.throwIfAborted();
  }
}

const rest = async (turns: Turns, signal: AbortSignal): Promise<void> => {
  await turns.pause();
  signal.throwIfAborted();
};

/** In order, without what lies below another one of them. */
function outermost(paths: readonly string[]): readonly string[] {
  const out: string[] = [];
  for (const path of [...new Set(paths)].sort(byFolder)) if (!out.some(home => path.startsWith(home + sep))) out.push(path);
  return out;
}

/** What lies in a folder comes after it. */
const byFolder = (a: string, b: string): number => a.length - b.length || (a < b ? -1 : 1);

/** Whether no symbolic link lies between the root and this path: a scan would not have passed one. A folder that is gone has none. */
async function isReached(root: string, path: string): Promise<boolean> {
  const folder = dirname(path);
  const [realRoot, real] = await Promise.all([realpath(root), realpath(folder)].map(found => found.catch(() => undefined)));
  return realRoot === undefined || real === undefined || real === join(realRoot, relative(root, folder));
}

const isFolder = (path: string): Promise<boolean> => lstat(path).then(found => found.isDirectory(), () => false);
