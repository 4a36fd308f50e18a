import type { KindStatus } from '../cluster/api';
import type { Application } from './application';

/** What is known of one controller's applications now. */
export interface Reading {
  readonly applications: readonly Application[];
  /** What could not be read: there may be applications that are not among these. Empty also where the controller is not installed. */
  readonly unread: readonly Unread[];
}

/** A kind of a controller's own objects that is not known as it is now: applications may be missing, or may have changed. */
export interface Unread {
  /** `Kustomization`. */
  readonly kind: string;
  /** What people call them: `Flux's Kustomizations`. */
  readonly what: string;
  readonly status: KindStatus;
}

/** Why it cannot be told what controllers do, in one sentence without a full stop; `undefined` when everything was read. */
export function doubtText(unread: readonly Unread[]): string | undefined {
  const sentences = new Map<string, string>();
  for (const one of unread) {
    const { kind } = one.status;
    // What is wrong with one kind is mostly wrong with the other: said once.
    if (!sentences.has(kind)) sentences.set(kind, sentence(listed(unread.filter(({ status }) => status.kind === kind).map(({ what }) => what)), one.status));
  }
  return sentences.size === 0 ? undefined : [...sentences.values()].join('; ');
}

/** `a`, `a and b`, `a, b and c`. */
export const listed = (names: readonly string[]): string => (names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`);

function sentence(what: string, status: KindStatus): string {
  switch (status.kind) {
    case 'loading':
    case 'ready':
      return `${what} are being read`;
    case 'stale':
      return `what was read of ${what} is out of date: ${status.reason}`;
    case 'denied':
      return `${what} may not be read: ${status.reason}`;
    case 'offline':
      return `${what} cannot be read: ${status.reason}`;
    case 'notInstalled':
      return `${what} are not served any more`;
  }
}
