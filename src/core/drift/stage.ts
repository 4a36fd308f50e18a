import type { Json, JsonObject } from '../base/json';
import type { Path } from '../kube/path';
import type { JudgeInput } from './judge-input';
import { lookup } from './lookup';
import type { PendingStage } from './verdict';

type Same = (a: Json | undefined, b: Json | undefined) => boolean;

/** How far Git's value of a pending field has come: the first stage, from the editor towards the cluster, that does not have it yet. */
export function stageOf(input: Pick<JudgeInput, 'desired' | 'stages' | 'behind'>, path: Path, same: Same): PendingStage {
  const wanted = lookup(input.desired, path);
  const lacks = (stage: JsonObject | null | undefined): boolean => stage !== undefined && !same(lookup(stage, path), wanted);
  return firstLacking(input, lacks);
}

/** The same for an object that is not in the cluster. */
export function objectStage(input: Pick<JudgeInput, 'stages' | 'behind'>): PendingStage {
  return firstLacking(input, stage => stage === null);
}

function firstLacking({ stages, behind }: Pick<JudgeInput, 'stages' | 'behind'>, lacks: (stage: JsonObject | null | undefined) => boolean): PendingStage {
  if (lacks(stages.saved)) return 'unsaved';
  if (lacks(stages.head)) return 'uncommitted';
  if (behind) return 'behind';
  if (lacks(stages.upstream)) return 'unpushed';
  return 'unreconciled';
}
