import type { Want } from './api';

export const kindKey = (apiVersion: string, kind: string): string => `${apiVersion}/${kind}`;

/** Wants of one kind become one; everywhere includes every namespace. */
export function mergeWants(wants: readonly Want[]): Map<string, Want> {
  const merged = new Map<string, Want>();
  for (const want of wants) {
    const key = kindKey(want.apiVersion, want.kind);
    const other = merged.get(key);
    const namespaces = other ? (other.namespaces && want.namespaces ? [...new Set([...other.namespaces, ...want.namespaces])] : undefined) : want.namespaces;
    merged.set(key, { ...want, namespaces });
  }
  return merged;
}
