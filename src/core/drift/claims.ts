import type { Application } from '../gitops/application';
import { describeRef, objectId, type ObjectRef } from '../kube/identity';

/** By object: the applications that apply it, or have it in their inventory. Only objects with more than one are in it. */
export type Claims = ReadonlyMap<string, readonly string[]>;

interface Group {
  readonly application: Application | undefined;
  readonly refs: readonly ObjectRef[];
}

/** Who claims what, of all applications in the cluster, also those whose source is nowhere on this machine. */
export function claimsOf(applications: readonly Application[], groups: readonly Group[]): Claims {
  const claims = new Map<string, Set<string>>();
  const claim = ({ ref, remoteCluster }: Application, objects: readonly ObjectRef[]): void => {
    if (remoteCluster !== undefined) return;
    for (const object of objects) {
      const id = objectId(object);
      const names = claims.get(id) ?? new Set();
      claims.set(id, names.add(describeRef(ref)));
    }
  };
  for (const application of applications) claim(application, application.inventory);
  for (const { application, refs } of groups) if (application) claim(application, refs);
  return new Map([...claims].filter(([, names]) => names.size > 1).map(([id, names]) => [id, [...names].sort()]));
}
