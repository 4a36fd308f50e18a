import type { Json, JsonObject } from '../base/json';
import { shownValue } from '../kube/redact';
import type { Range } from '../manifests/document';
import { placeOf } from '../manifests/place';
import { clash, liveTwice } from './clash';
import type { Draft } from './collapse';
import { immutability } from './immutable';
import type { JudgeInput } from './judge-input';
import { hasMark, newestFirst } from './ownership';
import { inFile } from './place';
import { relate } from './relation';
import { afterResume, type Staged } from './resume';
import { stageOf } from './stage';
import type { AfterResume, FieldVerdict } from './verdict';
import type { Decision } from './verdict-table';

export interface FieldVerdicts {
  readonly fields: readonly FieldVerdict[];
  readonly kept: readonly FieldVerdict[];
}

const FORCE_MARK = 'kustomize.toolkit.fluxcd.io/force';

/** The same for each object of which no field is told: ten thousand of them are kept. */
export const NONE: FieldVerdicts = { fields: [], kept: [] };

/** Gives every decided field its stage, its future, its place in the file, and masks its values. */
export function fieldVerdicts(input: JudgeInput, live: JsonObject, drafts: readonly Draft[]): FieldVerdicts {
  if (drafts.length === 0) return NONE;
  const staged = drafts.map((draft): Staged => {
    const decision = blockedBy(input, live, draft) ?? draft.decision;
    return { draft, decision, stage: needsStage(draft.decision) ? stageOf(input, draft.path, sameAt(live, draft.path)) : undefined };
  });
  const fates = afterResume(input, live, staged);
  const all = staged.map((field, i) => fieldVerdict(input, live, settled(field, fates[i]), fates[i] ?? 'unknown')).sort((a, b) => a.at.start - b.at.start);
  return { fields: all.filter(({ verdict }) => verdict !== 'extra'), kept: all.filter(({ verdict }) => verdict === 'extra') };
}

/** What another manager shares with one that is taken over goes with it, as the apply played through shows. */
function settled(field: Staged, fate: AfterResume | undefined): Staged {
  if (field.decision.verdict !== 'extra' || fate !== 'deleted') return field;
  return { ...field, decision: { verdict: 'drift', detail: 'extra', certain: true, reason: 'not in Git; the applier takes over one of its owners and deletes it with the next apply' } };
}

function fieldVerdict({ manifest, desired, base, text }: JudgeInput, live: JsonObject, { draft, decision, stage }: Staged, fate: AfterResume): FieldVerdict {
  const { path, live: found } = draft;
  let at: Range | undefined;
  return {
    path,
    verdict: decision.verdict,
    detail: decision.detail,
    git: shownValue(desired, path, draft.git),
    live: shownValue(live, path, draft.live),
    base: base.kind === 'known' ? shownValue(base.object, path, draft.base) : undefined,
    stage,
    owners: newestFirst(draft.owners),
    certain: decision.certain,
    reason: decision.reason,
    afterResume: fate,
    // Of hundreds that drift a few are looked at, and to find a place the text has to be read again.
    get at() {
      return (at ??= placeOf(manifest.root, inFile(manifest.object, path), found, text));
    },
  };
}

const needsStage = ({ verdict }: Decision): boolean => verdict === 'pending' || verdict === 'conflict';

const sameAt =
  (live: JsonObject, path: Draft['path']) =>
  (a: Json | undefined, b: Json | undefined): boolean =>
    a === undefined || b === undefined ? a === b : relate({ kind: 'deduced' }, a, b, path, live) !== 'differ';

/** The applier would try and be refused: drift that corrects itself never. */
function blockedBy(input: JudgeInput, live: JsonObject, draft: Draft): Decision | undefined {
  const { verdict, detail } = draft.decision;
  if (verdict !== 'drift' && verdict !== 'conflict' && verdict !== 'pending') return undefined;
  if (detail === 'order') return undefined;
  const why = immutability(live, draft.path, draft.git) ?? clash(draft, input.desired, live) ?? (input.applier.tool === 'argo-ssa' ? liveTwice(draft.path, live) : undefined);
  if (why === undefined) return undefined;
  if (input.force === true || (input.applier.tool === 'flux' && hasMark(input.desired, FORCE_MARK, 'enabled'))) return { ...draft.decision, reason: `${draft.decision.reason}; the object will be deleted and created anew, because ${why}` };
  return { verdict: 'blocked', detail, certain: false, reason: `${draft.decision.reason}; an apply would be refused: ${why}` };
}

