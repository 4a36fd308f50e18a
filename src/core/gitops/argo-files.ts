import { posix } from 'node:path';
import type { ArgoApplication, ArgoDirectory } from './application';
import { globMatches } from './glob';
import { KUSTOMIZATION_FILES } from '../render/kustomization';
import type { FileReading } from './source-files';

/** A file with this text anywhere in it is not read (reposerver, `skipFileRenderingMarker`). */
export const SKIP_MARKER = '+argocd:skip-file-rendering';

const CHART = 'Chart.yaml';

/** Whether a file below the folder (path from there) is one that a source of plain files takes (reposerver, `getPotentiallyValidManifests`). */
export function isArgoFile(inside: string, { recurse, include, exclude }: ArgoDirectory): boolean {
  if (!recurse && inside.includes('/')) return false;
  if (!/\.(?:ya?ml|json)$/.test(inside)) return false;
  return !(exclude !== '' && globMatches(exclude, inside)) && (include === '' || globMatches(include, inside));
}

/** Files of the folder that may say more of the source, which image updaters write (reposerver, `mergeSourceParameters`). */
export const sourceFilesOf = (instance: string): readonly string[] => ['.argocd-source.yaml', `.argocd-source-${instance}.yaml`];

/** The files that make a folder something to render. */
function markersOf({ tool }: ArgoApplication['build']): readonly string[] {
  switch (tool) {
    case 'Directory':
      return [];
    case 'Kustomize':
      return KUSTOMIZATION_FILES;
    case 'Helm':
    case 'Plugin':
    case undefined:
      return [CHART, ...KUSTOMIZATION_FILES];
  }
}

/**
 * How Argo CD reads the files of an Application's folder: with a chart or a kustomization file at its top it renders the
 * folder, without, or where the source says that they are plain, it applies the files. Paths are `/`-separated from the source's root, `folder` likewise.
 */
export function readArgoFiles(files: readonly string[], folder: string, { directory, build }: Pick<ArgoApplication, 'directory' | 'build'>): ReadonlyMap<string, FileReading> {
  const all = new Set(files);
  const by = markersOf(build).map(name => posix.join(folder, name)).find(file => all.has(file));
  return new Map(
    files.flatMap((file): [string, FileReading][] => {
      const inside = folder === '' ? file : posix.relative(folder, file);
      if (inside.startsWith('..')) return [];
      if (by !== undefined) return [[file, { kind: 'rendered', by }]];
      return [[file, isArgoFile(inside, directory) ? { kind: 'plain' } : { kind: 'left-out', reason: 'the Application does not read it (spec.source.directory)' }]];
    }),
  );
}
