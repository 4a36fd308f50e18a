import type { Counts } from './snapshot';
import { VERDICTS } from './verdict';
import { lookOf } from './words';

/** "2 drifted · 1 pending", or that all is well, or that there is nothing. Words of `lookOf`, worst first. */
export function countsText(counts: Counts): string {
  const parts = VERDICTS.filter(verdict => (counts[verdict] ?? 0) > 0 && lookOf(verdict).letter !== undefined).map(verdict => `${counts[verdict] ?? 0} ${lookOf(verdict).label}`);
  if (parts.length > 0) return parts.join(' · ');
  const total = VERDICTS.reduce((sum, verdict) => sum + (counts[verdict] ?? 0), 0);
  return total === 0 ? 'empty' : 'in sync';
}
