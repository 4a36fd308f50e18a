import type { JsonObject } from '../base/json';
import type { Application } from '../gitops/application';
import { targetedRulesFor } from '../gitops/targeted-ignore';
import { aggregatedRules, annotationRules, rulesFor, ruleText, type IgnoreRule } from '../gitops/ignore-rules';
import { unreadableRules, withoutIgnored } from '../gitops/without';
import type { ObjectRef } from '../kube/identity';
import { formatPath } from '../kube/path';
import type { Draft } from './collapse';
import type { Ignoring, JudgeInput } from './judge-input';
import { fateByVerdict } from './resume';
import type { AfterResume } from './verdict';
import type { Decision } from './verdict-table';

/** What this application leaves out of the comparison of one object; `undefined` when nothing. */
export function ignoringOf(application: Application, desired: JsonObject, ref: ObjectRef): Ignoring | undefined {
  if (application.kind === 'Helm release') return undefined;
  if (application.tool !== 'argo') {
    const told = targetedRulesFor(application.ignore, desired, ref);
    return told.length === 0 ? undefined : { rules: told, respected: application.tool === 'flux' };
  }
  const rules = [...rulesFor(application.ignore, ref), ...annotationRules(desired, ref), ...(application.ignoresAggregated ? aggregatedRules(desired, ref) : [])];
  return rules.length === 0 ? undefined : { rules, respected: application.sync.respectsIgnored };
}

/**
 * Tells which of the differences count. `walk` finds the differences of three legs: once of all, once of what the rules
 * leave, as Argo CD itself compares.
 */
export function withIgnored(input: JudgeInput, live: JsonObject, walk: (input: JudgeInput, live: JsonObject) => readonly Draft[]): readonly Draft[] {
  const all = walk(input, live);
  const { ignoring } = input;
  if (!ignoring || all.length === 0) return all;
  const { rules } = ignoring;
  const strip = (object: JsonObject): JsonObject => withoutIgnored(object, rules);
  const base = input.base.kind === 'known' ? { ...input.base, object: strip(input.base.object) } : input.base;
  const left = walk({ ...input, desired: strip(input.desired), base }, strip(live));
  const byPath = new Map(left.map(draft => [formatPath(draft.path), draft]));
  const unreadable = unreadableRules(rules);
  const compared = all.flatMap((draft): Draft[] => {
    const same = byPath.get(formatPath(draft.path));
    if (same) return [{ ...draft, decision: same.decision, owners: same.owners }];
    if (left.some(other => isWithin(other, draft) || isWithin(draft, other))) return [];
    return [input.applier.tool === 'flux' ? skippedByFlux(draft, rules, left.some(({ decision }) => counts(decision))) : skipped(draft, rules.filter(({ what }) => what.kind !== 'manager'), input)];
  });
  const known = new Set(compared.map(({ path }) => formatPath(path)));
  return [...compared, ...left.filter(({ path }) => !known.has(formatPath(path)))].map(draft => byManager(draft, rules, input) ?? inDoubt(draft, unreadable));
}

const isWithin = (inner: Draft, outer: Draft): boolean => inner.path.length > outer.path.length && formatPath(inner.path.slice(0, outer.path.length)) === formatPath(outer.path);

/** What means the same, and what is left alone anyway, needs no rule. */
const counts = ({ verdict }: Decision): boolean => verdict !== 'equivalent' && verdict !== 'extra' && verdict !== 'skipped';

function skipped(draft: Draft, rules: readonly IgnoreRule[], { ignoring, applier }: JudgeInput): Draft {
  const { decision } = draft;
  if (!counts(decision)) return draft;
  const reason = `not compared: ${rules.map(ruleText).join('; ')}`;
  return { ...draft, decision: { verdict: 'skipped', detail: decision.detail, certain: true, reason, afterResume: ignoring?.respected === true ? 'kept' : fateByVerdict(decision, 'unreconciled', applier) } };
}

/**
 * kustomize-controller puts the live value in place of Git's into what it applies, or leaves the field out where another applies it
 * (fluxcd/pkg ssa, `computeDriftedPaths`). What is gone becomes `null` there; what Git has let go of cannot be put in place, and the
 * apply fails. What it takes over from others has no value in Git and is removed all the same. All seen with 1.9.6.
 */
function skippedByFlux(draft: Draft, rules: readonly IgnoreRule[], appliesRest: boolean): Draft {
  const { decision, git, live, owners } = draft;
  const isAdopted = decision.verdict === 'equivalent' && decision.detail === 'changed';
  if ((!counts(decision) && !isAdopted) || (git === undefined && owners.length > 0)) return draft;
  const skip = (verdict: 'skipped' | 'blocked', afterResume: AfterResume, more = ''): Draft => ({ ...draft, decision: { verdict, detail: decision.detail, certain: true, reason: `not compared: ${rules.map(ruleText).join('; ')}${more}`, afterResume } });
  if (git === undefined) return skip(appliesRest ? 'blocked' : 'skipped', 'kept', '; Git has let go of it, and the controller fails as soon as anything else of the object has to be applied');
  return live === undefined ? skip('skipped', 'unknown', '; it is gone, and null is sent for it when anything else of the object is applied') : skip('skipped', 'kept');
}

/** A trusted manager may change what both sides have, not add and not remove (util/argo/managedfields). */
function byManager(draft: Draft, rules: readonly IgnoreRule[], input: JudgeInput): Draft | undefined {
  if (draft.git === undefined || draft.live === undefined || draft.decision.detail !== 'changed') return undefined;
  const mine = rules.filter(({ what }) => what.kind === 'manager' && draft.owners.some(({ owner }) => owner.manager === what.manager));
  return mine.length > 0 && counts(draft.decision) ? skipped(draft, mine, input) : undefined;
}

function inDoubt(draft: Draft, [rule]: readonly IgnoreRule[]): Draft {
  if (!rule || !counts(draft.decision)) return draft;
  return { ...draft, decision: { verdict: 'undecided', detail: draft.decision.detail, certain: false, reason: `a rule that is not computed may leave it out of the comparison: ${ruleText(rule)}` } };
}
