import type { Cluster, Want } from '../cluster/api';
import type { Application } from './application';
import { readKind, unreadIn, wantOf, type ControllerKind, type KindReading } from './controller-kinds';
import { readKustomizations, readSources, sourceKindOf } from './flux-application';
import { readHelmReleases } from './helm-release';
import { doubtText, type Reading } from './unread';

const KUSTOMIZATION: ControllerKind = { group: 'kustomize.toolkit.fluxcd.io', kind: 'Kustomization', what: "Flux's Kustomizations" };
const GIT_REPOSITORY: ControllerKind = { group: 'source.toolkit.fluxcd.io', kind: 'GitRepository', what: "Flux's GitRepositories" };

/** What a Kustomization may read besides; looked at only where one does. */
const ARTIFACTS: readonly ControllerKind[] = [
  { group: 'source.toolkit.fluxcd.io', kind: 'OCIRepository', what: "Flux's OCIRepositories" },
  { group: 'source.toolkit.fluxcd.io', kind: 'Bucket', what: "Flux's Buckets" },
  { group: 'source.toolkit.fluxcd.io', kind: 'ExternalArtifact', what: "Flux's ExternalArtifacts" },
];

const IMAGE_AUTOMATION: ControllerKind = { group: 'image.toolkit.fluxcd.io', kind: 'ImageUpdateAutomation', what: "Flux's ImageUpdateAutomations" };

const HELM_RELEASE: ControllerKind = { group: 'helm.toolkit.fluxcd.io', kind: 'HelmRelease', what: "Flux's HelmReleases" };

/** What the store has to keep current for `readFlux`; empty where Flux is not installed. */
export const fluxWants = (cluster: Cluster): Want[] => [KUSTOMIZATION, GIT_REPOSITORY, ...artifactsIn(readKind(cluster, KUSTOMIZATION))].flatMap(kind => wantOf(cluster, kind)).concat(helmWants(cluster), wantOf(cluster, IMAGE_AUTOMATION).map(want => ({ ...want, extra: true })));

/** Who may not read Flux's objects at all is told so once. */
const helmWants = (cluster: Cluster): Want[] => {
  const denied = unreadIn(readKind(cluster, KUSTOMIZATION), undefined).some(({ status }) => status.kind === 'denied');
  return wantOf(cluster, HELM_RELEASE).map(want => (denied ? { ...want, extra: true } : want));
};

const artifactsIn = ({ objects }: KindReading): ControllerKind[] => ARTIFACTS.filter(({ kind }) => objects.some(state => sourceKindOf(state) === kind));

/** The applications that the store knows of now, and what it does not know. */
export function readFlux(cluster: Cluster): Reading {
  const [kustomizations, gitRepositories, helmReleases] = [readKind(cluster, KUSTOMIZATION), readKind(cluster, GIT_REPOSITORY), readKind(cluster, HELM_RELEASE)];
  const artifacts = artifactsIn(kustomizations).map(kind => readKind(cluster, kind));
  const sources = [gitRepositories, ...artifacts];
  const doubtOf = ({ ref, source }: Application): string | undefined => doubtText([...unreadIn(kustomizations, ref.namespace), ...(source ? sources.filter(({ kind }) => kind === source.ref.kind).flatMap(reading => unreadIn(reading, source.ref.namespace)) : [])]);
  return {
    applications: [
      ...readKustomizations(kustomizations.objects, sources.flatMap(({ objects }) => objects), readKind(cluster, IMAGE_AUTOMATION).objects).map(application => ({ ...application, doubt: doubtOf(application) })),
      ...readHelmReleases(helmReleases.objects, readSources(gitRepositories.objects, [])).map(application => ({ ...application, doubt: doubtText(unreadIn(helmReleases, application.ref.namespace)) })),
    ],
    // HelmReleases that may not be read apply nothing that is taken for a plain folder's: their objects name them.
    unread: [kustomizations, ...sources].flatMap(reading => unreadIn(reading, undefined)),
  };
}
