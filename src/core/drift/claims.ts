import type { Application } from '../gitops/application';
import { describeRef, objectId, type ObjectRef } from '../kube/identity';

/** By object: the applications that apply it, or have it in their inventory. Only objects with more than one are in it. */
export type Claims = ReadonlyMap<string, readonly string[]>;

interface Group {
  readonly application: Application | undefined;
  readonly refs: readonly ObjectRef[];
}

/** Who claims what, of all applications in the cluster, also those whose source is nowhere on this machine. To be finished in turns with others: there may be very many objects. */
export function* claimsOf(applications: readonly Application[], groups: readonly Group[]): Generator<undefined, Claims, undefined> {
  const first = new Map<string, string>();
  const several = new Map<string, Set<string>>();
  for (const { application, refs } of [...applications.map(one => ({ application: one, refs: one.inventory })), ...groups]) {
    if (!application || application.remoteCluster !== undefined) continue;
    yield;
    const name = describeRef(application.ref);
    for (const ref of refs) {
      const id = objectId(ref);
      const other = first.get(id);
      if (other === undefined) first.set(id, name);
      else if (other !== name) several.set(id, (several.get(id) ?? new Set([other])).add(name));
    }
  }
  return new Map([...several].map(([id, names]) => [id, [...names].sort()]));
}
