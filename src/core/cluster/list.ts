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
  // No limit is asked for: one answer from the watch cache costs least. A server may cut it into pages all the same.
  for (let token: string | undefined; ; ) {
    const page = await listPage(rest, request, token, onObject, signal);
    if (page.next === undefined) return page.version;
    token = page.next;
  }
}

interface Page {
  readonly version: string;
  /** Where the next page begins; a token that has ended (410) makes the whole list begin anew. */
  readonly next: string | undefined;
}

async function listPage(rest: Rest, request: ListRequest, token: string | undefined, onObject: (object: JsonObject) => void, signal: AbortSignal): Promise<Page> {
  const { resource, namespace, resourceVersion } = request;
  const what = `reading ${resource.plural}${namespace === undefined ? '' : ` of ${namespace}`}`;
  const query = token !== undefined ? { continue: token } : { ...(resourceVersion !== '' && { resourceVersion }) };
  const answer = await rest.open({ path: collectionPath(resource, namespace), query, what, counts: 'list' }, signal);
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

function endOf(splitter: ListSplitter, what: string): Page {
  try {
    const envelope = splitter.end();
    const version = textAt(envelope, 'metadata', 'resourceVersion');
    const next = textAt(envelope, 'metadata', 'continue');
    if (version !== undefined) return { version, next: next === '' ? undefined : next };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  // As a broken connection: what was read is not the whole, and asking again is right.
  throw new ClusterError('offline', `${what}: the answer broke off`);
}
