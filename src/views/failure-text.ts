import type { Connection } from '../core/drift/snapshot';
import { clean } from '../core/drift/words';
import { withSince } from './trouble-text';

/** "prod: connect ECONNREFUSED 127.0.0.1:6443 (since 14:02)"; a kubeconfig that cannot be read has no context. */
export function failureText({ context, message, since }: Extract<Connection, { kind: 'failed' }>, now: number): string {
  const text = withSince(message, since, now);
  return context === '' ? `${text.charAt(0).toUpperCase()}${text.slice(1)}` : `${clean(context)}: ${text}`;
}
