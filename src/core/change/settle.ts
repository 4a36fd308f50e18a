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

/** Milliseconds between two looks. */
const INTERVAL = 500;

/**
 * After a pause was written: waits until the run that may have been in flight has ended, so that it cannot overwrite a live
 * edit. `suspend` does not stop a run (Flux API, `KustomizationSpec.suspend`); the controller works on one object one at a
 * time, so it has ended once the controller has seen the new generation and says it is not reconciling.
 * Argo CD decides by what it has read: it has read the pause once it has made the comparison that was asked for with it.
 * False: not within the limit, or it cannot be told. Rejects only when aborted.
 */
export const untilQuiet = (cluster: Cluster, ref: ObjectRef, patience: Patience): Promise<boolean> => until(cluster, ref, patience, live => (isArgo(ref) ? isSwitchedOff(live) && isSettled(live) : at(live, 'spec', 'suspend') === true && !isReconciling(live, false)));

const isArgo = ({ kind }: ObjectRef): boolean => kind === 'Application';

/** After a resume: waits until the controller has answered the request and its run has ended, well or badly. False: not within the limit. */
export const untilReconciled = (cluster: Cluster, ref: ObjectRef, requestedAt: string, patience: Patience): Promise<boolean> =>
  until(cluster, ref, patience, live => (isArgo(ref) ? isSettled(live) : textAt(live, 'status', 'lastHandledReconcileAt') === requestedAt && !isReconciling(live, false)));

async function until(cluster: Cluster, ref: ObjectRef, { clock, limit, signal }: Patience, done: (live: Live) => boolean): Promise<boolean> {
  const end = clock.now() + limit;
  for (;;) {
    const live = await cluster.get(ref, signal).catch((error: unknown) => {
      signal?.throwIfAborted();
      // The network may come back while there is still time.
      if (isClusterError(error) && error.kind === 'offline') return 'unreadable' as const;
      if (isClusterError(error)) return undefined;
      throw error;
    });
    if (live === undefined) return false;
    if (live !== 'unreadable' && done(live)) return true;
    if (clock.now() >= end) return false;
    await sleep(clock, INTERVAL, signal);
  }
}
