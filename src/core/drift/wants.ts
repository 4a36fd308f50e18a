import type { Cluster, Want } from '../cluster/api';
import type { ObjectRef } from '../kube/identity';

/** Up to so many namespaces are listed one by one; more are read across the cluster in one request. */
const MAX_NAMESPACES = 10;

/** A kind, and where some objects of it are. */
export interface KindUse {
  readonly apiVersion: string;
  readonly kind: string;
  /** By namespace, empty for those in none: the only one that is there; `undefined`: there are several. */
  readonly places: ReadonlyMap<string, string | undefined>;
}

/** The kinds of these objects. */
export function usesOf(refs: Iterable<ObjectRef>): readonly KindUse[] {
  const uses = new Map<string, { readonly apiVersion: string; readonly kind: string; readonly places: Map<string, string | undefined> }>();
  for (const { apiVersion, kind, namespace, name } of refs) {
    const key = `${apiVersion}/${kind}`;
    const use = uses.get(key) ?? { apiVersion, kind, places: new Map<string, string | undefined>() };
    put(use.places, namespace ?? '', name);
    uses.set(key, use);
  }
  return [...uses.values()];
}

function put(places: Map<string, string | undefined>, namespace: string, name: string | undefined): void {
  places.set(namespace, places.has(namespace) && places.get(namespace) !== name ? undefined : name);
}

/** The kinds to keep current for these objects, each in the namespaces that are really used; of one object alone only that. */
export function wantsOf(groups: Iterable<{ readonly uses: readonly KindUse[] }>, cluster: Pick<Cluster, 'resource'>): Want[] {
  const byKind = new Map<string, { readonly apiVersion: string; readonly kind: string; readonly places: Map<string, string | undefined> }>();
  for (const { uses } of groups) {
    for (const { apiVersion, kind, places } of uses) {
      const key = `${apiVersion}/${kind}`;
      const want = byKind.get(key) ?? { apiVersion, kind, places: new Map<string, string | undefined>() };
      for (const [namespace, name] of places) put(want.places, namespace, name);
      byKind.set(key, want);
    }
  }
  return [...byKind.values()].map(({ apiVersion, kind, places }) => {
    const namespaces = [...places.keys()].filter(namespace => namespace !== '').sort();
    const scoped = cluster.resource(apiVersion, kind)?.namespaced !== false;
    const everywhere = !scoped || namespaces.length === 0 || namespaces.length > MAX_NAMESPACES;
    const alone = new Map([...places].flatMap(([namespace, name]): [string, string][] => (name !== undefined && (namespace === '') !== scoped && (namespace === '' || !everywhere) ? [[namespace, name]] : [])));
    return { apiVersion, kind, namespaces: everywhere ? undefined : namespaces, ...(alone.size > 0 && { alone }) };
  });
}
