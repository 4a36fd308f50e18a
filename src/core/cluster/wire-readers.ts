import type { Readable } from 'node:stream';
import { isObject, member, textAt, type Json, type JsonObject } from '../base/json';
import { parseJson, stringifyJson } from '../base/json-text';
import { objectId, refOf } from '../kube/identity';
import { ClusterError, failureOf } from './errors';
import type { TypeOf } from './live-texts';
import type { Named, Packer } from './packer';
import { ListSplitter } from './splitter';
import type { Change, End } from './wire-messages';

/** Where what is read goes. */
export interface Outlet {
  readonly packer: Packer;
  /** Hands over what is packed as soon as there is room for it. */
  readonly flush: () => Promise<void>;
}

/** Bytes. An object is at most 2 MB in etcd: what is larger than this is none, and no event. */
const MOST = 64 * 1024 * 1024;

/** Milliseconds after which what has come of a list is handed over, should its block not be full. */
const LIST_PATIENCE = 200;

/**
 * Reads a collection and hands over its objects. Nothing of it is to be believed before the promise is fulfilled: a body
 * that breaks off rejects. Rejects with `ClusterError`, or with what the connection failed with.
 */
export async function readList(body: Readable, { type, what }: { readonly type: TypeOf; readonly what: string }, { packer, flush }: Outlet): Promise<End> {
  const splitter = new ListSplitter();
  let flushed = performance.now();
  for await (const chunk of body) {
    packer.hear((chunk as Buffer).length);
    for (const text of splitter.push(chunk as Buffer)) {
      const named = nameOf(text, type, what);
      if (!named) continue;
      if (packer.isFullFor(text)) {
        await flush();
        flushed = performance.now();
      }
      packer.add('put', named, text);
    }
    if (splitter.held > MOST) throw new ClusterError('badAnswer', `${what}: an object is larger than ${MOST / 1024 / 1024} MB`);
    if (performance.now() - flushed < LIST_PATIENCE) continue;
    await flush();
    flushed = performance.now();
  }
  await flush();
  return endOf(splitter, what);
}

/** As API servers begin the items of their own kinds. Whatever looks otherwise is parsed as a whole. */
const ITEM = /^\{"metadata":\{"name":"([!#-[\]-~]+)"(?:,"generateName":"[^"\\]*")?(?:,"namespace":"([!#-[\]-~]+)")?,"uid":"([!#-[\]-~]+)","resourceVersion":"(\d+)"/;
const LONGEST_BEGINNING = 1_000;

/** `undefined` for what is no object of Kubernetes. */
function nameOf(text: Buffer, type: TypeOf, what: string): Named | undefined {
  const [, name, namespace, uid, version] = ITEM.exec(text.toString('latin1', 0, LONGEST_BEGINNING)) ?? [];
  if (name !== undefined) return { id: objectId({ ...type, namespace, name }), uid, version };
  const value = parsed(text, what);
  return isObject(value) ? named({ ...type, ...value }) : undefined;
}

function named(object: JsonObject): Named | undefined {
  const ref = refOf(object);
  return ref && { id: objectId(ref), uid: textAt(object, 'metadata', 'uid'), version: textAt(object, 'metadata', 'resourceVersion') };
}

function parsed(text: Buffer, what: string): Json {
  try {
    return parseJson(text.toString('utf8'));
  } catch {
    throw new ClusterError('badAnswer', `${what}: the API server sent something that is not JSON`);
  }
}

function endOf(splitter: ListSplitter, what: string): End {
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

const NEWLINE = 10;

/** Hands over the events of a watch until it ends. Rejects with `ClusterError`, whose `status` is 410 when the version is gone, or with what the connection failed with. */
export async function readWatch(body: Readable, { what }: { readonly what: string }, { packer, flush }: Outlet): Promise<End> {
  let line: Buffer[] = [];
  let kept = 0;
  for await (const chunk of body) {
    let bytes = chunk as Buffer;
    packer.hear(bytes.length);
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE)) {
      line.push(bytes.subarray(0, end));
      const { change, named: name, text } = await eventOf(Buffer.concat(line), what, flush);
      if (packer.isFullFor(text)) await flush();
      packer.add(change, name, text);
      line = [];
      kept = 0;
      bytes = bytes.subarray(end + 1);
    }
    if (bytes.length > 0) line.push(bytes);
    kept += bytes.length;
    await flush();
    if (kept > MOST) throw new ClusterError('badAnswer', `${what}: an event is larger than ${MOST / 1024 / 1024} MB`);
  }
  return { version: undefined, next: undefined };
}

interface WatchEvent {
  readonly change: Change;
  readonly named: Named;
  /** Of an object that was put. */
  readonly text: Buffer;
}

/** An event that is none, or that says the watch has failed, is told after those before it. */
async function eventOf(line: Buffer, what: string, flush: () => Promise<void>): Promise<WatchEvent> {
  try {
    return readEvent(line, what);
  } catch (error) {
    await flush();
    throw error;
  }
}

/** Throws `ClusterError` for an `ERROR` event and for a line that is no event. */
function readEvent(line: Buffer, what: string): WatchEvent {
  const event = parsed(line, what);
  const object = member(event, 'object');
  if (!isObject(object)) throw new ClusterError('badAnswer', `${what}: the API server sent something that is not an event`);
  const whose = named(object) ?? { id: '', uid: undefined, version: textAt(object, 'metadata', 'resourceVersion') };
  switch (textAt(event, 'type')) {
    case 'ADDED':
    case 'MODIFIED':
      return { change: 'put', named: whose, text: textOf(line, event, object) };
    case 'DELETED':
      return { change: 'delete', named: whose, text: NO_TEXT };
    case 'BOOKMARK':
      return { change: 'bookmark', named: { ...whose, id: '' }, text: NO_TEXT };
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
const EVENT = /^\{"type":"[A-Z]+","object":(?=\{)/;
const LONGEST_EVENT = 40;

function textOf(line: Buffer, event: Json, object: JsonObject): Buffer {
  const beginning = EVENT.exec(line.toString('latin1', 0, LONGEST_EVENT));
  const isAll = isObject(event) && Object.keys(event).length === 2 && line.at(-1) === CLOSE;
  return beginning && isAll ? line.subarray(beginning[0].length, -1) : Buffer.from(stringifyJson(object));
}

const CLOSE = 0x7d;
