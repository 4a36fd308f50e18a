import { constants } from 'node:fs';
import { lstat, open, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import type { Tree, TreeEntry } from './tree';

/** Larger files are named, not read. */
const MAX_BYTES = 4 * 1_048_576;

/**
 * A working tree: what is on disk, with unsaved texts over it (`textOf`, by absolute path). Symbolic links are not followed: they may
 * lead anywhere, and what Flux fetches has none.
 */
export class DiskTree implements Tree {
  readonly #root: string;
  readonly #unsaved: (path: string) => string | undefined;

  constructor(root: string, unsaved: (path: string) => string | undefined) {
    this.#root = root;
    this.#unsaved = unsaved;
  }

  async entry(path: string): Promise<TreeEntry> {
    const absolute = join(this.#root, path);
    const text = this.#unsaved(absolute);
    if (text !== undefined) return { kind: 'file', bytes: Buffer.from(text) };
    try {
      const found = await lstat(absolute);
      if (found.isSymbolicLink() || (await this.#throughLink(path))) return { kind: 'unreadable', reason: 'is, or lies behind, a symbolic link, which is not followed' };
      if (found.isDirectory()) return { kind: 'folder' };
      if (!found.isFile()) return { kind: 'unreadable', reason: 'is neither a file nor a folder' };
      if (found.size > MAX_BYTES) return TOO_LARGE;
      const handle = await open(absolute, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
      try {
        const bytes = await handle.readFile();
        return bytes.length > MAX_BYTES ? TOO_LARGE : { kind: 'file', bytes };
      } finally {
        await handle.close();
      }
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      if (code === 'ENOENT' || code === 'ENOTDIR') return { kind: 'absent' };
      return { kind: 'unreadable', reason: `cannot be read (${typeof code === 'string' ? code : 'unknown error'})` };
    }
  }

  async #throughLink(path: string): Promise<boolean> {
    return (await realpath(join(this.#root, path))) !== join(await realpath(this.#root), path);
  }
}

const TOO_LARGE: TreeEntry = { kind: 'unreadable', reason: `is larger than ${MAX_BYTES / 1_048_576} MiB, which is not read` };
