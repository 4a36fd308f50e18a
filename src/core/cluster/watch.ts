import { isObject, member, textAt, type Json, type JsonObject } from '../base/json';
import { parseJson, stringifyJson } from '../base/json-text';
import type { Turns } from '../base/turns';
import type { Resource } from './api';
import { ClusterError, failureOf } from './errors';
import { transportFailure } from './failure';
import { collectionPath } from './resource-path';
import type { Rest } from './rest';

export interface WatchEvent {
  readonly kind: 'put' | 'delete' | 'bookmark';
  readonly object: JsonObject;
  /** The text of an object that was put, valid during the call only. */
  readonly text: Buffer;
}

export interface WatchRequest {
  readonly resource: Resource;
  readonly namespace: string | undefined;
  readonly resourceVersion: string;
  /** After this the server ends the watch by itself. */
  readonly timeoutSeconds: number;
  readonly turns: Turns;
}

const NEWLINE = 10;
/** An object is at most 2 MB in etcd; a line beyond this is no event. */
const MAX_LINE = 64 * 1024 * 1024;

/**
 * Opens one watch and hands over its events until it ends. `onOpen` when the server has accepted it, `onBytes` for every
 * sign of life. Fulfilled at a clean end; rejects with `ClusterError`, whose `status` is 410 when the version is gone.
 */
export async function watchObjects(
  rest: Rest,
  { resource, namespace, resourceVersion, timeoutSeconds, turns }: WatchRequest,
  on: { readonly open: () => void; readonly bytes: () => void; readonly event: (event: WatchEvent) => void },
  signal: AbortSignal,
): Promise<void> {
  const what = `watching ${resource.plural}${namespace === undefined ? '' : ` of ${namespace}`}`;
  const query = { watch: 'true', allowWatchBookmarks: 'true', resourceVersion, timeoutSeconds: String(timeoutSeconds) };
  const answer = await rest.open({ path: collectionPath(resource, namespace), query, what, watch: true }, signal);
  on.open();
  let line: Buffer[] = [];
  let kept = 0;
  try {
    for await (const chunk of answer.body) {
      rest.heard((chunk as Buffer).length);
      on.bytes();
      let bytes = chunk as Buffer;
      for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE)) {
        line.push(bytes.subarray(0, end));
        on.event(readEvent(Buffer.concat(line), what));
        line = [];
        kept = 0;
        bytes = bytes.subarray(end + 1);
        const pause = turns.pause();
        if (pause) await pause;
        signal.throwIfAborted();
      }
      if (bytes.length > 0) line.push(bytes);
      kept += bytes.length;
      if (kept > MAX_LINE) throw new ClusterError('badAnswer', `${what}: an event is larger than ${MAX_LINE / 1024 / 1024} MB`);
    }
  } catch (error) {
    answer.body.destroy();
    throw transportFailure(error, rest.server, signal);
  }
}

/** Throws `ClusterError` for an `ERROR` event and for a line that is no event. */
function readEvent(line: Buffer, what: string): WatchEvent {
  let event;
  try {
    event = parseJson(line.toString('utf8'));
  } catch {
    throw new ClusterError('badAnswer', `${what}: the API server sent something that is not JSON`);
  }
  const object = member(event, 'object');
  if (!isObject(object)) throw new ClusterError('badAnswer', `${what}: the API server sent something that is not an event`);
  switch (textAt(event, 'type')) {
    case 'ADDED':
    case 'MODIFIED':
      return { kind: 'put', object, text: textOf(line, event, object) };
    case 'DELETED':
      return { kind: 'delete', object, text: NO_TEXT };
    case 'BOOKMARK':
      return { kind: 'bookmark', object, text: NO_TEXT };
    case 'ERROR': {
      const code = member(object, 'code');
      const status = textAt(object, 'reason') === 'Expired' ? 410 : typeof code === 'number' ? code : 500;
      throw new ClusterError(failureOf(status), `${what}: ${textAt(object, 'message') ?? `error ${status}`}`, { status, answer: object });
    }
    default:
      throw new ClusterError('badAnswer', `${what}: the API server sent an event of an unknown type`);
  }
}

const NO_TEXT = Buffer.alloc(0);

/** As API servers begin an event: the object is then all that follows, up to the last brace. */
const BEGINNING = /^\{"type":"[A-Z]+","object":(?=\{)/;
const LONGEST_BEGINNING = 40;

function textOf(line: Buffer, event: Json, object: JsonObject): Buffer {
  const beginning = BEGINNING.exec(line.toString('latin1', 0, LONGEST_BEGINNING));
  const isAll = isObject(event) && Object.keys(event).length === 2 && line.at(-1) === CLOSE;
  return beginning && isAll ? line.subarray(beginning[0].length, -1) : Buffer.from(stringifyJson(object));
}

const CLOSE = 0x7d;
