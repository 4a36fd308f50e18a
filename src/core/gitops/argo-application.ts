import { at, isObject, listAt, member, textAt, type Json } from '../base/json';
import { identityOf, type ObjectRef } from '../kube/identity';
import type { Live } from '../kube/live';
import type { Application, ArgoApplication, ArgoSync, Automation } from './application';
import { argoPause, isSyncing } from './argo-pause';
import { argoSources, type ArgoSource } from './argo-sources';
import { trackedBy, type ArgoSettings } from './argo-settings';
import { parentOf as fluxParentOf } from './flux-application';
import { readIgnoreRules } from './ignore-rules';

/** The managedFields name under which application-controller applies, with either kind of apply. */
const MANAGER = 'argocd-controller';

/** The namespace of the control plane that looks after an Application: its own, unless the status names another. */
export const controlPlane = (object: Live): string => textAt(object, 'status', 'controllerNamespace') || (textAt(object, 'metadata', 'namespace') ?? '');

/** The name Argo CD tracks its objects by (`Application.InstanceName`). */
export function instanceOf({ namespace, name }: ObjectRef, controller: string): string {
  return namespace === undefined || namespace === controller ? name : `${namespace}_${name}`;
}

/**
 * One Application of Argo CD. `ownServer` is the address by which this cluster is reached: a destination that names it is no
 * other cluster. `undefined` for an object without identity.
 */
export function readArgoApplication(object: Live, settings: ArgoSettings, ownServer: string): ArgoApplication | undefined {
  const identity = identityOf(object);
  if (!identity) return undefined;
  const { ref } = identity;
  const spec = member(object, 'spec');
  const status = member(object, 'status');
  const state = member(status, 'operationState');
  const automation = automationOf(spec);
  const parts = argoSources(spec, status, ref, settings);
  const common: Omit<ArgoApplication, keyof FromSource> = {
    tool: 'argo',
    kind: 'Application',
    ...identity,
    manager: MANAGER,
    instance: instanceOf(ref, controlPlane(object)),
    targetNamespace: textAt(spec, 'destination', 'namespace') || undefined,
    pause: argoPause(object),
    automation,
    sync: syncOf(spec),
    prune: automation.kind === 'automatic' && automation.prune,
    ignore: [...readIgnoreRules(listAt(spec, 'ignoreDifferences'), 'spec.ignoreDifferences'), ...settings.ignore],
    ignoresAggregated: settings.ignoresAggregated,
    excluded: settings.excluded,
    server: textAt(spec, 'destination', 'server') || undefined,
    tracking: settings.tracking,
    assumed: undefined,
    reconciling: isSyncing(object),
    ready: readyOf(status, state),
    // `finishedAt` is by the controller's own clock.
    ranAt: undefined,
    ranFor: undefined,
    inventory: inventoryOf(status),
    waitsFor: undefined,
    remoteCluster: remoteCluster(member(spec, 'destination'), ownServer),
    parent: parentOfArgo(object, ref),
    doubt: undefined,
  };
  const [first, ...others] = parts.map((part, index): ArgoApplication => ({ ...common, ...fromSource(part, status, state), part: { index, of: parts.length }, further: [] }));
  return first && { ...first, further: others };
}

type FromSource = Pick<ArgoApplication, 'source' | 'path' | 'directory' | 'build' | 'notComputed' | 'appliedRevision' | 'attemptedRevision' | 'operation' | 'hydratedRevision' | 'part' | 'further'>;

function fromSource({ revision, hydrated, ...source }: ArgoSource, status: Json | undefined, state: Json | undefined): Omit<FromSource, 'part' | 'further'> {
  const attempted = revision(member(state, 'syncResult'));
  const applied = (of: ArgoSource['revision']): string | undefined => of(listAt(status, 'history').at(-1)) ?? wholeSync(state, of);
  const appliedRevision = applied(revision);
  return {
    ...source,
    appliedRevision,
    hydratedRevision: hydrated && appliedRevision === undefined ? applied(hydrated) : undefined,
    attemptedRevision: attempted,
    operation: state === undefined ? undefined : { phase: textAt(state, 'phase') ?? '', message: textAt(state, 'message') ?? '', revision: attempted },
  };
}

/** Where no history is kept, the last sync counts if it succeeded and was one of everything. */
function wholeSync(state: Json | undefined, revision: (holder: Json | undefined) => string | undefined): string | undefined {
  const partial = listAt(state, 'operation', 'sync', 'resources').length > 0;
  return textAt(state, 'phase') === 'Succeeded' && !partial ? revision(member(state, 'syncResult')) : undefined;
}

function automationOf(spec: Json | undefined): Automation {
  const automated = at(spec, 'syncPolicy', 'automated');
  if (!isObject(automated)) return { kind: 'manual' };
  const how = { selfHeal: member(automated, 'selfHeal') === true, prune: member(automated, 'prune') === true };
  return { kind: member(automated, 'enabled') === false ? 'off' : 'automatic', ...how };
}

function syncOf(spec: Json | undefined): ArgoSync {
  const has = (option: string): boolean => listAt(spec, 'syncPolicy', 'syncOptions').includes(option);
  return {
    serverSide: has('ServerSideApply=true'),
    replace: has('Replace=true'),
    migrates: !has('ClientSideApplyMigration=false'),
    respectsIgnored: has('RespectIgnoreDifferences=true'),
  };
}

function readyOf(status: Json | undefined, state: Json | undefined): Application['ready'] {
  const failed = listAt(status, 'conditions').find(condition => textAt(condition, 'type')?.endsWith('Error'));
  if (failed !== undefined) return { status: 'False', reason: textAt(failed, 'type') ?? '', message: textAt(failed, 'message') ?? '' };
  const phase = textAt(state, 'phase');
  if (phase === 'Failed' || phase === 'Error') return { status: 'False', reason: `Sync${phase}`, message: textAt(state, 'message') ?? '' };
  const compared = textAt(status, 'sync', 'status');
  return compared === undefined ? undefined : { status: compared === 'Unknown' ? 'Unknown' : 'True', reason: compared, message: '' };
}

/** What Argo CD says is, or should be, there; hooks come and go. */
function inventoryOf(status: Json | undefined): ObjectRef[] {
  return listAt(status, 'resources').flatMap((resource): ObjectRef[] => {
    const [group, version, kind, name] = ['group', 'version', 'kind', 'name'].map(key => textAt(resource, key) ?? '');
    if (!version || !kind || !name || member(resource, 'hook') === true) return [];
    return [{ apiVersion: group ? `${group}/${version}` : version, kind, namespace: textAt(resource, 'namespace') || undefined, name }];
  });
}

function remoteCluster(destination: Json | undefined, ownServer: string): string | undefined {
  const [server, name] = [textAt(destination, 'server'), textAt(destination, 'name')];
  if (server ? server === 'https://kubernetes.default.svc' || server === ownServer : name === undefined || name === 'in-cluster') return undefined;
  return [name || hostOf(server ?? ''), 'spec.destination'].join(', ');
}

/** What is known of an address without what it may be entered with. */
const hostOf = (server: string): string => (URL.canParse(server) ? new URL(server).host : 'a server');

/** What applies an Application or an ApplicationSet: an ApplicationSet that made it, else the Application that tracks it, or the Kustomization of Flux whose labels it has. */
export function parentOfArgo(object: Live, ref: ObjectRef): ObjectRef | undefined {
  const maker = listAt(object, 'metadata', 'ownerReferences').find(owner => textAt(owner, 'kind') === 'ApplicationSet');
  const name = textAt(maker, 'name');
  if (name !== undefined) return { apiVersion: ref.apiVersion, kind: 'ApplicationSet', namespace: ref.namespace, name };
  const parent = trackedBy(object);
  if (!parent) return fluxParentOf(object, ref);
  const [, namespace, inNamespace] = /^([^_]*)_(.*)$/.exec(parent) ?? [];
  return { apiVersion: ref.apiVersion, kind: 'Application', namespace: namespace ?? controlPlane(object), name: inNamespace ?? parent };
}
