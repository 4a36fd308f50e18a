import { isObject, textAt } from '../base/json';
import { parseJson } from '../base/json-text';
import type { Turns } from '../base/turns';
import { refOf, type ObjectRef } from '../kube/identity';
import type { Resource } from './api';
import type { TypeOf } from './live-texts';
import { ClusterError } from './errors';
import { transportFailure } from './failure';
import { collectionPath, typeOf } from './resource-path';
import type { Rest } from './rest';
import { ListSplitter } from './splitter';

export interface ListRequest {
  readonly resource: Resource;
  readonly namespace: string | undefined;
  /** `0`: from the watch cache, whatever it has; empty: the newest, as etcd has it. */
  readonly resourceVersion: string;
  readonly turns: Turns;
}

/** An item of a list: what it is called, and its text, which is valid during the call only. */
export interface Listed {
  readonly ref: ObjectRef;
  readonly uid: string | undefined;
  readonly version: string | undefined;
  readonly text: Buffer;
}

/** Takes an item; a promise where no more may come for a while. */
type OnItem = (item: Listed) => Promise<void> | undefined;

/**
 * Reads a collection and hands over each object as soon as its last byte is here. Nothing is believed before the promise is fulfilled with the collection's resourceVersion:
 * a body that breaks off rejects. Rejects with `ClusterError`.
 */
export async function listObjects(rest: Rest, request: ListRequest, onItem: OnItem, signal: AbortSignal): Promise<string> {
  // No limit is asked for: one answer from the watch cache costs least. A server may cut it into pages all the same.
  for (let token: string | undefined; ; ) {
    const page = await listPage(rest, request, token, onItem, signal);
    if (page.next === undefined) return page.version;
    token = page.next;
  }
}

interface Page {
  readonly version: string;
  /** Where the next page begins; a token that has ended (410) makes the whole list begin anew. */
  readonly next: string | undefined;
}

async function listPage(rest: Rest, request: ListRequest, token: string | undefined, onItem: OnItem, signal: AbortSignal): Promise<Page> {
  const { resource, namespace, resourceVersion, turns } = request;
  const what = `reading ${resource.plural}${namespace === undefined ? '' : ` of ${namespace}`}`;
  const query = token !== undefined ? { continue: token } : { ...(resourceVersion !== '' && { resourceVersion }) };
  const answer = await rest.open({ path: collectionPath(resource, namespace), query, what, counts: 'list' }, signal);
  const type = typeOf(resource);
  const splitter = new ListSplitter();
  try {
    for await (const chunk of answer.body) {
      rest.heard((chunk as Buffer).length);
      for (const text of splitter.push(chunk as Buffer)) {
        const item = itemOf(text, type);
        const pause = (item && onItem(item)) ?? turns.pause();
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

/** As API servers begin the items of their own kinds. Whatever looks otherwise is parsed as a whole. */
const BEGINNING = /^\{"metadata":\{"name":"([!#-[\]-~]+)"(?:,"generateName":"[^"\\]*")?(?:,"namespace":"([!#-[\]-~]+)")?,"uid":"([!#-[\]-~]+)","resourceVersion":"(\d+)"/;
const LONGEST_BEGINNING = 1_000;

/** `undefined` for what is no object of Kubernetes; throws `SyntaxError`. */
function itemOf(text: Buffer, type: TypeOf): Listed | undefined {
  const [, name, namespace, uid, version] = BEGINNING.exec(text.toString('latin1', 0, LONGEST_BEGINNING)) ?? [];
  if (name !== undefined) return { ref: { apiVersion: type.apiVersion, kind: type.kind, namespace, name }, uid: detached(uid), version: detached(version), text };
  const value = parseJson(text.toString('utf8'));
  const object = isObject(value) ? { ...type, ...value } : undefined;
  const ref = refOf(object);
  return ref && { ref, uid: textAt(object, 'metadata', 'uid'), version: textAt(object, 'metadata', 'resourceVersion'), text };
}

/** A piece cut out of a longer text keeps all of it in memory; a copy does not. */
const detached = (piece: string | undefined): string | undefined => (piece === undefined ? undefined : Buffer.from(piece, 'latin1').toString('latin1'));

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
