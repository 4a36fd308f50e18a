import type { Cluster } from '../cluster/api';
import { splitApiVersion } from '../kube/identity';
import type { Served } from '../render/chart-needs';

/** What a chart may ask of the cluster: which versions and kinds it serves. */
export const servedBy = (cluster: Pick<Cluster, 'resource' | 'resources'>): Served => (apiVersion, kind) => {
  if (kind !== undefined) return cluster.resource(apiVersion, kind) !== undefined;
  const { group, version } = splitApiVersion(apiVersion);
  return cluster.resources(group)?.some(resource => resource.version === version) === true;
};
