import { Lookup } from '../core/drift/snapshot-lookup';
import type { ObjectState, Snapshot } from '../core/drift/snapshot';
import { clean } from '../core/drift/words';

/** Names the cluster of an object where several are shown; empty where there is but one. */
export function whose(snapshot: Snapshot): (object: ObjectState) => string {
  if (snapshot.connections.length < 2) return () => '';
  const lookup = new Lookup(snapshot);
  return ({ application }) => {
    const context = lookup.application(application)?.environment.context;
    return context === undefined ? '' : clean(context, 40);
  };
}
