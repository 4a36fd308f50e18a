import { textAt } from '../base/json';
import { ClusterError } from './errors';

/** Why every watch is opened anew: the network does not answer, or the machine slept. */
export interface Interruption {
  readonly kind: 'offline' | 'stale';
  readonly reason: string;
}

/** Why we broke a watch ourselves. */
export class Reconnect extends ClusterError {
  constructor() {
    super('aborted', 'reconnecting');
  }
}

/** 410, or a version that the server has not reached (it was restored from a backup, or another one answers now). */
export function isExpired(error: ClusterError): boolean {
  if (error.status === 410) return true;
  const message = textAt(error.answer, 'message') ?? '';
  return message.includes('Too large resource version') || message.includes('too old resource version');
}

const PASSING: ReadonlySet<ClusterError['kind']> = new Set(['offline', 'throttled', 'badAnswer', 'conflict']);

/** It may be over in a moment. */
export const isPassing = ({ kind }: ClusterError): boolean => PASSING.has(kind);
