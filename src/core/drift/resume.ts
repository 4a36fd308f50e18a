import { isArray, textAt, type JsonObject } from '../base/json';
import { formatPath } from '../kube/path';
import type { Draft } from './collapse';
import type { Applier, JudgeInput } from './judge-input';
import { fateOf, isCompared, nextApply, surelyWrites } from './next-apply';
import { isClientSide } from './ownership';
import type { AfterResume, PendingStage } from './verdict';
import type { Decision } from './verdict-table';

/** A decided field with the stage that Git's value has reached. */
export interface Staged {
  readonly draft: Draft;
  readonly decision: Decision;
  readonly stage: PendingStage | undefined;
}

/** What the applier does to each live field on its next apply of what has been pushed, in the order of the fields. */
export function afterResume(input: JudgeInput, live: JsonObject, fields: readonly Staged[]): AfterResume[] {
  const { applier } = input;
  const open = fields.filter(({ decision }) => isOpen(decision));
  if (open.length > 0 && open.every(field => isSurelyWritten(input, live, field))) return fields.map(({ decision, stage }) => (isOpen(decision) ? 'overwritten' : fateByVerdict(decision, stage, applier)));
  const next = open.length > 0 ? nextApply(input, live) : undefined;
  const fates = fields.map(({ draft, decision, stage }): AfterResume => {
    if (!next || !isOpen(decision) || decision.afterResume !== undefined) return fateByVerdict(decision, stage, applier);
    if (next.kind === 'unsure') return 'unknown';
    if (decision.detail === 'order') return next.object === live ? 'none' : 'overwritten';
    const fate = isGroup(draft) ? 'overwritten' : fateOf(next.object, live, draft.path);
    return draft.git === undefined ? ofExtra(fate, stage) : ofSet(fate);
  });
  if (isChanging(fields, fates, live)) for (const [i, { draft }] of fields.entries()) if (DEPENDENT.test(formatPath(draft.path))) fates[i] = 'unknown';
  const writes = next?.kind !== 'object' || next.always || fates.some((fate, i) => isChange(fate) && isCompared(fields[i]?.draft.path ?? []));
  return writes ? fates : fates.map((fate, i) => (isChange(fate) ? (fields[i]?.draft.live === undefined ? 'none' : 'kept') : fate));
}

const isSurelyWritten = (input: JudgeInput, live: JsonObject, { draft: { path, git, live: found }, decision: { verdict, detail, afterResume: said } }: Staged): boolean =>
  verdict === 'drift' && detail === 'changed' && said === undefined && surelyWrites(input, live, path, git, found);

/** How a Service is reached decides which of the others may be there: the server drops them and fills them in with it. */
const DECIDING = /^\.spec\.(?:type$|sessionAffinity$|externalIPs)/;
const DEPENDENT = /^\.spec\.(?:externalTrafficPolicy|sessionAffinityConfig.*|healthCheckNodePort|allocateLoadBalancerNodePorts|loadBalancer\w+|ports\[.*\]\.nodePort)$/;

const isChanging = (fields: readonly Staged[], fates: readonly AfterResume[], live: JsonObject): boolean =>
  textAt(live, 'kind') === 'Service' && fields.some(({ draft }, i) => DECIDING.test(formatPath(draft.path)) && isChange(fates[i] ?? 'none'));

/** Git has nothing there: a part of it that stays does not make it kept. */
const ofExtra = (fate: AfterResume, stage: PendingStage | undefined): AfterResume =>
  fate === 'overwritten' ? 'deleted' : fate === 'kept' && stage !== undefined && stage !== 'unreconciled' ? 'none' : fate;

/** Git has something there, if only `null`, for which the server sets what it thinks right. */
const ofSet = (fate: AfterResume): AfterResume => (fate === 'kept' ? 'none' : fate === 'deleted' ? 'overwritten' : fate);

/** Items of one key, of which an apply leaves one. */
const isGroup = ({ path, live }: Draft): boolean => isArray(live) && path.at(-1)?.kind === 'key';

const isChange = (fate: AfterResume): boolean => fate === 'overwritten' || fate === 'deleted';

/** Whether the verdict leaves open what becomes of the field. */
function isOpen({ verdict }: Decision): boolean {
  return verdict === 'drift' || verdict === 'conflict' || verdict === 'pending' || verdict === 'extra';
}

/** Where the apply cannot be played through, or need not be, the verdict says it. What has not been pushed does not reach the applier. */
export function fateByVerdict(decision: Decision, stage: PendingStage | undefined, applier: Applier): AfterResume {
  const { verdict, detail, certain, afterResume: said } = decision;
  if (applier.tool === 'none') return 'none';
  if (said !== undefined) return said;
  if (!isOpen(decision)) return verdict === 'equivalent' || verdict === 'in-sync' || verdict === 'skipped' ? 'none' : 'unknown';
  if (verdict === 'extra') return 'kept';
  if (verdict === 'pending' && stage !== 'unreconciled') return 'none';
  if (detail !== 'extra') return 'overwritten';
  // The server makes an owner for all that nobody owns; what becomes of it then takes more than one apply.
  return certain || isClientSide(applier) ? 'deleted' : 'unknown';
}
