import type { Connection } from '../core/drift/snapshot';
import { clean } from '../core/drift/words';
import { withSince } from './trouble-text';

/** "prod: connect ECONNREFUSED 127.0.0.1:6443 (since 14:02)". */
export const failureText = ({ context, message, since }: Extract<Connection, { kind: 'failed' }>, now: number): string => `${context === '' ? '' : `${clean(context)}: `}${withSince(message, since, now)}`;
