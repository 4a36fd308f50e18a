import { randomUUID } from 'node:crypto';
import type { Clock } from '../base/clock';
import { fromEntries, isObject, listAt, member, textAt, withMember, type JsonObject } from '../base/json';
import type { Cluster, PatchRequest } from '../cluster/api';
import type { Applier } from '../drift/judge-input';
import { BOOKKEEPING } from '../kube/bookkeeping';
import { describeRef, type ObjectRef } from '../kube/identity';
import type { Live } from '../kube/live';
import { foresee, stepOf } from './foresee';
import { MANAGER, type PlanEnvironment, type Planned, type PushPlan } from './plan';
import { isMoved, refusalOf } from './refusal';

export interface PushTarget {
  /** Complete: with its namespace, where the kind has one. */
  readonly ref: ObjectRef;
  /** The whole manifest, as its applier would send it. */
  readonly desired: JsonObject;
  readonly applier: Applier;
  readonly environment: PlanEnvironment;
  /** Take over fields that other managers own: a choice of its own, after a plan without it has named them. */
  readonly force: boolean;
}

/** Reads that raced with a change are repeated so often. */
const ATTEMPTS = 3;

/** Asks the server, at this moment, what applying the whole manifest would do. Sends dry-runs only. */
export async function planPush(cluster: Cluster, target: PushTarget, clock: Clock, signal?: AbortSignal): Promise<Planned<PushPlan>> {
  const { ref, environment, applier, force } = target;
  if (!cluster.resource(ref.apiVersion, ref.kind)) return { kind: 'refused', refusal: { kind: 'notServed', message: `the cluster does not serve ${ref.kind} of ${ref.apiVersion}` } };
  for (let attempt = 1; ; attempt++) {
    try {
      const live = await cluster.get(ref, signal);
      const request: PatchRequest = { ref, type: 'apply', body: bodyOf(target), fieldManager: managerOf(applier, live) };
      const foreseen = await foresee(cluster, request, live, signal);
      const forced = force && foreseen.conflicts.length > 0;
      const step = stepOf(forced ? { ...request, force: true } : request, live, foreseen);
      return { kind: 'plan', plan: { kind: 'push', id: randomUUID(), createdAt: clock.now(), pin: cluster.pin, environment, step, warnings: warningsOf(target) } };
    } catch (error) {
      if (!isMoved(error) || attempt === ATTEMPTS) return { kind: 'refused', refusal: refusalOf(error, ref) };
    }
  }
}

/**
 * The applier's own manager, where one applies this object: Git's state belongs to it. Under a manager of ours a field would
 * stay that Git later drops, and the controller, seeing no difference, would never own it again.
 */
function managerOf({ tool, manager }: Applier, live: Live | undefined): string {
  if (tool === 'flux') return manager;
  const applies = listAt(live, 'metadata', 'managedFields').some(entry => textAt(entry, 'manager') === manager && textAt(entry, 'operation') === 'Apply' && textAt(entry, 'subresource') === undefined);
  return applies ? manager : MANAGER;
}

/** What only the server may say is left out; name and namespace are said in any case. */
function bodyOf({ ref, desired }: PushTarget): JsonObject {
  const metadata = member(desired, 'metadata');
  const kept = fromEntries(Object.entries(isObject(metadata) ? metadata : {}).filter(([key]) => !BOOKKEEPING.has(key)));
  return withMember(desired, 'metadata', withMember(withMember(kept, 'name', ref.name), 'namespace', ref.namespace));
}

function warningsOf({ applier, ref }: PushTarget): string[] {
  if (!applier.active) return [];
  return [`${applier.manager} applies ${describeRef(ref)} itself and will undo whatever differs from the Git it reads: pause the application first to keep the change`];
}
