import { textAt } from '../base/json';
import type { LiveState } from '../cluster/api';
import type { ObjectRef } from '../kube/identity';
import { hasSyncOption } from './applier';
import type { ObjectVerdict } from './verdict';

export interface OrphanFacts {
  /** The controller deletes what its source no longer has. */
  readonly prune: boolean;
  /** False: the files are not all that the applier sends, so that nothing can be called an orphan. */
  readonly complete: boolean;
  /** Why the inventory may not be the present one. */
  readonly doubt: string | undefined;
}

/** An object of the application's inventory that the files no longer have. `undefined` when it is gone from the cluster too. */
export function judgeOrphan(ref: ObjectRef, live: LiveState, { prune, complete, doubt }: OrphanFacts): ObjectVerdict | undefined {
  if (live.kind === 'absent' || !complete) return undefined;
  const common = { ref, fields: [], kept: [] };
  if (live.kind === 'unknown' || doubt !== undefined) {
    const reason = doubt ?? 'it is in the inventory and not in the files; whether it still exists could not be told';
    return { ...common, verdict: 'unknown', reason, notes: [] };
  }
  const reason = 'it is in the cluster and in the inventory of its application, and no file has it';
  const kept = !prune || textAt(live.object, 'metadata', 'annotations', 'kustomize.toolkit.fluxcd.io/prune') === 'disabled' || textAt(live.object, 'metadata', 'annotations', 'helm.sh/resource-policy') === 'keep' || ['Prune=false', 'Prune=confirm'].some(option => hasSyncOption(live.object, option));
  const note = kept ? 'the controller will leave it: pruning is off' : 'the controller will delete it on its next run';
  return { ...common, verdict: 'orphan', reason, notes: [note] };
}
