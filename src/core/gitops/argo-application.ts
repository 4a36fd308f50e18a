import { at, isObject, listAt, member, textAt, type Json } from '../base/json';
import { refOf, type ObjectRef } from '../kube/identity';
import type { Live } from '../kube/live';
import type { Application, ApplicationSource, ArgoApplication, ArgoSync, Automation, Pause } from './application';
import { trackedBy, type ArgoSettings } from './argo-settings';
import { readIgnoreRules } from './ignore-rules';
import { ownersOf, pauseNotes } from './pause-notes';
import { cleanPath, commitOf } from './flux-values';

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
  const ref = refOf(object);
  const uid = textAt(object, 'metadata', 'uid');
  const resourceVersion = textAt(object, 'metadata', 'resourceVersion');
  if (!ref || uid === undefined || resourceVersion === undefined) return undefined;
  const spec = member(object, 'spec');
  const status = member(object, 'status');
  const sources = sourcesOf(spec);
  const [source, index] = chosenSource(sources);
  const revision = (holder: Json | undefined): string | undefined => commitOf(textAt(holder, 'revisions', index) ?? textAt(holder, 'revision'));
  const state = member(status, 'operationState');
  const automation = automationOf(spec);
  return {
    tool: 'argo',
    kind: 'Application',
    ref,
    uid,
    resourceVersion,
    manager: MANAGER,
    instance: instanceOf(ref, controlPlane(object)),
    source: readSource(source, ref, revision(member(status, 'sync'))),
    path: cleanPath(textAt(source, 'path') ?? ''),
    directory: { recurse: at(source, 'directory', 'recurse') === true, include: textAt(source, 'directory', 'include') ?? '', exclude: textAt(source, 'directory', 'exclude') ?? '' },
    targetNamespace: textAt(spec, 'destination', 'namespace') || undefined,
    appliedRevision: revision(listAt(status, 'history').at(-1)) ?? wholeSync(state, revision),
    attemptedRevision: revision(member(state, 'syncResult')),
    pause: pauseOf(object, automation),
    automation,
    sync: syncOf(spec),
    prune: automation.kind === 'automatic' && at(spec, 'syncPolicy', 'automated', 'prune') === true,
    ignore: [...readIgnoreRules(listAt(spec, 'ignoreDifferences'), 'spec.ignoreDifferences'), ...settings.ignore],
    tracking: settings.tracking,
    assumed: undefined,
    operation: state === undefined ? undefined : { phase: textAt(state, 'phase') ?? '', message: textAt(state, 'message') ?? '', revision: revision(member(state, 'syncResult')) },
    reconciling: isObject(member(object, 'operation')) || RUNNING.has(textAt(state, 'phase') ?? ''),
    ready: readyOf(status, state),
    // `finishedAt` is by the controller's own clock.
    ranAt: undefined,
    inventory: inventoryOf(status),
    notComputed: notComputed(spec, sources, source, textAt(status, 'sourceType')),
    remoteCluster: remoteCluster(member(spec, 'destination'), ownServer),
    parent: parentOf(object, ref),
    doubt: undefined,
  };
}

const RUNNING: ReadonlySet<string> = new Set(['Running', 'Terminating']);

/** The hydrator's wins, then `sources`, then `source`, as Argo CD has it (`ApplicationSpec.GetSources`). */
function sourcesOf(spec: Json | undefined): readonly Json[] {
  const hydrated = at(spec, 'sourceHydrator', 'drySource');
  if (hydrated !== undefined) return [hydrated];
  const several = listAt(spec, 'sources');
  if (several.length > 0) return several;
  const one = member(spec, 'source');
  return one === undefined ? [] : [one];
}

/** The first that has a folder: others may only lend value files. */
function chosenSource(sources: readonly Json[]): [Json | undefined, number] {
  const index = Math.max(sources.findIndex(source => textAt(source, 'path') !== undefined), 0);
  return [sources[index], index];
}

function readSource(source: Json | undefined, ref: ObjectRef, revision: string | undefined): ApplicationSource | undefined {
  const url = textAt(source, 'repoURL');
  if (!url || textAt(source, 'chart') || url.startsWith('oci://')) return undefined;
  const target = textAt(source, 'targetRevision') ?? '';
  const branch = target === '' || target === 'HEAD' || commitOf(target) !== undefined ? undefined : target.replace(/^refs\/(?:heads|tags)\//, '');
  return { ref, url, branch, revision, suspended: false, ignore: undefined };
}

/** Where no history is kept, the last sync counts if it succeeded and was one of everything. */
function wholeSync(state: Json | undefined, revision: (holder: Json | undefined) => string | undefined): string | undefined {
  const partial = listAt(state, 'operation', 'sync', 'resources').length > 0;
  return textAt(state, 'phase') === 'Succeeded' && !partial ? revision(member(state, 'syncResult')) : undefined;
}

function automationOf(spec: Json | undefined): Automation {
  const automated = at(spec, 'syncPolicy', 'automated');
  if (!isObject(automated)) return { kind: 'manual' };
  return member(automated, 'enabled') === false ? { kind: 'off' } : { kind: 'automatic', selfHeal: member(automated, 'selfHeal') === true };
}

const SKIP = 'argocd.argoproj.io/skip-reconcile';

/** Switched off although it was automatic, or not looked after at all. An Application that nobody made automatic is not paused. */
function pauseOf(object: Live, automation: Automation): Pause | undefined {
  if (textAt(object, 'metadata', 'annotations', SKIP) === 'true') return pauseNotes(object, ownersOf(object, ['metadata', 'annotations', SKIP]));
  return automation.kind === 'off' ? pauseNotes(object, ownersOf(object, ['spec', 'syncPolicy', 'automated', 'enabled'])) : undefined;
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

/** Blocks of a source that make Argo CD build what the folder holds, and what to call it. */
const BUILDERS: readonly (readonly [field: string, words: string])[] = [
  ['helm', 'Helm renders it (spec.source.helm)'],
  ['kustomize', 'kustomize builds it (spec.source.kustomize)'],
  ['plugin', 'a plugin renders it (spec.source.plugin)'],
];

function notComputed(spec: Json | undefined, sources: readonly Json[], source: Json | undefined, type: string | undefined): string[] {
  const found = BUILDERS.filter(([field]) => member(source, field) !== undefined).map(([, words]) => words);
  if (sources.length > 1) found.push('it has several sources (spec.sources)');
  if (at(spec, 'sourceHydrator') !== undefined) found.push('its source is rendered to another branch (spec.sourceHydrator)');
  if (at(source, 'directory', 'jsonnet') !== undefined) found.push('jsonnet is evaluated (spec.source.directory.jsonnet)');
  if (found.length === 0 && type !== undefined && type !== '' && type !== 'Directory') found.push(`Argo CD renders it as ${type}`);
  return found;
}

function remoteCluster(destination: Json | undefined, ownServer: string): string | undefined {
  const [server, name] = [textAt(destination, 'server'), textAt(destination, 'name')];
  if (server ? server === 'https://kubernetes.default.svc' || server === ownServer : name === undefined || name === 'in-cluster') return undefined;
  return 'spec.destination';
}

/** An ApplicationSet that made it, else the Application that tracks it. */
function parentOf(object: Live, ref: ObjectRef): ObjectRef | undefined {
  const maker = listAt(object, 'metadata', 'ownerReferences').find(owner => textAt(owner, 'kind') === 'ApplicationSet');
  const name = textAt(maker, 'name');
  if (name !== undefined) return { apiVersion: ref.apiVersion, kind: 'ApplicationSet', namespace: ref.namespace, name };
  const parent = trackedBy(object);
  if (!parent) return undefined;
  const [, namespace, inNamespace] = /^([^_]*)_(.*)$/.exec(parent) ?? [];
  return { apiVersion: ref.apiVersion, kind: 'Application', namespace: namespace ?? controlPlane(object), name: inNamespace ?? parent };
}
