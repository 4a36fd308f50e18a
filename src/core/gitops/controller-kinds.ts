import type { Cluster, KindStatus, PresentState, Resource, Want } from '../cluster/api';
import type { Unread } from './unread';

/** A kind of a controller's own objects. The version is the server's preferred one, never fixed. */
export interface ControllerKind {
  readonly group: string;
  readonly kind: string;
  /** `Flux's Kustomizations`. */
  readonly what: string;
}

/** What the store holds of one kind, and how well it knows it. */
export interface KindReading extends ControllerKind {
  readonly objects: readonly PresentState[];
  /** `undefined`: the kind is not installed, which is an answer. */
  readonly statusIn: (namespace: string | undefined) => KindStatus | undefined;
}

/** What the store has to keep current for `readKind`; empty where the kind is not installed. */
export function wantOf(cluster: Cluster, { group, kind }: ControllerKind): Want[] {
  const resource = served(cluster, group, kind);
  return resource && resource !== 'unreadable' ? [{ apiVersion: versionOf(resource), kind, namespaces: undefined }] : [];
}

export function readKind(cluster: Cluster, kind: ControllerKind): KindReading {
  const resource = served(cluster, kind.group, kind.kind);
  if (resource === undefined) return { ...kind, objects: [], statusIn: () => undefined };
  if (resource === 'unreadable') return { ...kind, objects: [], statusIn: () => ({ kind: 'stale', since: 0, reason: `the API server does not say what it serves of ${kind.group}` }) };
  const apiVersion = versionOf(resource);
  return { ...kind, objects: cluster.store.list(apiVersion, kind.kind), statusIn: namespace => cluster.store.status(apiVersion, kind.kind, namespace) };
}

/** An application that is known may be read in its own namespace only: what cannot be read elsewhere does not touch it. */
export function unreadIn(reading: KindReading, namespace: string | undefined): Unread[] {
  const status = reading.statusIn(namespace);
  return !status || status.kind === 'ready' ? [] : [{ kind: reading.kind, what: reading.what, status }];
}

const versionOf = ({ group, version }: Resource): string => `${group}/${version}`;

function served(cluster: Cluster, group: string, kind: string): Resource | 'unreadable' | undefined {
  const resources = cluster.resources(group);
  return resources === undefined ? 'unreadable' : resources.find(resource => resource.kind === kind);
}
