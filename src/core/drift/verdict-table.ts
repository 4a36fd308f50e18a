import type { AfterResume, FieldVerdict } from './verdict';

/** How the base stands to Git at one path; `lacks`: the revision is known and has nothing there. */
export type BaseRelation = 'same' | 'different' | 'lacks' | 'unknown';

/** What the table needs to know of one leaf. Owners are those of the leaf itself, before any takeover is simulated. */
export interface LeafFacts {
  readonly git: 'present' | 'absent';
  readonly live: 'present' | 'absent';
  /** Both present: written differently with one meaning. Never set for values that differ. */
  readonly equivalent: boolean;
  /** The applier's own set has the path; `unknown`: managedFields are missing, or speak of another version of the kind. */
  readonly own: boolean | 'unknown';
  /** Some other entry has it. */
  readonly others: boolean;
  /** Others have it and the applier takes every one of them over before it applies. */
  readonly othersTaken: boolean;
  readonly base: BaseRelation;
  /** Live equals the base, or both have nothing there. */
  readonly liveIsBase: boolean;
  /** Live equals an earlier stage of the same manifest, and Git has moved since: a change on its way. */
  readonly liveIsStage: boolean;
  /** Git's value is empty (`false`, `0`, `""`, `{}`, `[]`), and what this applier sends or owns does not show that it was dropped. */
  readonly droppedWhenEmpty: boolean;
}

export interface Decision {
  readonly verdict: FieldVerdict['verdict'];
  readonly detail: FieldVerdict['detail'];
  readonly certain: boolean;
  /** One sentence, without a full stop. */
  readonly reason: string;
  /** Set where the verdict alone does not say what the next apply does. */
  readonly afterResume?: AfterResume;
}

const decision = (verdict: Decision['verdict'], detail: Decision['detail'], certain: boolean, reason: string): Decision => ({ verdict, detail, certain, reason });

/** The table of `reference/drift.md` 2.2, a row a line. `undefined`: nothing to show. */
export function decide(facts: LeafFacts): Decision | undefined {
  if (facts.git === 'present' && facts.live === 'present') return facts.equivalent ? decideEquivalent(facts) : decideDifferent(facts);
  if (facts.git === 'present') return decideNotLive(facts);
  return decideOnlyLive(facts);
}

function decideEquivalent({ own, others }: LeafFacts): Decision {
  if (!others || own === true) return decision('equivalent', undefined, true, 'written differently, means the same');
  return { ...decision('equivalent', undefined, true, 'another manager wrote it differently, it means the same; an apply writes it as Git has it'), afterResume: 'overwritten' };
}

function decideDifferent(facts: LeafFacts): Decision {
  if (facts.liveIsStage && facts.base !== 'same') return decision('pending', 'changed', true, 'live is what an earlier stage of this manifest says; Git has moved');
  if (facts.own === 'unknown') return differentUnowned(facts);
  if (facts.others) return differentOwnedByOthers(facts);
  if (facts.own) {
    if (facts.base === 'same') return decision('equivalent', 'changed', true, 'Git has what was applied, and the applier still owns it: the server rewrote the value when it was applied');
    if (facts.base !== 'unknown') return decision('pending', 'changed', true, 'Git has changed it since it was last applied, and nobody else has touched it');
    return decision('undecided', 'changed', false, 'the applier owns it; whether the server rewrote it or Git moved is not known without the base');
  }
  if (facts.base === 'lacks') return decision('pending', 'changed', true, 'Git has added it since the last apply; live has the value the server chose');
  if (facts.base === 'different' && facts.liveIsBase) return decision('pending', 'changed', true, 'live equals the base; Git has changed it since');
  return decision('undecided', 'changed', false, 'nobody owns the live value; the server must be asked what an apply would do');
}

function differentOwnedByOthers({ base, liveIsBase }: LeafFacts): Decision {
  if (base === 'same') return decision('drift', 'changed', true, 'Git has not changed since it was applied; another manager owns the field');
  if (base === 'unknown') return decision('drift', 'changed', true, 'another manager than the applier owns the field');
  if (liveIsBase) return decision('pending', 'changed', true, 'live equals the base; Git has changed it since');
  return decision('conflict', 'changed', true, 'another manager changed it, and Git has since changed the same field');
}

/** No field ownership: only values can be compared. */
function differentUnowned({ base, liveIsBase }: LeafFacts): Decision {
  if (base === 'same') return decision('drift', 'changed', false, 'Git has not changed since it was applied, and live differs; who set it is not recorded');
  if (base === 'unknown') return decision('undecided', 'changed', false, 'live differs from Git; neither ownership nor base is known');
  if (liveIsBase) return decision('pending', 'changed', true, 'live equals the base; Git has changed it since');
  return decision('conflict', 'changed', false, 'live, base and Git all differ; who set it is not recorded');
}

function decideNotLive(facts: LeafFacts): Decision {
  if (facts.droppedWhenEmpty && facts.own !== true) return decision('equivalent', 'removed', facts.own !== 'unknown', 'an empty value that is not stored');
  if (facts.own === true) {
    if (facts.base === 'same' || facts.base === 'unknown') return decision('equivalent', 'removed', true, 'the applier owns it and live has nothing there: the server drops this value');
    return decision('pending', undefined, true, 'Git has changed it since it was last applied');
  }
  if (facts.base === 'lacks') return decision('pending', undefined, true, 'Git has added it since the last apply');
  if (facts.base === 'different') {
    return decision('conflict', 'removed', facts.own !== 'unknown', 'it was removed in the cluster, and Git has since changed it');
  }
  if (facts.base === 'same') return decision('drift', 'removed', facts.own !== 'unknown', 'base and Git have it, live lost it; a deletion leaves no author');
  if (facts.liveIsStage) return decision('pending', undefined, true, 'an earlier stage of this manifest lacks it too: Git has added it');
  return decision('undecided', 'removed', false, 'live lacks it; whether it was removed there or added in Git is not known without the base');
}

function decideOnlyLive(facts: LeafFacts): Decision | undefined {
  const removedFromGit = facts.base === 'same' || facts.base === 'different';
  if (facts.own === 'unknown') {
    if (removedFromGit) return decision('pending', 'extra', false, 'the base has it and Git does not: Git removed it since the last apply');
    return undefined;
  }
  if (facts.own) {
    if (facts.others && !facts.othersTaken) return decision('extra', 'extra', true, 'another manager owns it too: it stays when the applier lets go of it');
    if (removedFromGit) return decision('pending', 'extra', true, 'Git removed it since the last apply: the next one deletes it');
    return decision('drift', 'extra', true, 'not in Git and still owned by the applier: the next apply deletes it');
  }
  if (!facts.others) return undefined;
  if (facts.othersTaken) {
    if (removedFromGit) return decision('pending', 'extra', true, 'Git removed it since the last apply: the next one deletes it, whoever set it');
    return decision('drift', 'extra', true, 'not in Git; the next apply deletes it, whoever set it');
  }
  return decision('extra', 'extra', true, 'another manager added it and the applier leaves it alone');
}
