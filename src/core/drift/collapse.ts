import { fromEntries, isArray, isObject, type Json } from '../base/json';
import type { Path } from '../kube/path';
import { lookup } from './lookup';
import type { Entry } from './ownership';
import { VERDICTS, type Verdict } from './verdict';
import type { Decision } from './verdict-table';

/** A decided field before it is placed in the file and masked. Holds values in clear. */
export interface Draft {
  readonly path: Path;
  readonly git: Json | undefined;
  readonly live: Json | undefined;
  readonly base: Json | undefined;
  readonly decision: Decision;
  /** Entries other than the applier's own that hold it. */
  readonly owners: readonly Entry[];
}

interface Sides {
  readonly git: Json | undefined;
  readonly live: Json | undefined;
  readonly base: Json | undefined;
}

/**
 * A list item or struct that only one side has is one field to a person, not one for each member: when its members
 * agree they become one draft. An item of which another manager owns a part counts as that manager's: whether it stays
 * is found when the next apply is played through.
 */
export function collapse(what: 'item' | 'struct', path: Path, sides: Sides, inside: readonly Draft[]): Draft[] {
  const [first] = inside;
  // Nothing, or one already (an item is a struct, too).
  if (!first || (inside.length === 1 && first.path.length === path.length)) return [...inside];
  const telling = inside.filter(({ decision }) => decision.verdict !== 'equivalent');
  const deciding = telling.length > 0 ? telling : inside;
  if (deciding.some(({ decision }) => decision.verdict === 'invalid')) return [...inside];
  const uniform = deciding.every(({ decision }) => decision.verdict === deciding[0]?.decision.verdict && decision.detail === deciding[0].decision.detail);
  if (what === 'struct' && (!uniform || deciding.length === 1)) return [...inside];
  const decision = (deciding.find(draft => draft.decision.verdict === 'extra') ?? worstOf(deciding)).decision;
  // What the server put in beside (`terminationMessagePath`) is nobody's change.
  const live = sides.git === undefined && sides.live !== undefined ? pruned(sides.live, inside.map(draft => draft.path.slice(path.length))) : sides.live;
  return [{ path, ...sides, live, decision, owners: union(deciding.flatMap(({ owners }) => owners)) }];
}

/** Very many fields of one map or list as one: the worst of them decides. Only where all are kept, or all mean the same, is it so for the whole. */
export function crowd(path: Path, sides: Sides, inside: readonly Draft[]): Draft {
  const { verdict, detail, certain, afterResume } = worstOf(inside).decision;
  const sameDetail = inside.every(({ decision }) => decision.verdict !== verdict || decision.detail === detail);
  const owners = union(inside.filter(({ decision }) => decision.verdict === verdict).flatMap(draft => draft.owners));
  return { path, ...sides, owners, decision: { verdict, detail: sameDetail ? detail : 'changed', certain, reason: `${inside.length} of its fields differ, too many to be told one by one`, ...(afterResume !== undefined && { afterResume }) } };
}

/** The value with only what these paths lead to, and the key fields of its items. */
function pruned(value: Json, paths: readonly Path[]): Json {
  if (paths.some(path => path.length === 0)) return value;
  if (isObject(value)) {
    return fromEntries(
      Object.entries(value).flatMap(([name, below]): [string, Json][] => {
        const inner = paths.filter(([step]) => step?.kind === 'field' && step.name === name);
        return inner.length === 0 ? [] : [[name, pruned(below, inner.map(path => path.slice(1)))]];
      }),
    );
  }
  if (!isArray(value)) return value;
  return value.flatMap(item => {
    const inner = paths.filter(([step]) => step !== undefined && lookup([item], [step]) !== undefined);
    return inner.length === 0 ? [] : [pruned(item, inner.map(path => path.slice(1)))];
  });
}

function worstOf(drafts: readonly Draft[]): Draft {
  const rank = ({ decision: { verdict } }: Draft): number => (verdict === 'extra' ? VERDICTS.length : VERDICTS.indexOf(verdict satisfies Verdict));
  return [...drafts].sort((a, b) => rank(a) - rank(b))[0] ?? fail();
}

function fail(): never {
  throw new RangeError('no drafts to choose from');
}

const union = (entries: readonly Entry[]): Entry[] => [...new Set(entries)];
