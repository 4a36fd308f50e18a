import type { Resource } from './api';
import { ClusterError } from './errors';
import { collectionPath, typeOf } from './resource-path';
import type { Rest } from './rest';
import type { Part } from './wire-messages';

export interface ListRequest {
  readonly resource: Resource;
  readonly namespace: string | undefined;
  /** No other object is asked for; `undefined`: all. */
  readonly name: string | undefined;
  /** `0`: from the watch cache, whatever it has; empty: the newest, as etcd has it. */
  readonly resourceVersion: string;
}

/** Takes what has come; no more comes before it has. */
export interface OnPart {
  readonly take: (part: Part) => Promise<void>;
  /** A block that nobody needs any more, where there is one. */
  readonly spare: () => Uint8Array<ArrayBuffer> | undefined;
}

/** Of all kinds, those of definitions too, a server selects by name. */
export const selecting = (name: string | undefined): { readonly fieldSelector?: string } => (name === undefined ? {} : { fieldSelector: `metadata.name=${name.replace(/[\\,=]/g, '\\$&')}` });

/**
 * Reads a collection and hands over its objects as they come. Nothing is believed before the promise is fulfilled with the collection's resourceVersion:
 * a body that breaks off rejects. Rejects with `ClusterError`.
 */
export async function listObjects(rest: Rest, { resource, namespace, name, resourceVersion }: ListRequest, on: OnPart, signal: AbortSignal): Promise<string> {
  const what = `reading ${resource.plural}${namespace === undefined ? '' : ` of ${namespace}`}`;
  const request = { path: collectionPath(resource, namespace), what, counts: 'list' } as const;
  // No limit is asked for: one answer from the watch cache costs least. A server may cut it into pages all the same.
  for (let token: string | undefined; ; ) {
    // A token that has ended (410) makes the whole list begin anew.
    const query = { ...selecting(name), ...(token !== undefined ? { continue: token } : resourceVersion !== '' && { resourceVersion }) };
    const parts = await rest.parts({ ...request, query }, { kind: 'list', type: typeOf(resource), what }, signal);
    const { version, next } = await parts.each(async part => {
      rest.heard(part.heard);
      await on.take(part);
    }, on.spare);
    if (version === undefined) throw new ClusterError('offline', `${what}: the answer broke off`);
    if (next === undefined) return version;
    token = next;
  }
}
