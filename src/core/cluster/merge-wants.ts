import type { Want } from './api';

export const kindKey = (apiVersion: string, kind: string): string => `${apiVersion}/${kind}`;

/** Wants of one kind become one; everywhere includes every namespace, and all objects of a namespace include each of them. */
export function mergeWants(wants: readonly Want[]): Map<string, Want> {
  const merged = new Map<string, Want>();
  for (const want of wants) {
    const key = kindKey(want.apiVersion, want.kind);
    const other = merged.get(key);
    merged.set(key, other ? both(other, want) : want);
  }
  return merged;
}

function both(a: Want, b: Want): Want {
  const namespaces = a.namespaces && b.namespaces ? [...new Set([...a.namespaces, ...b.namespaces])] : undefined;
  return { ...b, namespaces, alone: new Map([...aloneBeside(a, b), ...aloneBeside(b, a)]) };
}

/** What of one want the other has nothing beside. */
const aloneBeside = ({ alone }: Want, other: Want): [string, string][] => [...(alone ?? [])].filter(([namespace, name]) => !isRead(other, namespace) || other.alone?.get(namespace) === name);

const isRead = ({ namespaces }: Want, namespace: string): boolean => namespaces === undefined || namespaces.includes(namespace);
