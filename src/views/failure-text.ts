import type { Connection } from '../core/drift/snapshot';
import { clean, timeText } from '../core/drift/words';

/** "prod: connect ECONNREFUSED 127.0.0.1:6443 (since 14:02)". */
export function failureText({ context, message, since }: Extract<Connection, { kind: 'failed' }>, now: number): string {
  const time = timeText(new Date(since).toISOString(), now);
  return `${context === '' ? '' : `${clean(context)}: `}${clean(message, 300)}${time === undefined ? '' : ` (since ${time})`}`;
}
