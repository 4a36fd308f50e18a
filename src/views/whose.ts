import { Lookup } from '../core/drift/snapshot-lookup';
import type { ObjectState, Snapshot } from '../core/drift/snapshot';
import { clean } from '../core/drift/words';

/** Names the cluster of an object where several are shown; empty where there is but one. */
export function whose(snapshot: Snapshot): (object: ObjectState) => string {
  if (snapshot.connections.length < 2) return () => '';
  let lookup: Lookup | undefined;
  return ({ id }) => {
    lookup ??= new Lookup(snapshot);
    const context = lookup.object(id)?.environment.context;
    return context === undefined ? '' : clean(context, 40);
  };
}
