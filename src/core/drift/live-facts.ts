import { at, fromEntries, isObject, textAt, type JsonObject } from '../base/json';
import type { LiveState } from '../cluster/api';
import { markedBy, type ReleaseName } from '../gitops/helm-install';
import { appliedAt, claimedBy, detectApplier, type AppliedAt } from './applier';
import type { Applier, JudgeInput } from './judge-input';
import { lastAppliedBase, recordOfArgo } from './last-applied';

/** What a live object says of how it came to be. */
export interface LiveFacts {
  readonly applied: readonly AppliedAt[];
  readonly version: string | undefined;
  /** The object with nothing but what it tells its applier to do. */
  readonly marks: JsonObject;
  /** The others count where no controller says them. */
  readonly base: JudgeInput['base'];
  /** Where Argo CD's application does not tell. */
  readonly argoBase: JudgeInput['base'] | undefined;
  readonly applier: Applier;
  /** Why it is not judged by this folder, one sentence. */
  readonly claimed: string | undefined;
  /** The release of Helm whose mark it has, where no controller claims it. */
  readonly release: ReleaseName | undefined;
  /** Why nothing can be said of it, one sentence. */
  readonly unreadable: string | undefined;
}

export function liveFacts(live: LiveState): LiveFacts {
  try {
    const object = live.kind === 'present' ? live.object : undefined;
    const base = lastAppliedBase(object);
    const claimed = claimedBy(object);
    return { applied: appliedAt(object), version: textAt(object, 'metadata', 'resourceVersion'), marks: marksOf(object), base, argoBase: recordOfArgo(object, base), applier: detectApplier(object), claimed, release: object && claimed === undefined ? markedBy(object) : undefined, unreadable: undefined };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { ...liveFacts({ kind: 'absent' }), unreadable: 'what the API server sent of it is not JSON' };
  }
}

const ARGO = 'argocd.argoproj.io/';
const NO_MARKS: JsonObject = {};

function marksOf(object: JsonObject | undefined): JsonObject {
  const annotations = at(object, 'metadata', 'annotations');
  const marks = isObject(annotations) ? Object.entries(annotations).filter(([key]) => key.startsWith(ARGO)) : [];
  return marks.length === 0 ? NO_MARKS : { metadata: { annotations: fromEntries(marks) } };
}
