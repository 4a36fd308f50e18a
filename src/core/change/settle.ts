import { sleep, type Clock } from '../base/clock';
import { at, textAt } from '../base/json';
import type { Cluster } from '../cluster/api';
import { isClusterError } from '../cluster/errors';
import { isSettled, isSwitchedOff } from '../gitops/argo-pause';
import { isReconciling } from '../gitops/flux-application';
import type { ObjectRef } from '../kube/identity';
import type { Live } from '../kube/live';

export interface Patience {
  readonly clock: Clock;
  /** Milliseconds. */
  readonly limit: number;
  readonly signal?: AbortSignal;
}

/** What became of the wait for a run that was in flight: it has ended, somebody resumed meanwhile, or neither was seen in time. */
export type Quiet = 'ended' | 'resumed' | 'unclear';

/** Milliseconds between two looks. */
const INTERVAL = 500;

/**
 * After a pause was written: waits until the run that may have been in flight has ended, so that it cannot overwrite a live
 * edit. `suspend` does not stop a run (Flux API, `KustomizationSpec.suspend`); the controller works on one object one at a
 * time, so it has ended once the controller has seen the new generation and says it is not reconciling.
 * Argo CD decides by what it has read: it has read the pause once it has made the comparison that was asked for with it.
 * Rejects only when aborted.
 */
export async function untilQuiet(cluster: Cluster, ref: ObjectRef, patience: Patience): Promise<Quiet> {
  const seen = await until(cluster, ref, patience, (live): Quiet | undefined => {
    if (!(isArgo(ref) ? isSwitchedOff(live) : at(live, 'spec', 'suspend') === true)) return 'resumed';
    return (isArgo(ref) ? isSettled(live) : !isReconciling(live, false)) ? 'ended' : undefined;
  });
  return seen ?? 'unclear';
}

const isArgo = ({ kind }: ObjectRef): boolean => kind === 'Application';

/** After a resume: waits until the controller has answered the request and its run has ended, well or badly. False: not within the limit. */
export async function untilReconciled(cluster: Cluster, ref: ObjectRef, requestedAt: string, patience: Patience): Promise<boolean> {
  const isDone = (live: Live): boolean => (isArgo(ref) ? isSettled(live) : textAt(live, 'status', 'lastHandledReconcileAt') === requestedAt && !isReconciling(live, false));
  return (await until(cluster, ref, patience, live => (isDone(live) ? true : undefined))) === true;
}

/** Looks until something is seen. `undefined`: not within the limit, or the object cannot be read. */
async function until<T>(cluster: Cluster, ref: ObjectRef, { clock, limit, signal }: Patience, see: (live: Live) => T | undefined): Promise<T | undefined> {
  const end = clock.now() + limit;
  for (;;) {
    const live = await cluster.get(ref, signal).catch((error: unknown) => {
      signal?.throwIfAborted();
      // The network may come back while there is still time.
      if (isClusterError(error) && error.kind === 'offline') return 'unreadable' as const;
      if (isClusterError(error)) return undefined;
      throw error;
    });
    if (live === undefined) return undefined;
    const seen = live === 'unreadable' ? undefined : see(live);
    if (seen !== undefined) return seen;
    if (clock.now() >= end) return undefined;
    await sleep(clock, INTERVAL, signal);
  }
}
