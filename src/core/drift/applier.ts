import { listAt, textAt, type JsonObject } from '../base/json';
import type { Application, ArgoApplication, FluxHelmRelease, HelmInstall } from '../gitops/application';
import { excludedBy, unwatchedBy } from '../gitops/argo-excluded';
import { trackedBy } from '../gitops/argo-settings';

import type { ApplierChoice } from './asked';
import type { Applier } from './judge-input';
import { lastApplied } from './last-applied';

/** The controller that owns the application; a paused one corrects nothing. What it does to an object may stand on the object. */
export function applierOf(application: Application, desired: JsonObject, live: JsonObject | undefined, applied: readonly AppliedAt[] = []): Applier {
  const { tool, manager, pause, waitsFor } = application;
  if (tool === 'helm') return helmApplier(application, applied);
  return tool === 'argo' ? argoApplier(application, desired, live) : { tool, manager, active: pause === undefined && waitsFor === undefined, ...(pause === undefined && waitsFor !== undefined && { idle: `it waits for ${waitsFor}` }) };
}

/** Helm's way with an object is in its managedFields. helm-controller corrects drift only where it is told to, and then by force; people's Helm does nothing by itself. */
function helmApplier(application: FluxHelmRelease | HelmInstall, applied: readonly AppliedAt[]): Applier {
  const { manager, pause } = application;
  const tool = applied.some(by => by.manager === manager) ? 'helm4' : 'helm3';
  if (application.kind === 'Helm release') return { tool, manager, active: false };
  const { driftDetection } = application;
  const active = pause === undefined && driftDetection === 'enabled';
  const idle = pause ? 'suspended' : driftDetection === 'warn' ? 'drift is only told (spec.driftDetection.mode: warn)' : 'drift detection is off (spec.driftDetection.mode)';
  return { tool, manager, active, forces: true, ...(!active && { idle }) };
}

const MIGRATION_MANAGER = 'argocd.argoproj.io/client-side-apply-migration-manager';

function argoApplier({ manager, sync, automation, pause, excluded, server }: ArgoApplication, desired: JsonObject, live: JsonObject | undefined): Applier {
  const serverSide = !hasSyncOption(desired, 'ServerSideApply=false') && (sync.serverSide || hasSyncOption(desired, 'ServerSideApply=true'));
  const replaces = sync.replace || hasSyncOption(desired, 'Replace=true') || hasSyncOption(live, 'Replace=true');
  const active = pause === undefined && automation.kind === 'automatic' && automation.selfHeal;
  const other = textAt(desired, 'metadata', 'annotations', MIGRATION_MANAGER) ?? textAt(live, 'metadata', 'annotations', MIGRATION_MANAGER);
  const leaves = excludedBy(excluded, { apiVersion: textAt(desired, 'apiVersion') ?? '', kind: textAt(desired, 'kind') ?? '' }, server);
  const unwatched = unwatchedBy(excluded, desired, server);
  return {
    tool: serverSide && !replaces ? 'argo-ssa' : 'argo',
    manager,
    active,
    ...(!active && { idle: pause ? 'paused' : automation.kind === 'automatic' ? 'self-heal is off' : 'automatic sync is off' }),
    ...(replaces && { replaces }),
    ...(leaves !== undefined && { leaves }),
    ...(unwatched !== undefined && { unwatched }),
    ...(serverSide && !sync.migrates && { migrates: false }),
    ...(serverSide && sync.migrates && other !== undefined && { migrates: other }),
  };
}

/** One of the options in the annotation `argocd.argoproj.io/sync-options`. */
export const hasSyncOption = (object: JsonObject | undefined, option: string): boolean =>
  (textAt(object, 'metadata', 'annotations', 'argocd.argoproj.io/sync-options') ?? '').split(',').some(one => one.trim() === option);

const NOBODY: Applier = { tool: 'none', manager: 'plumbline', active: false };

const KUBECTL: Applier = { tool: 'kubectl', manager: 'kubectl-client-side-apply', active: false };

/** When a manager last applied the object, as its entry says. */
export interface AppliedAt {
  readonly manager: string | undefined;
  readonly time: string;
}

export const appliedAt = (live: JsonObject | undefined): readonly AppliedAt[] =>
  listAt(live, 'metadata', 'managedFields')
    .filter(entry => textAt(entry, 'operation') === 'Apply')
    .map(entry => ({ manager: textAt(entry, 'manager'), time: textAt(entry, 'time') ?? '' }));

/** An application's last run: when it ended, how long it took at most, and the version of the application that says so. */
type LastRun = Pick<Application, 'ranAt' | 'ranFor' | 'resourceVersion'>;

/** Milliseconds: times are whole seconds, and a run is reported a moment after it ended. */
const VAGUE = 2_000;

/**
 * Whether somebody else may have applied under the applier's own name last. `after`: after its last run ended, as the
 * object's entry of that name is newer. `during`: while it ran, so that the entry may be the run's own, or of somebody who
 * came after it. `undefined`: it was there when that run began, which found nothing to put right.
 * Times are the API server's, in whole seconds. Within the second in which the run ended the versions decide: the
 * server numbers all writes in one order, and the object was written after the application said that it is done.
 */
export function impersonated({ applied, version }: { readonly applied: readonly AppliedAt[]; readonly version: string | undefined }, { manager }: Applier, run: LastRun | undefined): 'after' | 'during' | undefined {
  const end = Date.parse(run?.ranAt ?? '');
  if (Number.isNaN(end)) return undefined;
  const times = applied.filter(by => by.manager === manager).map(({ time }) => Date.parse(time));
  if (times.some(time => time > end || (time === end && isLater(version, run?.resourceVersion)))) return 'after';
  return times.some(time => time >= end - (run?.ranFor ?? Infinity) - VAGUE) ? 'during' : undefined;
}

/** Versions are numbers, though nobody promises it: what is none is not later. */
const isLater = (version: string | undefined, than: string | undefined): boolean => /^\d+ \d+$/.test(`${version ?? ''} ${than ?? ''}`) && BigInt(version ?? '') > BigInt(than ?? '');

/** By managedFields name and operation, first match wins (`reference/drift.md` 2.1). */
const KNOWN: readonly (readonly [operation: string, applier: Applier])[] = [
  ['Apply', { tool: 'argo-ssa', manager: 'argocd-controller', active: false }],
  ['Update', { tool: 'argo', manager: 'argocd-controller', active: false }],
  ['Apply', { tool: 'helm4', manager: 'helm', active: false }],
  ['Update', { tool: 'helm3', manager: 'helm', active: false }],
  ['Apply', { tool: 'kubectl-ssa', manager: 'kubectl', active: false }],
  ['Update', KUBECTL],
];

/** Who applies an object of a plain folder, read off the live object: nobody told us. */
export function detectApplier(live: JsonObject | undefined): Applier {
  if (!live) return NOBODY;
  const wrote = listAt(live, 'metadata', 'managedFields').map(entry => `${textAt(entry, 'operation') ?? ''} ${textAt(entry, 'manager') ?? ''}`);
  const known = KNOWN.find(([operation, { manager }]) => wrote.includes(`${operation} ${manager}`));
  if (known) return known[1];
  if (lastApplied(live) !== undefined) return KUBECTL;
  return NOBODY;
}

/** The applier that a person names; which of its ways it takes is read off the live object. A controller that is not known to run corrects nothing. */
export function chosenApplier(choice: Exclude<ApplierChoice, 'auto'>, applied: readonly AppliedAt[], application: Application | undefined): Applier {
  const active = application !== undefined && application.pause === undefined;
  const applies = (manager: string): boolean => applied.some(by => by.manager === manager);
  switch (choice) {
    case 'flux':
      return { tool: 'flux', manager: 'kustomize-controller', active };
    case 'argo':
      return { tool: applies('argocd-controller') ? 'argo-ssa' : 'argo', manager: 'argocd-controller', active };
    case 'kubectl':
      return KUBECTL;
    case 'kubectl-ssa':
      return { tool: 'kubectl-ssa', manager: 'kubectl', active: false };
    case 'helm':
      return { tool: applies('helm') ? 'helm4' : 'helm3', manager: 'helm', active: false };
    case 'none':
      return NOBODY;
  }
}

/**
 * The controller that claims an object of a plain folder: what it sends comes from somewhere else than this folder, or
 * from a repository whose address is none of this one's remotes. One sentence, `undefined` when nobody claims it.
 */
export function claimedBy(live: JsonObject | undefined): string | undefined {
  if (!live) return undefined;
  for (const [prefix, kind] of FLUX_OWNERS) {
    const name = textAt(live, 'metadata', 'labels', `${prefix}/name`);
    if (name !== undefined) return `${kind} ${textAt(live, 'metadata', 'labels', `${prefix}/namespace`) ?? ''}/${name} applies it, and its source is not this repository as far as its address tells`;
  }
  const application = trackedBy(live);
  return application === undefined ? undefined : `the Application ${application} of Argo CD applies it, and its source is not this repository as far as its address tells`;
}

/** The Kustomization whose labels the object has. */
export function fluxOwner(live: JsonObject): { readonly name: string; readonly namespace: string } | undefined {
  const [name, namespace] = ['name', 'namespace'].map(key => textAt(live, 'metadata', 'labels', `kustomize.toolkit.fluxcd.io/${key}`));
  return name === undefined || namespace === undefined ? undefined : { name, namespace };
}

const FLUX_OWNERS = [['kustomize.toolkit.fluxcd.io', 'Kustomization'], ['helm.toolkit.fluxcd.io', 'HelmRelease']] as const;
