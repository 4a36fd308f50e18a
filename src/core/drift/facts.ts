import { relative, sep } from 'node:path';
import type { Cluster } from '../cluster/api';
import type { Application } from '../gitops/application';
import { readSourceFiles } from '../gitops/source-files';
import type { SourceIgnore } from '../gitops/source-ignore';
import { splitApiVersion, type ObjectRef } from '../kube/identity';
import type { Group } from './groups';

/** What the applier does with each file of a group (by absolute path); `undecided` where it is not sent as it stands. */
export function readGroup({ application, files, folder }: Group, root: string, ignore: SourceIgnore): ReadonlyMap<string, { readonly undecided: string | undefined }> {
  const inSource = (path: string): string => relative(root, path).split(sep).join('/');
  const readings = readSourceFiles(files.map(inSource), inSource(folder), application ? ignore : () => false);
  const whole = application && notComputed(application);
  const out = new Map<string, { readonly undecided: string | undefined }>();
  for (const file of files) {
    const reading = readings.get(inSource(file));
    if (reading?.kind === 'rendered') out.set(file, { undecided: `${reading.by} makes kustomize build this file; what it builds is not computed` });
    // kubectl, unlike Flux, reads JSON too.
    else if (reading?.kind === 'plain' || !application) out.set(file, { undecided: whole });
  }
  return out;
}

/** Why nothing of an application is what its files say; `undefined` when all is. */
export function notComputed({ remoteCluster, notComputed: parts }: Application): string | undefined {
  if (remoteCluster) return 'its objects live in another cluster (spec.kubeConfig)';
  return parts.length > 0 ? `what the controller builds is not computed: ${parts.join(', ')}` : undefined;
}

/** A manifest of a version that the server has not, or no longer: it would be refused, and is not merely absent. */
export function wrongVersion({ apiVersion, kind }: ObjectRef, cluster: Pick<Cluster, 'resource' | 'resources'>): string | undefined {
  if (cluster.resource(apiVersion, kind)) return undefined;
  const versions = (cluster.resources(splitApiVersion(apiVersion).group) ?? []).filter(resource => resource.kind === kind).map(({ version }) => version);
  return versions.length === 0 ? undefined : `the API server has no ${kind} of ${apiVersion}: it serves ${versions.join(', ')}`;
}

/** A newer revision that was tried may have been applied in part: what is live may come from either. */
export function baseDoubt({ appliedRevision, attemptedRevision, ready }: Application): string | undefined {
  if (ready?.status !== 'False' || attemptedRevision === undefined || attemptedRevision === appliedRevision) return undefined;
  return `revision ${attemptedRevision.slice(0, 8)} was tried and failed`;
}
