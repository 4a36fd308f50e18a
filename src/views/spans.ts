import { clean } from '../core/drift/words';
import type { Pause } from '../core/gitops/application';

/** "now", "40 min", "3 h", "2 d": a time span for a row. Milliseconds. */
export function spanText(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 1) return 'now';
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} d`;
}

/** "paused 40 min by ana"; says only what is recorded. */
export function pauseText(pause: Pause, now: number): string {
  const span = pause.since === undefined ? undefined : spanText(now - pause.since);
  const since = span === undefined ? '' : span === 'now' ? ' just now' : ` ${span}`;
  const by = pause.by !== undefined ? ` by ${clean(pause.by, 40)}` : pause.manager !== undefined ? ` with ${clean(pause.manager, 40)}` : '';
  return `paused${since}${by}`;
}
