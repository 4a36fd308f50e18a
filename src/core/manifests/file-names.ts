import { basename, relative, sep } from 'node:path';

const EXTENSION = /\.(?:ya?ml|json)$/i;
/** The one name without an extension that kustomize looks for. */
const BARE_NAME = 'Kustomization';
/** Well-known files of other tools, never manifests and often large. */
const OTHER_FILES: ReadonlySet<string> = new Set(['package.json', 'package-lock.json', 'tsconfig.json', 'pnpm-lock.yaml']);
const OTHER_FOLDERS: ReadonlySet<string> = new Set(['node_modules', 'dist', 'vendor']);

export const isManifestName = (name: string): boolean => name === BARE_NAME || (EXTENSION.test(name) && !OTHER_FILES.has(name));
export const isJsonName = (name: string): boolean => /\.json$/i.test(name);
export const isFolderToRead = (name: string): boolean => !name.startsWith('.') && !OTHER_FOLDERS.has(name);

/** Whether a scan of `root` would come to this file. Both absolute. */
export function isManifestPath(root: string, file: string): boolean {
  const below = relative(root, file);
  if (below === '' || below === '..' || below.startsWith(`..${sep}`)) return false;
  return isManifestName(basename(file)) && below.split(sep).slice(0, -1).every(isFolderToRead);
}
