import { dirname } from 'node:path';
import type { JsonObject } from '../base/json';
import type { Application, FluxHelmRelease } from '../gitops/application';
import { isHelmRelease } from '../gitops/helm-release';
import { describeRef, objectId } from '../kube/identity';
import type { Manifest } from '../manifests/document';
import type { Asked } from './asked';
import type { FolderSource } from './folder-source';
import { doubtAt, objectAt, type ObjectsAt, type PreparedGroup } from './group-reader';
import type { Group } from './groups';

/** A HelmRelease in the cluster whose manifest is in a folder here. */
export interface HelmGroup extends Group {
  readonly application: FluxHelmRelease;
  readonly declared: Manifest;
  /** As the file on disk has it; `null`: that has none. */
  readonly saved: () => JsonObject | null;
  /** As a commit has it; `object` is `undefined` where that has none. */
  readonly at: (revision: string, signal: AbortSignal) => Promise<DeclaredAt>;
}

export type DeclaredAt = { readonly kind: 'known'; readonly object: JsonObject | undefined } | Extract<ObjectsAt, { readonly kind: 'unknown' }>;

interface Declared extends Pick<HelmGroup, 'saved' | 'at'> {
  readonly manifest: Manifest;
  readonly by: string;
}

/** What Git has of a group at a commit (`GroupReader.at`). */
type ReadAt = (group: PreparedGroup, revision: string, signal: AbortSignal) => Promise<ObjectsAt>;

/** The HelmReleases that these groups apply, or that a person asked for by name. */
export function helmGroups(applications: readonly Application[], prepared: readonly PreparedGroup[], { index }: FolderSource, asked: Asked | undefined, readAt: ReadAt): HelmGroup[] {
  const declared = new Map<string, Declared>();
  for (const group of prepared) {
    const { application, entries, uses } = group;
    if (!uses.some(({ kind }) => kind === 'HelmRelease')) continue;
    for (const { ref, manifest, desired } of entries) {
      const id = objectId(ref);
      if (!isHelmRelease(ref) || declared.has(id)) continue;
      declared.set(id, {
        manifest,
        by: application ? `${describeRef(application.ref)} applies it` : 'a folder here has it',
        saved: () => {
          const onDisk = group.saved(manifest.file);
          return onDisk ? (onDisk.get(id)?.object ?? null) : desired.object;
        },
        at: async (revision, signal) => {
          const read = await readAt(group, revision, signal);
          const doubt = doubtAt(read, id);
          return doubt === undefined ? { kind: 'known', object: objectAt(read, id)?.object } : { kind: 'unknown', reason: doubt };
        },
      });
    }
  }
  return applications.flatMap(application => {
    if (application.kind !== 'HelmRelease') return [];
    const found = declared.get(objectId(application.ref)) ?? (asked?.application ? writtenIn(index, application) : undefined);
    if (!found) return [];
    const { manifest, by, saved, at } = found;
    const evidence = [`${describeRef(application.ref)} is written here, and ${by}`, ...(application.remoteCluster === undefined ? ['what it applied is the release that Helm stored in the cluster'] : [])];
    return [{ application, declared: manifest, saved, at, folder: dirname(manifest.file), files: [manifest.file], evidence, doubt: application.doubt }];
  });
}

/** The only manifest in the folder that can be this HelmRelease. */
function writtenIn(index: FolderSource['index'], { ref }: FluxHelmRelease): Declared | undefined {
  const alike = index.files().flatMap(file => index.parsed(file, 'K3').manifests.filter(({ ref: one }) => isHelmRelease(one) && one.name === ref.name && (one.namespace ?? ref.namespace) === ref.namespace));
  const [manifest] = alike;
  return manifest && alike.length === 1 ? { manifest, by: 'it was asked for by its name', saved: () => manifest.object, at: () => Promise.resolve({ kind: 'unknown', reason: 'what this commit has of the HelmRelease is not known' }) } : undefined;
}
