import { listAt, textAt } from '../base/json';
import type { Cluster, KindStatus, LiveState, PresentState, Want } from '../cluster/api';
import { describeRef, refOf, type ObjectRef } from '../kube/identity';
import type { ArgoApplication } from './application';
import { controlPlane, parentOfArgo, readArgoApplication } from './argo-application';
import { readSettings, settingsFrom, SETTINGS_NAME, type ArgoSettings } from './argo-settings';
import { readKind, unreadIn, wantOf, type ControllerKind } from './controller-kinds';
import type { Owned } from './owner-chain';
import { perVersion } from './per-version';
import { doubtText, type Reading, type Unread } from './unread';

const APPLICATION: ControllerKind = { group: 'argoproj.io', kind: 'Application', what: "Argo CD's Applications" };

const settingsIn = (namespace: string): ObjectRef => ({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name: SETTINGS_NAME });

/** Looked at only for what applies them: one that may not be read is the end of a chain. */
const APPLICATION_SET: ControllerKind = { group: 'argoproj.io', kind: 'ApplicationSet', what: "Argo CD's ApplicationSets" };

/** What the store has to keep current for `readArgo`; empty where Argo CD is not installed. Its settings follow once an Application says where they are. */
export function argoWants(cluster: Cluster): Want[] {
  const wants = [...wantOf(cluster, APPLICATION), ...(hasSets(cluster) ? wantOf(cluster, APPLICATION_SET).map((want): Want => ({ ...want, extra: true })) : [])];
  const namespaces = [...new Set(readKind(cluster, APPLICATION).objects.map(state => headOf(state).plane))];
  return namespaces.length === 0 ? wants : [...wants, { apiVersion: 'v1', kind: 'ConfigMap', namespaces }];
}

/** Some Application was made by an ApplicationSet. */
const hasSets = (cluster: Cluster): boolean => readKind(cluster, APPLICATION).objects.some(state => headOf(state).fromSet);

/** The ApplicationSets that the store knows of now; empty as long as no Application was made by one. */
export const readApplicationSets = (cluster: Cluster): readonly Owned[] => (hasSets(cluster) ? readKind(cluster, APPLICATION_SET).objects.flatMap(state => ownedSet(state) ?? []) : []);

const ownedSet = perVersion((object): Owned | undefined => {
  const ref = refOf(object);
  return ref && { ref, parent: parentOfArgo(object, ref) };
});

/** What has to be known of an Application before it can be read. */
const headOf = perVersion(object => ({
  namespace: refOf(object)?.namespace,
  plane: controlPlane(object),
  fromSet: listAt(object, 'metadata', 'ownerReferences').some(owner => textAt(owner, 'kind') === APPLICATION_SET.kind),
}));

/** The Applications that the store knows of now, in any namespace, and what it does not know. */
export function readArgo(cluster: Cluster): Reading {
  const reading = readKind(cluster, APPLICATION);
  return {
    applications: reading.objects.flatMap(state => readOne(cluster, state, unreadIn(reading, headOf(state).namespace)) ?? []),
    unread: unreadIn(reading, undefined),
  };
}

function readOne(cluster: Cluster, state: PresentState, unread: readonly Unread[]): ArgoApplication | undefined {
  const where = settingsIn(headOf(state).plane);
  const live = cluster.store.read(where);
  const known = readSettings(live);
  const doubt = doubtText([...unread, ...(isLoading(live) ? [{ kind: 'ConfigMap', what: "Argo CD's settings", status: live.status }] : [])]);
  if (known) return withDoubt(applicationOf(state, known, cluster), doubt);
  const rough = applicationOf(state, settingsFrom([], ''), cluster);
  if (!rough) return undefined;
  const settings = settingsFrom(rough.inventory.flatMap(ref => presentIn(cluster.store.read(ref))), rough.instance);
  const read = withDoubt(applicationOf(state, settings, cluster), doubt);
  return read && { ...read, assumed: `${describeRef(where)} cannot be read: tracking by ${settings.tracking.method} and no differences or kinds that are ignored everywhere are assumed` };
}

/** By version: as it was read last, and with what. */
const read = new WeakMap<PresentState, { readonly settings: ArgoSettings; readonly server: string; readonly application: ArgoApplication | undefined }>();

function applicationOf(state: PresentState, settings: ArgoSettings, { pin: { server } }: Cluster): ArgoApplication | undefined {
  const kept = read.get(state);
  if (kept?.settings === settings && kept.server === server) return kept.application;
  const application = readArgoApplication(state.object, settings, server);
  read.set(state, { settings, server, application });
  return application;
}

const withDoubt = (application: ArgoApplication | undefined, doubt: string | undefined): ArgoApplication | undefined => application && { ...application, doubt };

const isLoading = (live: LiveState): live is LiveState & { readonly kind: 'unknown'; readonly status: KindStatus } => live.kind === 'unknown' && live.status.kind === 'loading';

const presentIn = (live: LiveState): PresentState[] => (live.kind === 'present' ? [live] : []);
