import { isObject, member } from '../base/json';
import type { Cluster } from '../cluster/api';
import type { ValuesData } from '../gitops/helm-values';

/** What a ConfigMap or Secret in the store holds, as texts. Of a recording Secrets are masks, and count as not read. */
export function clusterData({ store, masked }: Pick<Cluster, 'store' | 'masked'>, kind: 'ConfigMap' | 'Secret', namespace: string | undefined, name: string): ValuesData {
  const state = store.read({ apiVersion: 'v1', kind, namespace, name });
  if (state.kind === 'absent') return { kind: 'absent' };
  if (state.kind === 'unknown' || (kind === 'Secret' && masked)) return { kind: 'unreadable' };
  const data = member(state.object, 'data');
  const entries = isObject(data) ? Object.entries(data) : [];
  return { kind: 'data', data: new Map(entries.flatMap(([key, value]) => (typeof value === 'string' ? [[key, kind === 'Secret' ? Buffer.from(value, 'base64').toString('utf8') : value] as const] : []))) };
}
