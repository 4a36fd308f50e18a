import { join, relative, sep } from 'node:path';
import type { Cluster } from '../cluster/api';
import type { Application } from '../gitops/application';
import { readArgoFiles, SKIP_MARKER, sourceFilesOf } from '../gitops/argo-files';
import { readSourceFiles, type FileReading } from '../gitops/source-files';
import type { SourceIgnore } from '../gitops/source-ignore';
import { splitApiVersion, type ObjectRef } from '../kube/identity';
import type { Group } from './groups';
import type { Selection } from './revisions';

/** What the applier does with each file of a group (by absolute path); `undecided` where it is not sent as it stands. */
export function readGroup(group: Group, root: string, ignore: SourceIgnore): ReadonlyMap<string, { readonly undecided: string | undefined }> {
  const { application, files, folder } = group;
  const inSource = (path: string): string => relative(root, path).split(sep).join('/');
  // People apply with kubectl, which reads what it is given: JSON too, and no kustomization unless it is asked to.
  if (!application) return new Map(files.map(file => [file, { undecided: undefined }]));
  const readings = application.tool === 'argo' ? readArgoFiles(files.map(inSource), inSource(folder), application) : readSourceFiles(files.map(inSource), inSource(folder), ignore);
  const whole = notComputed(application) ?? moreOptions(application, files, folder);
  const out = new Map<string, { readonly undecided: string | undefined }>();
  for (const file of files) {
    const reading = readings.get(inSource(file));
    if (reading?.kind === 'rendered') out.set(file, { undecided: renderedText(reading.by) });
    else if (reading?.kind === 'plain') out.set(file, { undecided: whole });
  }
  return out;
}

/** A file of options turns plain files into something else. */
function moreOptions(application: Application, files: readonly string[], folder: string): string | undefined {
  const found = application.tool === 'argo' ? sourceFilesOf(application.instance).find(name => files.includes(join(folder, name))) : undefined;
  return found === undefined ? undefined : `${found} changes how Argo CD reads this folder, which is not computed`;
}

const renderedText = (by: string): string => `${by} makes ${by.endsWith('Chart.yaml') ? 'Helm' : 'kustomize'} build this file; what it builds is not computed`;

/** What of a commit's files is applied as it stands, for an applier that does not take all of a folder; `undefined` for the others. */
export function selectionOf({ application, folder }: Group, root: string): Selection | undefined {
  if (!application) return undefined;
  const inSource = relative(root, folder).split(sep).join('/');
  // A folder that is plain now may have been built by kustomize then.
  if (application.tool !== 'argo') return { key: `flux ${application.source?.ignore ?? ''}`, select: (files, ignore) => selected([...readSourceFiles(files, inSource, ignore)], () => false) };
  const { directory, build } = application;
  return {
    key: JSON.stringify([directory, build.tool]),
    select: files => selected([...readArgoFiles(files, inSource, application)], text => text.includes(SKIP_MARKER)),
  };
}

function selected(readings: readonly (readonly [string, FileReading])[], skips: (text: string) => boolean): ReturnType<Selection['select']> {
  const rendered = readings.find(([, { kind }]) => kind === 'rendered')?.[1];
  if (rendered?.kind === 'rendered') return { kind: 'rendered', reason: renderedText(rendered.by) };
  return { kind: 'plain', files: readings.flatMap(([file, { kind }]) => (kind === 'plain' ? [file] : [])), skips };
}

export const elsewhere = (cluster: string): string => `its objects live in another cluster (${cluster}), which is not looked at here`;

/** Why nothing of an application is what its files say; `undefined` when all is. */
export function notComputed({ remoteCluster, notComputed: parts }: Application): string | undefined {
  if (remoteCluster !== undefined) return elsewhere(remoteCluster);
  return parts.length > 0 ? `what the controller builds is not computed: ${parts.join(', ')}` : undefined;
}

/** A manifest of a version that the server has not, or no longer: it would be refused, and is not merely absent. */
export function wrongVersion({ apiVersion, kind }: ObjectRef, cluster: Pick<Cluster, 'resource' | 'resources'>): string | undefined {
  if (cluster.resource(apiVersion, kind)) return undefined;
  const versions = (cluster.resources(splitApiVersion(apiVersion).group) ?? []).filter(resource => resource.kind === kind).map(({ version }) => version);
  return versions.length === 0 ? undefined : `the API server has no ${kind} of ${apiVersion}: it serves ${versions.join(', ')}`;
}

/** A newer revision that was tried may have been applied in part: what is live may come from either. Nor is an artifact its commit. */
export function baseDoubt({ appliedRevision, attemptedRevision, ready, source }: Application): string | undefined {
  // Pipelines write into files before they pack them.
  if (source?.artifact !== undefined) return 'an artifact may hold something else than the commit that it says it was made of';
  if (ready?.status !== 'False' || attemptedRevision === undefined || attemptedRevision === appliedRevision) return undefined;
  return `revision ${attemptedRevision.slice(0, 8)} was tried and failed`;
}
