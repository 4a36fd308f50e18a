import type { Applier } from './judge-input';
import type { AfterResume, PendingStage } from './verdict';
import type { Decision } from './verdict-table';

/**
 * What the applier does to the live field on its next apply of what has been pushed. Flux's takeover is in the decision
 * already: what it takes over and Git lacks is `drift`, `extra`.
 */
export function afterResume(decision: Decision, stage: PendingStage | undefined, { tool }: Applier): AfterResume {
  if (tool === 'none') return 'none';
  if (decision.afterResume !== undefined) return decision.afterResume;
  const { verdict, detail } = decision;
  switch (verdict) {
    case 'drift':
      return detail === 'extra' ? 'deleted' : 'overwritten';
    case 'conflict':
      return 'overwritten';
    case 'pending':
      return pending(detail, stage);
    case 'extra':
      return 'kept';
    case 'equivalent':
    case 'in-sync':
    case 'skipped':
      return 'none';
    case 'blocked':
    case 'invalid':
    case 'undecided':
    case 'unknown':
    case 'missing':
    case 'orphan':
      return 'unknown';
  }
}

/** What has not been pushed does not reach the applier; what was applied already stays. */
function pending(detail: Decision['detail'], stage: PendingStage | undefined): AfterResume {
  if (stage !== 'unreconciled') return 'none';
  return detail === 'extra' ? 'deleted' : 'overwritten';
}
