import { isObject, textAt, type JsonObject } from '../base/json';
import { parseJson } from '../base/json-text';
import type { Resource } from './api';
import { ClusterError } from './errors';
import { transportFailure } from './failure';
import { collectionPath } from './resource-path';
import type { Rest } from './rest';
import { ListSplitter } from './splitter';
import { Turns } from './turn';

export interface ListRequest {
  readonly resource: Resource;
  readonly namespace: string | undefined;
  /** `0`: from the watch cache, whatever it has; empty: the newest, as etcd has it. */
  readonly resourceVersion: string;
}

/**
 * Reads a collection and hands over each object as soon as its last byte is here, with the apiVersion and kind that
 * list items leave out. Nothing is believed before the promise is fulfilled with the collection's resourceVersion:
 * a body that breaks off rejects. Rejects with `ClusterError`.
 */
export async function listObjects(rest: Rest, request: ListRequest, onObject: (object: JsonObject) => void, signal: AbortSignal): Promise<string> {
  const { resource, namespace, resourceVersion } = request;
  const what = `reading ${resource.plural}${namespace === undefined ? '' : ` of ${namespace}`}`;
  const answer = await rest.open({ path: collectionPath(resource, namespace), query: { ...(resourceVersion !== '' && { resourceVersion }) }, what, counts: 'list' }, signal);
  const type = { apiVersion: resource.group === '' ? resource.version : `${resource.group}/${resource.version}`, kind: resource.kind };
  const splitter = new ListSplitter();
  const turns = new Turns();
  try {
    for await (const chunk of answer.body) {
      rest.heard((chunk as Buffer).length);
      for (const text of splitter.push(chunk as Buffer)) {
        const item = parseJson(text);
        if (isObject(item)) onObject({ ...type, ...item });
        const pause = turns.pause();
        if (pause) await pause;
      }
      const pause = turns.pause();
      if (pause) await pause;
      signal.throwIfAborted();
    }
  } catch (error) {
    if (error instanceof SyntaxError) throw new ClusterError('badAnswer', `${what}: the API server sent something that is not JSON`);
    throw transportFailure(error, rest.server, signal);
  }
  return endOf(splitter, what);
}

function endOf(splitter: ListSplitter, what: string): string {
  try {
    const version = textAt(splitter.end(), 'metadata', 'resourceVersion');
    if (version !== undefined) return version;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  // As a broken connection: what was read is not the whole, and asking again is right.
  throw new ClusterError('offline', `${what}: the answer broke off`);
}
