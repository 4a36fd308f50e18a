import { lstat, readdir } from 'node:fs/promises';
import { join, posix } from 'node:path';
import type { Tree } from './tree';

/** Real charts have a hundred files; with their dependencies unpacked, some thousands. */
const MAX_FILES = 5_000;
const MAX_BYTES = 64 * 1024 * 1024;

export type ChartFiles = { readonly kind: 'files'; readonly files: ReadonlyMap<string, Uint8Array> } | { readonly kind: 'unreadable'; readonly file: string; readonly reason: string };

/** Paths of all files below a folder on disk, from the top of the tree; symbolic links are not followed. */
export async function filesOnDisk(top: string, folder: string): Promise<string[]> {
  const found: string[] = [];
  const waiting = [folder];
  for (let here = waiting.pop(); here !== undefined && found.length <= MAX_FILES; here = waiting.pop()) {
    for (const entry of await readdir(join(top, here), { withFileTypes: true }).catch(() => [])) {
      const path = posix.join(here, entry.name);
      if (entry.isDirectory() && entry.name !== '.git') waiting.push(path);
      else if (entry.isFile()) found.push(path);
    }
  }
  return found.sort();
}

export const isChart = (top: string, folder: string): Promise<boolean> => lstat(join(top, folder, 'Chart.yaml')).then(found => found.isFile(), () => false);

/** Reads these files of a tree, as bytes. One that cannot be read makes the whole unreadable: what is rendered without it would be something else. */
export async function chartFiles(tree: Tree, paths: readonly string[], signal: AbortSignal): Promise<ChartFiles> {
  const files = new Map<string, Uint8Array>();
  let bytes = 0;
  if (paths.length > MAX_FILES) return { kind: 'unreadable', file: paths[0] ?? '', reason: `has more than ${MAX_FILES} files beside it` };
  for (const path of paths) {
    signal.throwIfAborted();
    const entry = await tree.entry(path, signal);
    if (entry.kind === 'unreadable') return { kind: 'unreadable', file: path, reason: entry.reason };
    if (entry.kind !== 'file') continue;
    bytes += entry.bytes.length;
    if (bytes > MAX_BYTES) return { kind: 'unreadable', file: path, reason: `makes the chart larger than ${MAX_BYTES / 1024 / 1024} MiB` };
    files.set(path, entry.bytes);
  }
  return { kind: 'files', files };
}
