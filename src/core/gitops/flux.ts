import type { Cluster, Want } from '../cluster/api';
import type { Application } from './application';
import { readKind, unreadIn, wantOf, type ControllerKind } from './controller-kinds';
import { readKustomizations } from './flux-application';
import { readHelmReleases } from './helm-release';
import { doubtText, type Reading } from './unread';

const KUSTOMIZATION: ControllerKind = { group: 'kustomize.toolkit.fluxcd.io', kind: 'Kustomization', what: "Flux's Kustomizations" };
const GIT_REPOSITORY: ControllerKind = { group: 'source.toolkit.fluxcd.io', kind: 'GitRepository', what: "Flux's GitRepositories" };

const HELM_RELEASE: ControllerKind = { group: 'helm.toolkit.fluxcd.io', kind: 'HelmRelease', what: "Flux's HelmReleases" };

/** What the store has to keep current for `readFlux`; empty where Flux is not installed. */
export const fluxWants = (cluster: Cluster): Want[] => [KUSTOMIZATION, GIT_REPOSITORY, HELM_RELEASE].flatMap(kind => wantOf(cluster, kind));

/** The applications that the store knows of now, and what it does not know. */
export function readFlux(cluster: Cluster): Reading {
  const [kustomizations, gitRepositories, helmReleases] = [readKind(cluster, KUSTOMIZATION), readKind(cluster, GIT_REPOSITORY), readKind(cluster, HELM_RELEASE)];
  const doubtOf = ({ ref, source }: Application): string | undefined => doubtText([...unreadIn(kustomizations, ref.namespace), ...(source ? unreadIn(gitRepositories, source.ref.namespace) : [])]);
  return {
    applications: [
      ...readKustomizations(kustomizations.objects, gitRepositories.objects).map(application => ({ ...application, doubt: doubtOf(application) })),
      ...readHelmReleases(helmReleases.objects).map(application => ({ ...application, doubt: doubtText(unreadIn(helmReleases, application.ref.namespace)) })),
    ],
    // HelmReleases that may not be read apply nothing that is taken for a plain folder's: their objects name them.
    unread: [kustomizations, gitRepositories].flatMap(reading => unreadIn(reading, undefined)),
  };
}
