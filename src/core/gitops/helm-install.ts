import type { Labelled } from '../cluster/api';
import type { JsonObject } from '../base/json';
import { at, textAt } from '../base/json';
import type { ObjectRef } from '../kube/identity';
import type { HelmInstall, HelmRevision, RecordKind } from './application';
import { storedName } from './helm-stored';

/** Helm's records of its releases are the Secrets, or where it is told so the ConfigMaps, that have this label (helm `pkg/storage/driver`, `newSecretsObject`, `newConfigMapsObject`). */
export const HELM_RECORDS = 'owner=helm';

/** A release, by its name and the namespace of its records. */
export interface ReleaseName {
  readonly name: string;
  readonly namespace: string;
}

export const releaseKey = ({ namespace, name }: ReleaseName): string => `${namespace}/${name}`;

/** Helm's record of a revision; `namespace` is where it is kept. */
export const recordOf = (namespace: string | undefined, { name, revision, storedIn }: Pick<HelmRevision, 'name' | 'revision' | 'storedIn'>): ObjectRef => ({ apiVersion: 'v1', kind: storedIn, namespace, name: storedName(name, revision) });

/** The release whose mark an object has; `undefined` for one that Helm did not apply. */
export function markedBy(object: JsonObject): ReleaseName | undefined {
  const annotations = at(object, 'metadata', 'annotations');
  const name = textAt(annotations, 'meta.helm.sh/release-name');
  const namespace = textAt(annotations, 'meta.helm.sh/release-namespace');
  return name && namespace ? { name, namespace } : undefined;
}

/** The revisions of all releases, newest first, by `releaseKey`, as the labels of their records tell. */
export function revisionsIn(records: readonly (readonly [RecordKind, Labelled])[]): ReadonlyMap<string, readonly HelmRevision[]> {
  const found = new Map<string, HelmRevision[]>();
  for (const [storedIn, { namespace, labels }] of records) {
    const [name, status] = [textAt(labels, 'name'), textAt(labels, 'status')];
    const revision = Number(textAt(labels, 'version'));
    if (!name || status === undefined || !Number.isSafeInteger(revision)) continue;
    const key = releaseKey({ name, namespace });
    // Which chart it was is in the record itself.
    found.set(key, [...(found.get(key) ?? []), { name, namespace, revision, status, chartVersion: '', storedIn }]);
  }
  return new Map([...found].map(([key, list]) => [key, list.sort((a, b) => b.revision - a.revision)]));
}

/** A release as an application. `doubt` as `Application.doubt`. */
export function helmInstall(release: ReleaseName, history: readonly HelmRevision[], doubt: string | undefined): HelmInstall {
  return {
    tool: 'helm',
    kind: 'Helm release',
    ref: { apiVersion: 'helm.sh/v4', kind: 'Helm release', namespace: release.namespace, name: release.name },
    uid: '',
    resourceVersion: '',
    manager: 'helm',
    source: undefined,
    path: '',
    appliedRevision: undefined,
    attemptedRevision: undefined,
    pause: undefined,
    interval: undefined,
    reconciling: history[0]?.status.startsWith('pending') === true,
    ready: undefined,
    ranAt: undefined,
    ranFor: undefined,
    prune: true,
    force: false,
    targetNamespace: release.namespace,
    inventory: [],
    notComputed: [],
    remoteCluster: undefined,
    waitsFor: undefined,
    parent: undefined,
    doubt,
    release,
    storageNamespace: release.namespace,
    history,
  };
}
