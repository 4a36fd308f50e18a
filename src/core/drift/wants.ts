import type { Cluster, Want } from '../cluster/api';
import type { ObjectRef } from '../kube/identity';

/** Up to so many namespaces are listed one by one; more are read across the cluster in one request. */
const MAX_NAMESPACES = 10;

/** The kinds to keep current for these objects, each in the namespaces that are really used. */
export function wantsOf(groups: Iterable<{ readonly refs: readonly ObjectRef[] }>, cluster: Pick<Cluster, 'resource'>): Want[] {
  const byKind = new Map<string, { apiVersion: string; kind: string; namespaces: Set<string> }>();
  for (const { refs } of groups) {
    for (const { apiVersion, kind, namespace } of refs) {
      const key = `${apiVersion}/${kind}`;
      const want = byKind.get(key) ?? { apiVersion, kind, namespaces: new Set<string>() };
      if (namespace !== undefined) want.namespaces.add(namespace);
      byKind.set(key, want);
    }
  }
  return [...byKind.values()].map(({ apiVersion, kind, namespaces }) => {
    const everywhere = cluster.resource(apiVersion, kind)?.namespaced === false || namespaces.size === 0 || namespaces.size > MAX_NAMESPACES;
    return { apiVersion, kind, namespaces: everywhere ? undefined : [...namespaces].sort() };
  });
}
