import { dirname, join, relative, sep } from 'node:path';
import { textAt } from '../base/json';
import { madeOf } from '../base/made-of';
import { isKustomization, readKustomization, resolveIn } from '../render/kustomization';
import { isBelow, type Group } from './groups';
import { SortedFiles } from './sorted-files';

const kustomizationsIn = madeOf((files: readonly string[]) => files.filter(isKustomization));

/**
 * The folders among these files that somebody may `kubectl apply -k`: those with a kustomization that no other one of them
 * builds upon, and that is no component. `unclear` says why a controller may apply them all the same.
 */
export function kustomizeFolders(files: readonly string[], top: string, textOf: (file: string) => string | undefined, unclear: string | undefined): Group[] {
  const used = new Set<string>();
  const roots: string[] = [];
  for (const file of kustomizationsIn(files)) {
    const folder = dirname(file);
    const { root, references } = readKustomization(textOf(file) ?? '');
    for (const { text } of references) {
      const target = resolveIn(relative(top, folder).split(sep).join('/'), text);
      if (target !== undefined) used.add(join(top, target));
    }
    if (textAt(root?.value, 'kind') !== 'Component') roots.push(folder);
  }
  if (roots.length === 0) return [];
  const doubt = unclear === undefined ? undefined : `could not tell which controller applies this folder: ${unclear}`;
  const sorted = new SortedFiles(files);
  return roots.filter(folder => !used.has(folder)).map(folder => ({
    application: undefined,
    folder,
    files: sorted.below(folder),
    evidence: [doubt ?? 'no controller in this cluster applies this folder, which kustomize builds'],
    doubt,
    built: true,
  }));
}

/** Whether any of these files that is meant stands in a folder with a kustomization, or below one: it may be a part of what others build. */
export function mayBeBuiltUpon(files: readonly string[], isMeant: (file: string) => boolean): boolean {
  const folders = kustomizationsIn(files).map(dirname);
  return files.some(file => isMeant(file) && folders.some(folder => isBelow(folder, file)));
}

/** What is left for plain folders: what stands beside a kustomization is its input, or nobody's. */
export function besidesKustomizations(files: readonly string[], all: readonly string[]): readonly string[] {
  const folders = new Set(kustomizationsIn(all).map(dirname));
  return folders.size === 0 ? files : files.filter(file => !folders.has(dirname(file)));
}
