import { fromEntries, isArray, isObject, textAt, type Json, type JsonObject } from '../base/json';
import { splitApiVersion } from '../kube/identity';
import { formatPath, type Path } from '../kube/path';
import type { SchemaType } from '../kube/schema';
import { isBuiltIn, isDroppedWhenEmpty } from './empty-values';

/** Kinds that kustomize-controller sends through their Go types (client-go's scheme; ssa/normalize leaves out Role and ClusterRole). */
export function isFluxTyped(object: JsonObject): boolean {
  const { group } = splitApiVersion(textAt(object, 'apiVersion') ?? '');
  const kind = textAt(object, 'kind') ?? '';
  if (group === 'apiextensions.k8s.io' || group === 'apiregistration.k8s.io') return false;
  if (group === 'rbac.authorization.k8s.io' && (kind === 'Role' || kind === 'ClusterRole')) return false;
  return isBuiltIn(group);
}

/**
 * Fields that a Go type sends although nothing is set, and that take the place of whatever is live: a Service's
 * `targetPort: 0`, which the server then takes for the port, and a NetworkPolicy's `podSelector: {}`.
 */
export function isSentUnset(object: JsonObject, path: Path): boolean {
  const kind = textAt(object, 'kind');
  const text = formatPath(path);
  return (kind === 'Service' && /^\.spec\.ports\[.*\]\.targetPort$/.test(text)) || (kind === 'NetworkPolicy' && text === '.spec.podSelector');
}

/** What is left of an object of such a kind after the way through its Go type: no fields that the type lacks, no empty values that it does not keep. The empty structs that Go adds are left out. */
export function throughGoType(object: JsonObject, schema: SchemaType): JsonObject {
  const out = through(object, schema);
  return isObject(out) ? out : object;
}

function through(value: Json, type: SchemaType): Json {
  if (isArray(value)) {
    const element: SchemaType = type.kind === 'list' ? type.element : { kind: 'deduced' };
    return value.map(item => through(item, element));
  }
  if (!isObject(value)) return value;
  const isStruct = type.kind === 'map' && type.fields.size > 0;
  const out: [string, Json][] = [];
  for (const [name, item] of Object.entries(value)) {
    const below = type.kind === 'map' ? (type.fields.get(name) ?? type.element) : { kind: 'deduced' as const };
    if (below === undefined) continue;
    const inside = through(item, below);
    if (isStruct && (inside === null || isDroppedWhenEmpty(name, inside))) continue;
    // In an open map an absent value is an empty one.
    out.push([name, inside === null && !isStruct ? '' : inside]);
  }
  return fromEntries(out);
}
