import { fromEntries, isObject, member, withMember } from '../base/json';
import type { Shown } from './live';

/** What the API server keeps in `metadata` for itself: it changes with every write, and nobody writes it. */
export const BOOKKEEPING: ReadonlySet<string> = new Set(['managedFields', 'resourceVersion', 'uid', 'generation', 'creationTimestamp', 'selfLink']);

/** An object as `kubectl get -o yaml` shows it: who owns which field takes up more room than all else. For eyes, as it was. */
export function withoutManagers(object: Shown): Shown {
  const metadata = member(object, 'metadata');
  return (isObject(metadata) ? withMember(object, 'metadata', withMember(metadata, 'managedFields', undefined)) : object) as Shown;
}

/** An object as somebody would have written it: without bookkeeping and without `status`. For eyes, as it was. */
export function withoutBookkeeping(object: Shown): Shown {
  const metadata = member(object, 'metadata');
  const kept = isObject(metadata) ? fromEntries(Object.entries(metadata).filter(([key]) => !BOOKKEEPING.has(key))) : metadata;
  return withMember(withMember(object, 'metadata', kept), 'status', undefined) as Shown;
}
