import type { Cluster, Want } from '../cluster/api';
import { argoWants, readArgo } from './argo';
import { fluxWants, readFlux } from './flux';
import type { Reading } from './unread';

/** What the store has to keep current for `readApplications`. */
export const applicationWants = (cluster: Cluster): Want[] => [...fluxWants(cluster), ...argoWants(cluster)];

/** The applications of every controller in the cluster, and what could not be read of them. */
export function readApplications(cluster: Cluster): Reading {
  const readings = [readFlux(cluster), readArgo(cluster)];
  return { applications: readings.flatMap(({ applications }) => applications), unread: readings.flatMap(({ unread }) => unread) };
}
