import type { JsonObject } from '../base/json';
import type { ClusterFailure } from './api';

/**
 * Why a cluster call failed. Callers branch on `kind`; people read `message`, which never holds a token, a certificate or a body of a Secret.
 * Test for it with `isClusterError`: the class exists once in each bundle.
 */
export class ClusterError extends Error {
  override readonly name = 'ClusterError';
  readonly kind: ClusterFailure;
  /** HTTP status, where there was an answer. */
  readonly status: number | undefined;
  /** The server's Status object, where it sent one: reason and causes for conflicts and invalid fields. */
  readonly answer: JsonObject | undefined;

  constructor(kind: ClusterFailure, message: string, more: { readonly status?: number; readonly answer?: JsonObject; readonly cause?: unknown } = {}) {
    super(message, { cause: more.cause });
    this.kind = kind;
    this.status = more.status;
    this.answer = more.answer;
  }
}

export const isClusterError = (error: unknown): error is ClusterError => error instanceof Error && error.name === 'ClusterError' && 'kind' in error;

const BY_STATUS: ReadonlyMap<number, ClusterFailure> = new Map([
  [400, 'invalid'],
  [401, 'unauthenticated'],
  [403, 'denied'],
  [404, 'notFound'],
  [409, 'conflict'],
  [422, 'invalid'],
  [429, 'throttled'],
]);

export function failureOf(status: number): ClusterFailure {
  return BY_STATUS.get(status) ?? (status >= 500 ? 'offline' : 'badAnswer');
}
