import { at, listAt, textAt } from '../base/json';
import { isClusterError, type ClusterError } from '../cluster/errors';
import { describeRef, splitApiVersion, type ObjectRef } from '../kube/identity';
import type { FieldConflict, Refusal } from './plan';

/** The fields that other managers own, from the server's 409; empty for any other error. */
export function conflictsOf(error: unknown): FieldConflict[] {
  if (!isClusterError(error) || error.status !== 409) return [];
  return listAt(error.answer, 'details', 'causes')
    .filter(cause => textAt(cause, 'reason') === 'FieldManagerConflict')
    .map(cause => ({ field: textAt(cause, 'field') ?? '', manager: /conflict with "((?:[^"\\]|\\.)*)"/.exec(textAt(cause, 'message') ?? '')?.[1] ?? 'another manager' }));
}

/** The object is not the one that was looked at any more; the caller may look again. */
export const isMoved = (error: unknown): boolean => isClusterError(error) && error.status === 409 && conflictsOf(error).length === 0;

/** True when the server said no: nothing was written. False when there may have been a write without an answer. */
export function isDefinite(error: ClusterError): boolean {
  return error.kind !== 'offline' && error.kind !== 'badAnswer' && error.kind !== 'aborted';
}

/** Why the cluster did not do it, in words. Rethrows what is no `ClusterError`. */
export function refusalOf(error: unknown, ref: ObjectRef): Refusal {
  if (!isClusterError(error)) throw error;
  const conflicts = conflictsOf(error);
  if (conflicts.length > 0) return { kind: 'conflict', message: `other managers own what would change: ${conflicts.map(({ field, manager }) => `${field} (${manager})`).join(', ')}` };
  switch (error.kind) {
    case 'denied':
    case 'unauthenticated':
      return { kind: 'forbidden', message: wordsOf(error, ref) };
    case 'conflict':
      return isGone(error) ? gone(ref) : { kind: 'moved', message: `${describeRef(ref)} was changed since the preview` };
    case 'invalid':
      return isOther(error) ? replaced(ref) : { kind: 'invalid', message: wordsOf(error, ref) };
    case 'notFound':
      return { kind: at(error.answer, 'details') === undefined ? 'notServed' : 'invalid', message: wordsOf(error, ref) };
    case 'aborted':
      return { kind: 'aborted', message: 'cancelled' };
    default:
      return { kind: 'offline', message: wordsOf(error, ref) };
  }
}

export const gone = (ref: ObjectRef): Refusal => ({ kind: 'deleted', message: `${describeRef(ref)} was deleted since the preview` });
export const replaced = (ref: ObjectRef): Refusal => ({ kind: 'recreated', message: `${describeRef(ref)} was deleted and made anew since the preview` });

/** The answer to an apply with a uid when there is no such object. */
const isGone = (error: ClusterError): boolean => (textAt(error.answer, 'message') ?? '').includes('no existing object was found');

/** The answer to a uid that is not the object's. */
const isOther = (error: ClusterError): boolean => listAt(error.answer, 'details', 'causes').some(cause => textAt(cause, 'field') === 'metadata.uid');

/** A server that finds a Secret invalid quotes it, and so may an admission webhook that refuses it; RBAC names only who and what. */
function wordsOf(error: ClusterError, ref: ObjectRef): string {
  const isSecret = ref.kind === 'Secret' && splitApiVersion(ref.apiVersion).group === '';
  return isSecret && error.answer && !/ is forbidden: User "/.test(error.message) ? `the server does not accept ${describeRef(ref)}; its words are not shown, they may quote the Secret` : error.message;
}
