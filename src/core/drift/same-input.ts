import type { LiveState } from '../cluster/api';
import type { HeldBase, HeldInput, Terms } from './judge-input';

/** Whether a verdict made from one input is the verdict of the other. Objects count as the same only when they have the same holder, live states when they are the same reference: caches hand out one per content. */
export function sameInput(a: HeldInput, b: HeldInput): boolean {
  return (
    a.entry.manifest === b.entry.manifest &&
    a.entry.desired === b.entry.desired &&
    sameLive(a.live, b.live) &&
    sameBase(a.base, b.base) &&
    a.stages.saved === b.stages.saved &&
    a.stages.head === b.stages.head &&
    a.stages.upstream === b.stages.upstream &&
    a.text === b.text &&
    a.dryRun === b.dryRun &&
    sameTerms(a.terms, b.terms)
  );
}

export function sameTerms(a: Terms, b: Terms): boolean {
  if (a === b) return true;
  return (
    a.schema === b.schema &&
    a.behind === b.behind &&
    a.undecided === b.undecided &&
    a.invalid === b.invalid &&
    a.baseInDoubt === b.baseInDoubt &&
    a.impersonated === b.impersonated &&
    a.ahead === b.ahead &&
    a.once?.text === b.once?.text &&
    a.once?.expected === b.once?.expected &&
    a.force === b.force &&
    a.masked === b.masked &&
    sameText(a.applier, b.applier) &&
    sameText(a.ignoring, b.ignoring) &&
    sameText(a.alsoClaimedBy, b.alsoClaimedBy)
  );
}

export function sameLive(a: LiveState, b: LiveState): boolean {
  if (a.kind === 'present') return a === b;
  if (a.kind === 'unknown') return b.kind === 'unknown' && a.status.kind === b.status.kind && (a.status.kind === 'loading' || sameText(a.status, b.status));
  return b.kind === 'absent';
}

function sameBase(a: HeldBase, b: HeldBase): boolean {
  if (a.kind === 'known') return b.kind === 'known' && a.of === b.of;
  if (a.kind === 'unknown') return b.kind === 'unknown' && a.reason === b.reason;
  return b.kind === 'absent';
}

/** Small things that are made anew for each run. */
const sameText = (a: unknown, b: unknown): boolean => a === b || JSON.stringify(a) === JSON.stringify(b);
