import { at, isArray, isObject, type Json, listAt, mapAt, member, textAt } from '../base/json';
import { identityOf, refOf, type ObjectRef } from '../kube/identity';
import type { PresentState } from '../cluster/api';
import type { Live } from '../kube/live';
import type { Application, ApplicationSource, FluxKustomization, ImageAutomation, SourceContents } from './application';
import { fluxBuildOf } from './flux-build';
import { cleanPath, commitOf, durationMs, inventoryRef } from './flux-values';
import { pauseOf } from './flux-pause';
import { perVersion } from './per-version';
import { readTargetedIgnores } from './targeted-ignore';

/** The managedFields name under which kustomize-controller applies. */
const MANAGER = 'kustomize-controller';
/** The one under which it writes the status of its own objects (fluxcd/pkg `runtime/patch`). */
const STATUS_MANAGER = `gotk-${MANAGER}`;

/**
 * Every Kustomization as an application, joined with its source of any kind. Any version of all kinds: the fields read here
 * are the same from v1beta1 to v1. Objects without identity are left out.
 */
export function readKustomizations(kustomizations: readonly PresentState[], objects: readonly PresentState[], automations: readonly PresentState[] = []): FluxKustomization[] {
  const sources = readSources(objects, automations);
  return kustomizations.flatMap(state => {
    const read = kustomizationOf(state);
    return read ? [fromSource(read.own, sources.get(read.from))] : [];
  });
}

function fromSource(own: FluxKustomization, source: ApplicationSource | undefined): FluxKustomization {
  if (!source) return own;
  return { ...own, source, notComputed: source.contents ? [...own.notComputed, ...otherContents(source.contents, own.path)] : own.notComputed };
}

/** Sources of any kind, by `keyOf`. */
export function readSources(objects: readonly PresentState[], automations: readonly PresentState[]): ReadonlyMap<string, ApplicationSource> {
  const sources = new Map<string, ApplicationSource>();
  for (const state of objects) {
    const source = sourceOf(state);
    const own = source ? automations.flatMap(automation => automationOf(automation) ?? []).filter(({ of }) => of === keyOf(source.ref)) : [];
    if (source) sources.set(keyOf(source.ref), own.length > 0 ? { ...source, automations: own.map(({ automation }) => automation) } : source);
  }
  return sources;
}

const sourceOf = perVersion(object => (refOf(object)?.kind === 'GitRepository' ? readGitRepository(object) : readArtifact(object)));

/** The kind of the source that a Kustomization names. */
export const sourceKindOf = perVersion(object => textAt(object, 'spec', 'sourceRef', 'kind'));

/** Without its source, and the source by `keyOf`. */
interface OwnKustomization {
  readonly own: FluxKustomization;
  readonly from: string;
}

const kustomizationOf = perVersion(readKustomization);

function readKustomization(object: Live): OwnKustomization | undefined {
  const identity = identityOf(object);
  if (!identity) return undefined;
  const { ref } = identity;
  const spec = member(object, 'spec');
  const status = member(object, 'status');
  const fromGit = (textAt(spec, 'sourceRef', 'kind') ?? 'GitRepository') === 'GitRepository';
  const pause = pauseOf(object);
  const from = keyOf({ kind: textAt(spec, 'sourceRef', 'kind') ?? 'GitRepository', namespace: textAt(spec, 'sourceRef', 'namespace') ?? ref.namespace, name: textAt(spec, 'sourceRef', 'name') ?? '' });
  const own: FluxKustomization = {
    tool: 'flux',
    kind: 'Kustomization',
    ...identity,
    manager: MANAGER,
    source: undefined,
    path: cleanPath(textAt(spec, 'path') ?? ''),
    appliedRevision: fromGit ? commitOf(textAt(status, 'lastAppliedRevision')) : commitOf(textAt(status, 'lastAppliedOriginRevision')),
    attemptedRevision: fromGit ? commitOf(textAt(status, 'lastAttemptedRevision')) : undefined,
    pause,
    interval: durationMs(textAt(spec, 'interval')),
    reconciling: isReconciling(object, pause !== undefined),
    ready: readyOf(status),
    ranAt: ranAt(object, status),
    ranFor: ranFor(spec, status),
    prune: member(spec, 'prune') === true,
    force: member(spec, 'force') === true,
    decrypts: textAt(spec, 'decryption', 'provider') === 'sops',
    targetNamespace: textAt(spec, 'targetNamespace') || undefined,
    commonMetadata: { labels: mapAt(spec, 'commonMetadata', 'labels'), annotations: mapAt(spec, 'commonMetadata', 'annotations') },
    inventory: listAt(status, 'inventory', 'entries').flatMap(entry => inventoryRef(textAt(entry, 'id') ?? '', textAt(entry, 'v') ?? '') ?? []),
    ignore: readTargetedIgnores(listAt(spec, 'ignore'), 'spec.ignore'),
    build: fluxBuildOf(spec),
    notComputed: notComputed(spec),
    remoteCluster: kubeConfigOf(spec),
    waitsFor: waitsFor(status, ref.kind),
    parent: parentOf(object, ref),
    doubt: undefined,
  };
  return { own, from };
}

/** By which sources are told apart. */
export const keyOf = ({ kind, namespace, name }: Pick<ObjectRef, 'kind' | 'namespace' | 'name'>): string => `${kind} ${namespace ?? ''}/${name}`;

/** What writes into a source, and the source by `keyOf`. */
const automationOf = perVersion((object): { readonly automation: ImageAutomation; readonly of: string } | undefined => {
  const ref = refOf(object);
  const spec = member(object, 'spec');
  const from = member(spec, 'sourceRef');
  if (!ref) return undefined;
  const of = keyOf({ kind: textAt(from, 'kind') ?? 'GitRepository', namespace: textAt(from, 'namespace') ?? ref.namespace, name: textAt(from, 'name') ?? '' });
  return { of, automation: { ref, path: cleanPath(textAt(spec, 'update', 'path') ?? ''), branch: textAt(spec, 'git', 'push', 'branch'), suspended: member(spec, 'suspend') === true } };
});

/** An artifact says by annotations what it was made of (`flux push artifact`, `org.opencontainers.image.*`). */
function readArtifact(object: Live): ApplicationSource | undefined {
  const ref = refOf(object);
  if (!ref) return undefined;
  const artifact = at(object, 'status', 'artifact');
  return {
    ref,
    url: textAt(artifact, 'metadata', 'org.opencontainers.image.source') ?? '',
    branch: undefined,
    revision: commitOf(textAt(artifact, 'metadata', 'org.opencontainers.image.revision')),
    artifact: textAt(artifact, 'revision') ?? 'none yet',
    suspended: at(object, 'spec', 'suspend') === true,
    ignore: undefined,
  };
}

function readGitRepository(object: Live): ApplicationSource | undefined {
  const ref = refOf(object);
  const spec = member(object, 'spec');
  if (!ref) return undefined;
  return {
    ref,
    url: textAt(spec, 'url') ?? '',
    branch: branchOf(member(spec, 'ref')),
    revision: commitOf(textAt(object, 'status', 'artifact', 'revision')),
    suspended: member(spec, 'suspend') === true,
    ignore: textAt(spec, 'ignore'),
    ...contentsOf(spec),
  };
}

function contentsOf(spec: Json | undefined): Pick<ApplicationSource, 'contents'> {
  const contents: SourceContents = {
    only: listAt(spec, 'sparseCheckout').flatMap(folder => (typeof folder === 'string' ? [folder.replace(/^\.\//, '')] : [])),
    included: listAt(spec, 'include').map(entry => textAt(entry, 'repository', 'name') ?? ''),
    submodules: member(spec, 'recurseSubmodules') === true,
  };
  return contents.only.length > 0 || contents.included.length > 0 || contents.submodules ? { contents } : {};
}

/** Why the files of the folder are not all that the controller sees there, or more, in words for a person. A sparse checkout takes what begins like one of its folders (go-git, `SkipUnless`). */
function otherContents({ only, included, submodules }: SourceContents, path: string): string[] {
  return [
    ...(included.length > 0 ? [`its source takes in other repositories (GitRepository ${included.join(', ')}, spec.include)`] : []),
    ...(submodules ? ['its source takes in submodules (spec.recurseSubmodules)'] : []),
    ...(only.length > 0 && !only.some(folder => `${path}/`.startsWith(folder)) ? [`its source checks out only ${only.join(', ')} (spec.sparseCheckout)`] : []),
  ];
}

/** Precedence of `spec.ref`: commit, name, semver, tag, branch; without any of them Flux reads `master`. */
function branchOf(ref: Json | undefined): string | undefined {
  const name = textAt(ref, 'name');
  if (textAt(ref, 'commit')) return textAt(ref, 'branch') || undefined;
  if (name) return /^refs\/heads\/(.+)$/.exec(name)?.[1];
  if (textAt(ref, 'semver') || textAt(ref, 'tag')) return undefined;
  return textAt(ref, 'branch') || 'master';
}

function conditionOf(status: Json | undefined, type: string): Json | undefined {
  return listAt(status, 'conditions').find(condition => textAt(condition, 'type') === type);
}

/**
 * A run is going on, or the controller has not yet looked at the present `spec`. A run that failed is over, though it leaves
 * `Reconciling` at True: then the status keeps the generation of the last success, and only the conditions name the one that was
 * looked at (`finalizeStatus` in kustomize-controller). While a run goes on, Ready is Unknown.
 */
export function isReconciling(object: Live, paused: boolean): boolean {
  const status = member(object, 'status');
  const running = conditionOf(status, 'Reconciling');
  const failed = textAt(running, 'reason') === 'ProgressingWithRetry' && textAt(conditionOf(status, 'Ready'), 'status') === 'False';
  if (textAt(running, 'status') === 'True' && !failed) return true;
  return !paused && member(failed ? running : status, 'observedGeneration') !== at(object, 'metadata', 'generation');
}

export function readyOf(status: Json | undefined): Application['ready'] {
  const condition = conditionOf(status, 'Ready');
  const value = textAt(condition, 'status');
  if (value !== 'True' && value !== 'False' && value !== 'Unknown') return undefined;
  return { status: value, reason: textAt(condition, 'reason') ?? '', message: textAt(condition, 'message') ?? '' };
}

/** The controller writes its status at the end of every run, and each time something in it is new (kustomize-controller 1.9: the Ready condition's time). */
function ranAt(object: Live, status: Json | undefined): string | undefined {
  if (readyOf(status)?.status !== 'True') return undefined;
  const written = listAt(object, 'metadata', 'managedFields').filter(entry => textAt(entry, 'manager') === STATUS_MANAGER && textAt(entry, 'subresource') === 'status');
  return written.map(entry => textAt(entry, 'time') ?? '').sort().at(-1) || undefined;
}

/**
 * The controller tells how long its last run took (`status.history`, the newest first, kustomize-controller 1.7). Before
 * that only how long one may take is known: the time limit holds for the apply, and again for the health checks.
 */
function ranFor(spec: Json | undefined, status: Json | undefined): number | undefined {
  const [last] = listAt(status, 'history');
  const longest = durationMs(textAt(spec, 'timeout')) ?? durationMs(textAt(spec, 'interval'));
  return durationMs(textAt(last, 'lastReconciledDuration')) ?? (longest === undefined ? undefined : 2 * longest);
}

export function parentOf(object: Live, ref: ObjectRef): ObjectRef | undefined {
  const name = textAt(object, 'metadata', 'labels', 'kustomize.toolkit.fluxcd.io/name');
  const namespace = textAt(object, 'metadata', 'labels', 'kustomize.toolkit.fluxcd.io/namespace');
  return name && namespace ? { apiVersion: ref.kind === 'Kustomization' ? ref.apiVersion : 'kustomize.toolkit.fluxcd.io/v1', kind: 'Kustomization', namespace, name } : undefined;
}

/** The cluster that `spec.kubeConfig` names, by the object that holds how to reach it. */
export function kubeConfigOf(spec: Json | undefined): string | undefined {
  const config = member(spec, 'kubeConfig');
  if (!isObject(config)) return undefined;
  const named = (['Secret', 'ConfigMap'] as const).flatMap(kind => {
    const name = textAt(config, kind === 'Secret' ? 'secretRef' : 'configMapRef', 'name');
    return name === undefined ? [] : [`${kind} ${name}`];
  });
  return [...named, 'spec.kubeConfig'].join(', ');
}

/** Both controllers name the dependency in quotes (`checkDependencies`). */
export function waitsFor(status: Json | undefined, kind: string): string | undefined {
  const ready = readyOf(status);
  if (ready?.status !== 'False' || ready.reason !== 'DependencyNotReady') return undefined;
  const name = /'([^']+)'/.exec(ready.message)?.[1];
  return name === undefined ? `the ${kind}s it depends on` : `${kind} ${name}`;
}

/** `spec` fields by which the controller changes what the files say, and what to call it. */
const TRANSFORMATIONS: readonly (readonly [field: string, words: string])[] = [
  ['patchesStrategicMerge', 'patches are applied (spec.patchesStrategicMerge)'],
  ['patchesJson6902', 'patches are applied (spec.patchesJson6902)'],
];

const notComputed = (spec: Json | undefined): string[] => TRANSFORMATIONS.filter(([field]) => isSet(member(spec, field))).map(([, words]) => words);

function isSet(value: Json | undefined): boolean {
  if (isArray(value)) return value.length > 0;
  if (isObject(value)) return Object.values(value).some(isSet);
  return value !== undefined && value !== null && value !== '';
}
