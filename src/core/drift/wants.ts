import type { Cluster, Want } from '../cluster/api';
import type { ObjectRef } from '../kube/identity';

/** Up to so many namespaces are listed one by one; more are read across the cluster in one request. */
const MAX_NAMESPACES = 10;

/** A kind, and the namespaces that some objects of it are in. */
export interface KindUse {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespaces: ReadonlySet<string>;
}

/** The kinds of these objects. */
export function usesOf(refs: Iterable<ObjectRef>): readonly KindUse[] {
  const uses = new Map<string, { readonly apiVersion: string; readonly kind: string; readonly namespaces: Set<string> }>();
  for (const { apiVersion, kind, namespace } of refs) {
    const key = `${apiVersion}/${kind}`;
    const use = uses.get(key) ?? { apiVersion, kind, namespaces: new Set<string>() };
    if (namespace !== undefined) use.namespaces.add(namespace);
    uses.set(key, use);
  }
  return [...uses.values()];
}

/** The kinds to keep current for these objects, each in the namespaces that are really used. */
export function wantsOf(groups: Iterable<{ readonly uses: readonly KindUse[] }>, cluster: Pick<Cluster, 'resource'>): Want[] {
  const byKind = new Map<string, { readonly apiVersion: string; readonly kind: string; readonly namespaces: Set<string> }>();
  for (const { uses } of groups) {
    for (const { apiVersion, kind, namespaces } of uses) {
      const key = `${apiVersion}/${kind}`;
      const want = byKind.get(key) ?? { apiVersion, kind, namespaces: new Set<string>() };
      for (const namespace of namespaces) want.namespaces.add(namespace);
      byKind.set(key, want);
    }
  }
  return [...byKind.values()].map(({ apiVersion, kind, namespaces }) => {
    const everywhere = cluster.resource(apiVersion, kind)?.namespaced === false || namespaces.size === 0 || namespaces.size > MAX_NAMESPACES;
    return { apiVersion, kind, namespaces: everywhere ? undefined : [...namespaces].sort() };
  });
}
