import type { Cluster, Want } from '../cluster/api';
import type { Application } from './application';
import { readKind, unreadIn, wantOf, type ControllerKind } from './controller-kinds';
import { readKustomizations } from './flux-application';
import { doubtText, type Reading } from './unread';

const KUSTOMIZATION: ControllerKind = { group: 'kustomize.toolkit.fluxcd.io', kind: 'Kustomization', what: "Flux's Kustomizations" };
const GIT_REPOSITORY: ControllerKind = { group: 'source.toolkit.fluxcd.io', kind: 'GitRepository', what: "Flux's GitRepositories" };

/** What the store has to keep current for `readFlux`; empty where Flux is not installed. */
export const fluxWants = (cluster: Cluster): Want[] => [KUSTOMIZATION, GIT_REPOSITORY].flatMap(kind => wantOf(cluster, kind));

/** The applications that the store knows of now, and what it does not know. */
export function readFlux(cluster: Cluster): Reading {
  const [kustomizations, gitRepositories] = [readKind(cluster, KUSTOMIZATION), readKind(cluster, GIT_REPOSITORY)];
  const doubtOf = ({ ref, source }: Application): string | undefined => doubtText([...unreadIn(kustomizations, ref.namespace), ...(source ? unreadIn(gitRepositories, source.ref.namespace) : [])]);
  return {
    applications: readKustomizations(kustomizations.objects, gitRepositories.objects).map(application => ({ ...application, doubt: doubtOf(application) })),
    unread: [kustomizations, gitRepositories].flatMap(reading => unreadIn(reading, undefined)),
  };
}
