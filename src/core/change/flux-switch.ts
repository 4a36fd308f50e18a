import { at, listAt, textAt, type Json } from '../base/json';
import type { Cluster } from '../cluster/api';
import type { Application } from '../gitops/application';
import { pauseOf, suspendOwners } from '../gitops/flux-pause';
import { PAUSED_BY, REQUESTED_AT, SUSPENDED_BY, WEAVE_SUSPENDED_BY } from '../gitops/pause-annotations';
import { describeRef, objectId } from '../kube/identity';
import type { Live } from '../kube/live';
import type { Switch } from './switch';

/** `spec.suspend` of a Kustomization or a HelmRelease. */
export const fluxSwitch: Switch = {
  pause: annotations => ({ metadata: { annotations: { ...annotations, [SUSPENDED_BY]: annotations[PAUSED_BY] ?? '' } }, spec: { suspend: true } }),
  resume: (gone, requestedAt) => ({ metadata: { annotations: { ...gone, [SUSPENDED_BY]: null, [WEAVE_SUSPENDED_BY]: null, [REQUESTED_AT]: requestedAt } }, spec: { suspend: null } }),
  isPaused: live => pauseOf(live) !== undefined,
  cannotPause: live => (at(live, 'metadata', 'deletionTimestamp') === undefined ? undefined : { kind: 'invalid', message: 'it is being deleted; paused, it would leave its objects behind' }),
  hasNoEffect: () => undefined,
  willItStick,
  resumeWarnings: ({ parent, kind }, live) => [
    ...(parent && statedInGit(live) ? [`Git states spec.suspend for it: ${describeRef(parent)}, which applies it, pauses it again`] : []),
    ...(listAt(live, 'spec', 'dependsOn').length > 0 ? [`it waits for the ${kind}s it depends on`] : []),
  ],
};

/**
 * Who would undo the pause. A parent Kustomization sets `spec.suspend` back when Git states it, and only then: its controller
 * then owns the field by Apply. Ours is under a manager that it does not take over (`reference/controllers.md` 2.1.5).
 */
async function willItStick(cluster: Cluster, { parent, ref }: Application, live: Live, signal: AbortSignal | undefined): Promise<string[]> {
  if (!parent || objectId(parent) === objectId(ref) || !statedInGit(live)) return [];
  const above = describeRef(parent);
  try {
    const object = await cluster.get(parent, signal);
    if (!object) return [`Git states spec.suspend for it; ${above}, which applies it, is not there`];
    if (pauseOf(object)) return [`Git states spec.suspend for it: ${above} undoes this pause as soon as it is resumed itself`];
    return [`this pause will not hold: Git states spec.suspend for it, and ${above} sets it back at its next run (every ${textAt(object, 'spec', 'interval') ?? 'interval'}); pause ${above} first`];
  } catch {
    return [`Git states spec.suspend for it: ${above} may undo this pause; it cannot be read`];
  }
}

/** A Kustomization applies it, and what it applies has the field. */
const statedInGit = (live: Live): boolean => suspendOwners(live).some((owner: Json) => textAt(owner, 'manager') === 'kustomize-controller' && textAt(owner, 'operation') === 'Apply');
