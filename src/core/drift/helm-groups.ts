import { dirname } from 'node:path';
import type { Application, FluxHelmRelease } from '../gitops/application';
import { isHelmRelease } from '../gitops/helm-release';
import { describeRef, objectId } from '../kube/identity';
import type { Manifest } from '../manifests/document';
import type { Asked } from './asked';
import type { FolderSource } from './folder-source';
import type { PreparedGroup } from './group-reader';
import type { Group } from './groups';

/** A HelmRelease in the cluster whose manifest is in a folder here. */
export interface HelmGroup extends Group {
  readonly application: FluxHelmRelease;
  readonly declared: Manifest;
}

/** The HelmReleases that these groups apply, or that a person asked for by name. */
export function helmGroups(applications: readonly Application[], prepared: readonly PreparedGroup[], { index }: FolderSource, asked: Asked | undefined): HelmGroup[] {
  const declared = new Map<string, { readonly manifest: Manifest; readonly by: string }>();
  for (const { application, entries } of prepared) {
    for (const { ref, manifest } of entries) {
      if (isHelmRelease(ref) && !declared.has(objectId(ref))) declared.set(objectId(ref), { manifest, by: application ? `${describeRef(application.ref)} applies it` : 'a folder here has it' });
    }
  }
  return applications.flatMap(application => {
    if (application.tool !== 'helm') return [];
    const found = declared.get(objectId(application.ref)) ?? (asked?.application ? writtenIn(index, application) : undefined);
    if (!found) return [];
    const { manifest, by } = found;
    const evidence = [`${describeRef(application.ref)} is written here, and ${by}`, ...(application.remoteCluster === undefined ? ['what it applied is the release that Helm stored in the cluster'] : [])];
    return [{ application, declared: manifest, folder: dirname(manifest.file), files: [manifest.file], evidence, doubt: application.doubt }];
  });
}

/** The only manifest in the folder that can be this HelmRelease. */
function writtenIn(index: FolderSource['index'], { ref }: FluxHelmRelease): { readonly manifest: Manifest; readonly by: string } | undefined {
  const alike = index.files().flatMap(file => index.parsed(file, 'K3').manifests.filter(({ ref: one }) => isHelmRelease(one) && one.name === ref.name && (one.namespace ?? ref.namespace) === ref.namespace));
  const [manifest] = alike;
  return manifest && alike.length === 1 ? { manifest, by: 'it was asked for by its name' } : undefined;
}
