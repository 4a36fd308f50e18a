import type { Resource } from './api';
import { selecting, type OnPart } from './list';
import { collectionPath } from './resource-path';
import type { Rest } from './rest';

export interface WatchRequest {
  readonly resource: Resource;
  readonly namespace: string | undefined;
  /** As for a list. */
  readonly name: string | undefined;
  readonly resourceVersion: string;
  /** After this the server ends the watch by itself. */
  readonly timeoutSeconds: number;
}

/**
 * Opens one watch and hands over its events until it ends. `open` when the server has accepted it; every sign of life is a
 * part, be it one without an event. Fulfilled at a clean end; rejects with `ClusterError`, whose `status` is 410 when the version is gone.
 */
export async function watchObjects(rest: Rest, { resource, namespace, name, resourceVersion, timeoutSeconds }: WatchRequest, on: OnPart & { readonly open: () => void }, signal: AbortSignal): Promise<void> {
  const what = `watching ${resource.plural}${namespace === undefined ? '' : ` of ${namespace}`}`;
  const query = { ...selecting(name), watch: 'true', allowWatchBookmarks: 'true', resourceVersion, timeoutSeconds: String(timeoutSeconds) };
  const parts = await rest.parts({ path: collectionPath(resource, namespace), query, what }, { kind: 'watch', what }, signal);
  on.open();
  await parts.each(async part => {
    rest.heard(part.heard);
    await on.take(part);
  }, on.spare);
}
