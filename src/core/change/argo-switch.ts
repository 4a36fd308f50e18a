import { at, isObject, listAt, textAt, type Json } from '../base/json';
import type { Cluster } from '../cluster/api';
import type { Application } from '../gitops/application';
import { ENABLED, isSwitchedOff, REFRESH, SKIP } from '../gitops/argo-pause';
import { ownersOf } from '../gitops/pause-notes';
import { describeRef, type ObjectRef } from '../kube/identity';
import type { Live } from '../kube/live';
import type { Refusal } from './plan';
import type { Switch } from './switch';

const invalid = (message: string): Refusal => ({ kind: 'invalid', message });

/**
 * `spec.syncPolicy.automated.enabled` of an Application, which keeps its other settings. A refresh is asked for in the same
 * write: once it is done, the controller has looked at what was written.
 */
export const argoSwitch: Switch = {
  pause: annotations => ({ metadata: { annotations: { ...annotations, [REFRESH]: 'normal' } }, spec: { syncPolicy: { automated: { enabled: false } } } }),
  resume: gone => ({ metadata: { annotations: { ...gone, [SKIP]: null, [REFRESH]: 'normal' } }, spec: { syncPolicy: { automated: { enabled: null } } } }),
  isPaused: live => isSwitchedOff(live),
  cannotPause: live => (isObject(at(live, 'spec', 'syncPolicy', 'automated')) ? undefined : invalid('it is not synced automatically: nothing but a person syncs it, and there is nothing to pause')),
  hasNoEffect: predicted => (at(predicted, ...ENABLED) === false ? undefined : invalid('this Argo CD has no switch for automatic sync (spec.syncPolicy.automated.enabled), which came with 3.1')),
  willItStick,
  resumeWarnings: ({ parent }, live) => (parent && statedAbove(live) ? [`Git states spec.syncPolicy.automated.enabled for it: ${describeRef(parent)}, which applies it, may switch it off again`] : []),
};

async function willItStick(cluster: Cluster, { parent, ref }: Application, live: Live, signal: AbortSignal | undefined): Promise<Refusal | string[]> {
  if (!parent || (parent.kind === ref.kind && parent.name === ref.name && parent.namespace === ref.namespace)) return [];
  const above = describeRef(parent);
  const object = await cluster.get(parent, signal).catch(() => 'unreadable' as const);
  if (object === 'unreadable') return [`${above}, which made it, may undo this pause; it cannot be read`];
  if (parent.kind === 'ApplicationSet') return object ? stickBelowSet(object, ref, above) : [];
  if (!object || !statedAbove(live)) return [];
  return stickBelowApplication(object, parent, above);
}

/** An ApplicationSet writes the whole `spec` of its Applications anew, and their annotations (`createOrUpdateInCluster`). */
function stickBelowSet(set: Live, ref: ObjectRef, above: string): Refusal | string[] {
  const kept = ['create-only', 'create-delete'].includes(textAt(set, 'spec', 'syncPolicy', 'applicationsSync') ?? '');
  if (kept) return [];
  const ignores = listAt(set, 'spec', 'ignoreApplicationDifferences')
    .filter(rule => (textAt(rule, 'name') || ref.name) === ref.name)
    .some(rule => listAt(rule, 'jsonPointers').some(pointer => typeof pointer === 'string' && `/${ENABLED.join('/')}`.startsWith(pointer)));
  if (!ignores) return invalid(`${above} made it and would undo the pause at once: switch automatic sync off there, or let it ignore /spec/syncPolicy/automated (spec.ignoreApplicationDifferences)`);
  return [`${above} may take the reason of this pause off again: it writes the annotations of its Applications`];
}

/** A parent that corrects drift sets the field back where Git has it. */
function stickBelowApplication(object: Live, parent: ObjectRef, above: string): Refusal | string[] {
  if (parent.kind === 'Kustomization') {
    return at(object, 'spec', 'suspend') === true ? [`${above}, in whose Git it is stated, undoes this pause as soon as it is resumed itself`] : invalid(`Git states spec.syncPolicy.automated.enabled for it, and ${above} sets it back at its next run: pause ${above} first`);
  }
  const heals = at(object, 'spec', 'syncPolicy', 'automated', 'selfHeal') === true && !isSwitchedOff(object);
  if (heals) return invalid(`Git states spec.syncPolicy.automated.enabled for it, and ${above} sets it back by self-heal: pause ${above} first`);
  return [`Git states spec.syncPolicy.automated.enabled for it: the next sync of ${above} undoes this pause`];
}

/** Its own applier owns the field: Git has it. */
const statedAbove = (live: Live): boolean => ownersOf(live, ENABLED).some((owner: Json) => ['argocd-controller', 'kustomize-controller'].includes(textAt(owner, 'manager') ?? ''));
