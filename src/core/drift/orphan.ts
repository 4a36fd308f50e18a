import { textAt } from '../base/json';
import type { LiveState } from '../cluster/api';
import type { ObjectRef } from '../kube/identity';
import type { ObjectVerdict } from './verdict';

/**
 * An object of the application's inventory that the files no longer have. `undefined` when it is gone from the cluster
 * too, and when `complete` is false: the files are not all that the applier sends, so that nothing can be called an orphan.
 */
export function judgeOrphan(ref: ObjectRef, live: LiveState, prune: boolean, complete: boolean): ObjectVerdict | undefined {
  if (live.kind === 'absent' || !complete) return undefined;
  const common = { ref, fields: [], kept: [] };
  if (live.kind === 'unknown') {
    const reason = 'it is in the inventory and not in the files; whether it still exists could not be told';
    return { ...common, verdict: 'unknown', reason, notes: [], steps: [reason] };
  }
  const reason = 'it is in the cluster and in the inventory of its application, and no file has it';
  const kept = !prune || textAt(live.object, 'metadata', 'annotations', 'kustomize.toolkit.fluxcd.io/prune') === 'disabled';
  const note = kept ? 'the controller will leave it: pruning is off' : 'the controller will delete it on its next run';
  return { ...common, verdict: 'orphan', reason, notes: [note], steps: [reason, note] };
}
