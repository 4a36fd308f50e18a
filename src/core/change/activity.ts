import { describeRef } from '../kube/identity';
import type { JournalEntry } from './journal';

/** A journal entry in words. */
export interface Activity {
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** `Push Deployment shop/web`. */
  readonly title: string;
  /** `to prod · done`. */
  readonly detail: string;
  readonly state: 'running' | 'done' | 'refused' | 'unknown';
}

const VERBS = { push: 'Push', pause: 'Pause', resume: 'Resume' } as const;

export function activityOf(entry: JournalEntry): Activity {
  const { id, at, action, ref, context, result, fields, force, creates, reason, by } = entry;
  const parts = [
    `${action === 'push' ? 'to' : 'in'} ${context}`,
    result.kind === 'done' || result.kind === 'running' ? result.kind : `${result.kind}: ${result.message}`,
    ...(action !== 'push' ? [] : creates ? ['created'] : [fields.length === 1 ? '1 field' : `${fields.length} fields`]),
    ...(force ? ['taken over by force'] : []),
    ...(reason === undefined ? [] : [reason]),
    ...(by === undefined || by === '' ? [] : [`by ${by}`]),
  ];
  return { id, at, title: `${VERBS[action]} ${describeRef(ref)}`, detail: parts.join(' · '), state: result.kind };
}
