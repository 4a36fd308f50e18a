import { at, isArray, listAt, member, textAt, type Json, type JsonObject } from '../base/json';
import { splitApiVersion } from '../kube/identity';
import type { Resource } from './api';
import { isClusterError } from './errors';
import type { Rest } from './rest';

const AGGREGATED = [
  'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList',
  'application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList',
  'application/json',
].join(',');

/** What one server serves. `unreadable`: groups whose extension server did not answer; what they serve is not known. */
export interface Served {
  /** By group, preferred version first. */
  readonly groups: ReadonlyMap<string, readonly Resource[]>;
  readonly unreadable: ReadonlySet<string>;
}

export const NOTHING_SERVED: Served = { groups: new Map(), unreadable: new Set() };

/**
 * Asks for aggregated discovery (GA since 1.30), two requests; servers that know only the old form are asked group by
 * group. A group that cannot be read fails alone and keeps what was known of it before. Rejects with `ClusterError`.
 */
export async function discover(rest: Rest, before: Served, signal: AbortSignal): Promise<Served> {
  const [core, named] = await Promise.all(
    ['/api', '/apis'].map(async path => (await rest.json({ path, accept: AGGREGATED, what: 'the kinds this cluster serves', patient: true }, signal)).object),
  );
  const groups = new Map<string, readonly Resource[]>();
  const unreadable = new Set<string>();
  for (const document of [core, named]) {
    if (document === undefined) continue;
    if (textAt(document, 'kind') === 'APIGroupDiscoveryList') readAggregated(document, groups, unreadable);
    else await readLegacy(rest, document, groups, unreadable, signal);
  }
  for (const group of unreadable) {
    const kept = before.groups.get(group);
    if (kept && (groups.get(group)?.length ?? 0) === 0) groups.set(group, kept);
  }
  return { groups, unreadable };
}

/** What was found, by group-version and kind: it is asked for each object. */
const found = new WeakMap<Served, Map<string, Map<string, Resource | undefined>>>();

export function findResource(served: Served, apiVersion: string, kind: string): Resource | undefined {
  const byVersion = found.get(served) ?? new Map<string, Map<string, Resource | undefined>>();
  const byKind = byVersion.get(apiVersion) ?? new Map<string, Resource | undefined>();
  if (byKind.has(kind)) return byKind.get(kind);
  const { group, version } = splitApiVersion(apiVersion);
  const resource = served.groups.get(group)?.find(one => one.version === version && one.kind === kind);
  found.set(served, byVersion.set(apiVersion, byKind.set(kind, resource)));
  return resource;
}

export function sameServed(a: Served, b: Served): boolean {
  return describe(a) === describe(b);
}

const describe = ({ groups, unreadable }: Served): string => JSON.stringify([[...groups].sort(([a], [b]) => (a < b ? -1 : 1)), [...unreadable].sort()]);

function readAggregated(document: JsonObject, groups: Map<string, readonly Resource[]>, unreadable: Set<string>): void {
  for (const item of listAt(document, 'items')) {
    const group = textAt(item, 'metadata', 'name') ?? '';
    const found: Resource[] = [];
    for (const versionItem of listAt(item, 'versions')) {
      const version = textAt(versionItem, 'version') ?? '';
      if (textAt(versionItem, 'freshness') === 'Stale') unreadable.add(group);
      for (const resource of listAt(versionItem, 'resources')) {
        const kind = textAt(resource, 'responseKind', 'kind');
        const plural = textAt(resource, 'resource');
        if (!kind || !plural) continue;
        found.push({ group, version, kind, plural, namespaced: textAt(resource, 'scope') === 'Namespaced', verbs: texts(member(resource, 'verbs')) });
      }
    }
    groups.set(group, found);
  }
}

async function readLegacy(rest: Rest, document: JsonObject, groups: Map<string, readonly Resource[]>, unreadable: Set<string>, signal: AbortSignal): Promise<void> {
  const versions: { readonly group: string; readonly version: string; readonly path: string }[] = [];
  for (const version of texts(member(document, 'versions'))) versions.push({ group: '', version, path: `/api/${version}` });
  for (const item of listAt(document, 'groups')) {
    const group = textAt(item, 'name') ?? '';
    const preferred = textAt(item, 'preferredVersion', 'version');
    const all = listAt(item, 'versions').flatMap(entry => textAt(entry, 'version') ?? []);
    for (const version of [...all].sort((a, b) => Number(b === preferred) - Number(a === preferred))) versions.push({ group, version, path: `/apis/${group}/${version}` });
  }
  const answers = await Promise.all(
    versions.map(async ({ group, version, path }) => {
      try {
        const { object } = await rest.json({ path, what: `the kinds of ${path}`, patient: true }, signal);
        return { group, resources: listAt(object, 'resources').flatMap(entry => readLegacyResource(entry, group, version) ?? []) };
      } catch (error) {
        if (!isClusterError(error) || error.kind === 'aborted') throw error;
        unreadable.add(group);
        return { group, resources: [] };
      }
    }),
  );
  for (const { group, resources } of answers) groups.set(group, [...(groups.get(group) ?? []), ...resources]);
}

function readLegacyResource(entry: Json, group: string, version: string): Resource | undefined {
  const plural = textAt(entry, 'name');
  const kind = textAt(entry, 'kind');
  if (!plural || !kind || plural.includes('/')) return undefined;
  return { group, version, kind, plural, namespaced: at(entry, 'namespaced') === true, verbs: texts(member(entry, 'verbs')) };
}

const texts = (value: Json | undefined): string[] => (isArray(value) ? value.filter(item => typeof item === 'string') : []);
