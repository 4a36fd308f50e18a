import { posix } from 'node:path';
import type { ChartRequest } from '../render/helm-chart';
import type { ArgoHelm } from './argo-helm';

/** What Argo CD asks Helm for, of a chart in `folder` (from the top of the tree). `release` and `namespace` are those of the Application, `version` is the cluster's. */
export function argoRequest(helm: ArgoHelm, folder: string, release: string, namespace: string | undefined, version: string): ChartRequest {
  // From the source's folder, or with a leading slash from the top.
  const inTree = (path: string): string => posix.normalize(path.startsWith('/') ? path.slice(1) : posix.join(folder, path));
  return {
    folder,
    release: helm.releaseName ?? release,
    namespace: helm.namespace ?? namespace ?? 'default',
    values: [...helm.valueFiles.map(file => ({ kind: 'file' as const, path: inTree(file) })), ...(helm.values.trim() === '' ? [] : [{ kind: 'text' as const, text: helm.values }])],
    set: helm.parameters,
    setFiles: helm.fileParameters.map(({ name, path }) => ({ name, path: inTree(path) })),
    crds: !helm.skipCrds,
    skipTests: helm.skipTests,
    skipSchema: helm.skipSchema,
    hooks: true,
    upgrade: false,
    kubeVersion: helm.kubeVersion ?? version,
    apiVersions: helm.apiVersions,
  };
}
