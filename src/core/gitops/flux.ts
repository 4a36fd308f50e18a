import type { Cluster, KindStatus, Resource, Want } from '../cluster/api';
import type { Live } from '../kube/live';
import type { Application } from './application';
import { readKustomizations } from './flux-application';
import { doubtText, type Unread } from './unread';

/** Flux kinds that applications are read from. The version is the server's preferred one, never fixed here. */
const KINDS = [
  { group: 'kustomize.toolkit.fluxcd.io', kind: 'Kustomization', what: "Flux's Kustomizations" },
  { group: 'source.toolkit.fluxcd.io', kind: 'GitRepository', what: "Flux's GitRepositories" },
] as const;

/** What is known of Flux now. */
export interface FluxReading {
  readonly applications: readonly Application[];
  /** What could not be read: there may be applications that are not among these. Empty also where Flux is not installed. */
  readonly unread: readonly Unread[];
}

/** What the store has to keep current for `readFlux`; empty where Flux is not installed. */
export function fluxWants(cluster: Cluster): Want[] {
  return KINDS.flatMap(({ group, kind }) => {
    const resource = served(cluster, group, kind);
    return resource && resource !== 'unreadable' ? [{ apiVersion: versionOf(resource), kind, namespaces: undefined }] : [];
  });
}

/** The applications that the store knows of now, and what it does not know. */
export function readFlux(cluster: Cluster): FluxReading {
  const readings = KINDS.map(({ group, kind, what }): Reading => {
    const resource = served(cluster, group, kind);
    if (resource === undefined) return { objects: [], statusIn: () => undefined, kind, what };
    if (resource === 'unreadable') return { objects: [], statusIn: () => NO_ANSWER, kind, what };
    const apiVersion = versionOf(resource);
    return { objects: cluster.store.list(apiVersion, kind), statusIn: namespace => cluster.store.status(apiVersion, kind, namespace), kind, what };
  });
  const [kustomizations, gitRepositories] = readings;
  const applications = readKustomizations(kustomizations?.objects ?? [], gitRepositories?.objects ?? []);
  return {
    applications: applications.map(application => ({ ...application, doubt: doubtOf(application, kustomizations, gitRepositories) })),
    unread: readings.flatMap(reading => unreadIn(reading, undefined)),
  };
}

interface Reading {
  readonly kind: string;
  readonly what: string;
  readonly objects: readonly Live[];
  /** `undefined`: the kind is not installed, which is an answer. */
  readonly statusIn: (namespace: string | undefined) => KindStatus | undefined;
}

/** An application that is known may be read in its own namespace only: what cannot be read elsewhere does not touch it. */
function doubtOf({ ref, source }: Application, kustomizations: Reading | undefined, gitRepositories: Reading | undefined): string | undefined {
  return doubtText([...unreadIn(kustomizations, ref.namespace), ...(source ? unreadIn(gitRepositories, source.ref.namespace) : [])]);
}

function unreadIn(reading: Reading | undefined, namespace: string | undefined): Unread[] {
  const status = reading?.statusIn(namespace);
  return !reading || !status || status.kind === 'ready' ? [] : [{ kind: reading.kind, what: reading.what, status }];
}

const NO_ANSWER: KindStatus = { kind: 'stale', since: 0, reason: 'the API server does not say what it serves of Flux' };

const versionOf = ({ group, version }: Resource): string => `${group}/${version}`;

function served(cluster: Cluster, group: string, kind: string): Resource | 'unreadable' | undefined {
  const resources = cluster.resources(group);
  return resources === undefined ? 'unreadable' : resources.find(resource => resource.kind === kind);
}
