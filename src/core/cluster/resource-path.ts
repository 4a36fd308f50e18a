import type { ObjectRef } from '../kube/identity';
import type { Resource } from './api';
import type { TypeOf } from './live-texts';

/** `/apis/apps/v1/namespaces/shop/deployments`; everywhere without a namespace. Names are never changed in case or form. */
export function collectionPath({ group, version, plural, namespaced }: Resource, namespace: string | undefined): string {
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  const scope = namespaced && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  return `${root}${scope}/${plural}`;
}

export const typeOf = ({ group, version, kind }: Resource): TypeOf => ({ apiVersion: group === '' ? version : `${group}/${version}`, kind });

export function objectPath(resource: Resource, ref: Pick<ObjectRef, 'namespace' | 'name'>, subresource?: string): string {
  return `${collectionPath(resource, ref.namespace)}/${encodeURIComponent(ref.name)}${subresource === undefined ? '' : `/${subresource}`}`;
}
