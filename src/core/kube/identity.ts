import { isObject, textAt, type Json, type JsonObject } from '../base/json';

/** Names one object. `namespace` is absent for cluster-scoped objects, and for a manifest that leaves it out. */
export interface ObjectRef {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string | undefined;
  readonly name: string;
}

/** `apps/v1` → `{ group: 'apps', version: 'v1' }`; the core group is `''`. */
export function splitApiVersion(apiVersion: string): { readonly group: string; readonly version: string } {
  const slash = apiVersion.indexOf('/');
  return slash < 0 ? { group: '', version: apiVersion } : { group: apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1) };
}

/** The same text for every version of one object: `group/Kind/namespace/name`. */
export function objectId(ref: ObjectRef): string {
  return `${splitApiVersion(ref.apiVersion).group}/${ref.kind}/${ref.namespace ?? ''}/${ref.name}`;
}

/** `undefined` when it is not a Kubernetes object: no apiVersion, kind or name, or one that is not text. */
export function refOf(object: Json | undefined): ObjectRef | undefined {
  if (!isObject(object)) return undefined;
  const apiVersion = textAt(object, 'apiVersion');
  const kind = textAt(object, 'kind');
  const name = textAt(object, 'metadata', 'name');
  if (!apiVersion || !kind || !name) return undefined;
  return { apiVersion, kind, namespace: textAt(object, 'metadata', 'namespace') ?? undefined, name };
}

/** One version of one object of one cluster. */
export interface Identity {
  readonly ref: ObjectRef;
  readonly uid: string;
  readonly resourceVersion: string;
}

/** `undefined` for an object that no server has named. */
export function identityOf(object: Json | undefined): Identity | undefined {
  const ref = refOf(object);
  const uid = textAt(object, 'metadata', 'uid');
  const resourceVersion = textAt(object, 'metadata', 'resourceVersion');
  return ref && uid !== undefined && resourceVersion !== undefined ? { ref, uid, resourceVersion } : undefined;
}

/** `refOf`, but the given reference itself where it says the same: ten thousand of them are kept. */
export function refLike(object: Json | undefined, ref: ObjectRef): ObjectRef {
  const own = refOf(object);
  return !own || (own.apiVersion === ref.apiVersion && own.kind === ref.kind && own.namespace === ref.namespace && own.name === ref.name) ? ref : own;
}

/** What people call it: `Deployment shop/web`. */
export function describeRef(ref: ObjectRef): string {
  return `${ref.kind} ${ref.namespace === undefined ? '' : `${ref.namespace}/`}${ref.name}`;
}

/** A Secret by its own words: core group, kind Secret. Decided from the object, never from what a caller says. */
export const isSecret = (object: JsonObject): boolean => textAt(object, 'kind') === 'Secret' && splitApiVersion(textAt(object, 'apiVersion') ?? '').group === '';
