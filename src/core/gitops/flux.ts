import type { Cluster, Resource, Want } from '../cluster/api';
import type { Live } from '../kube/live';
import type { Application } from './application';
import { readKustomizations } from './flux-application';

/** Flux kinds that applications are read from. The version is the server's preferred one, never fixed here. */
const KINDS: readonly (readonly [group: string, kind: string])[] = [
  ['kustomize.toolkit.fluxcd.io', 'Kustomization'],
  ['source.toolkit.fluxcd.io', 'GitRepository'],
];

/** What the store has to keep current for `readFlux`; empty where Flux is not installed. */
export function fluxWants(cluster: Cluster): Want[] {
  return KINDS.flatMap(([group, kind]) => {
    const resource = served(cluster, group, kind);
    return resource ? [{ apiVersion: `${resource.group}/${resource.version}`, kind, namespaces: undefined }] : [];
  });
}

/** The applications that the store knows of now. */
export function readFlux(cluster: Cluster): Application[] {
  const [kustomizations, gitRepositories] = KINDS.map(([group, kind]): readonly Live[] => {
    const resource = served(cluster, group, kind);
    return resource ? cluster.store.list(`${resource.group}/${resource.version}`, kind) : [];
  });
  return readKustomizations(kustomizations ?? [], gitRepositories ?? []);
}

const served = (cluster: Cluster, group: string, kind: string): Resource | undefined => cluster.resources(group).find(resource => resource.kind === kind);
