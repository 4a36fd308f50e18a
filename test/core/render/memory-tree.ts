import type { Tree, TreeEntry } from '../../../src/core/render/tree';
import type { Case } from './features';

/** A tree that exists in memory only; `links` are symbolic links. */
export function memoryTree(files: Case['files'], links: readonly string[] = []): Tree {
  const content = new Map(Object.entries(files).map(([path, text]) => [path, typeof text === 'string' ? Buffer.from(text) : text]));
  const entry = (path: string): TreeEntry => {
    if (links.some(link => path === link || path.startsWith(`${link}/`))) return { kind: 'unreadable', reason: 'is a symbolic link' };
    const bytes = content.get(path);
    if (bytes) return { kind: 'file', bytes };
    return path === '' || [...content.keys()].some(file => file.startsWith(`${path}/`)) ? { kind: 'folder' } : { kind: 'absent' };
  };
  return { entry: path => Promise.resolve(entry(path)) };
}
