import { posix } from 'node:path';
import { kustomizationAmong } from '../render/kustomization';
import type { SourceIgnore } from './source-ignore';

/** What Flux does with one file of the source. */
export type FileReading =
  /** It is applied as it stands. */
  | { readonly kind: 'plain' }
  /** It is input to kustomize, or may be: `by` is the kustomization file that decides. */
  | { readonly kind: 'rendered'; readonly by: string }
  /** It is not applied; `reason` completes "not applied: …". */
  | { readonly kind: 'left-out'; readonly reason: string };

/**
 * How Flux reads the files below a Kustomization's path (fluxcd/pkg/kustomize, `scanManifests`): with a kustomization file
 * kustomize renders the folder; without, every `.yaml` and `.yml` below it is applied, except that a subfolder with a
 * kustomization file is rendered as a whole.
 * Paths are `/`-separated from the source's root, `folder` likewise; the answer has every file below the folder.
 */
export function readSourceFiles(files: readonly string[], folder: string, ignore: SourceIgnore): ReadonlyMap<string, FileReading> {
  const present = files.filter(file => !ignore(file));
  const all = new Set(present);
  const below = (file: string): boolean => folder === '' || file.startsWith(`${folder}/`);
  const rootOf = (parent: string): string | undefined => kustomizationAmong(parent, all);
  return new Map(
    files.filter(below).map((file): [string, FileReading] => {
      if (!all.has(file)) return [file, { kind: 'left-out', reason: 'a rule of .sourceignore or of spec.ignore excludes it' }];
      const by = topDown(folder, file).map(rootOf).find(found => found !== undefined);
      if (by !== undefined) return [file, { kind: 'rendered', by }];
      return [file, /\.ya?ml$/.test(file) ? { kind: 'plain' } : { kind: 'left-out', reason: 'Flux reads .yaml and .yml files only' }];
    }),
  );
}

/** The folders from `folder` down to the file's own. */
function topDown(folder: string, file: string): string[] {
  const out: string[] = [];
  for (let here = posix.dirname(file); ; here = posix.dirname(here)) {
    out.unshift(here === '.' ? '' : here);
    if (here === folder || here === '.') return out;
  }
}
