import type { IncomingHttpHeaders } from 'node:http';
import type { JsonObject } from '../base/json';
import type { ClusterFailure } from './api';
import type { TypeOf } from './live-texts';
import type { ClientCertificate } from './pem';

/** Bytes of the blocks in which texts of objects come, and are kept. */
export const BLOCK = 64 * 1024;

/** A single object or a discovery document, read whole: etcd holds no object above 2 MB. */
export const MAX_BODY_BYTES = 64 * 1024 * 1024;

/** Parts that may be on their way for one request; what comes beyond them waits in the connection. */
export const AHEAD = 32;

/** How connections to one server are made, as one user. */
export interface PoolOptions {
  /** `https://host:port`. */
  readonly origin: string;
  /** A URL of http, https or socks5. */
  readonly proxy: string | undefined;
  /** PEM; `undefined`: what the system trusts. */
  readonly ca: string | undefined;
  readonly certificate: ClientCertificate | undefined;
  readonly insecure: boolean;
  readonly tlsServerName: string | undefined;
  readonly compresses: boolean;
}

/** How the body of a success is wanted; any other answer comes as far as an error is read. `what` is asked for, as people call it. */
export type Reading =
  | { readonly kind: 'whole' }
  /** A collection, in parts. */
  | { readonly kind: 'list'; readonly type: TypeOf; readonly what: string }
  /** It stays open and silent; anything else has to answer and go on in time. */
  | { readonly kind: 'watch'; readonly what: string };

export interface WireRequest {
  readonly method: 'GET' | 'POST' | 'PATCH';
  /** With query, from the server's root. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly body?: string;
  readonly reading: Reading;
  /** Milliseconds until headers, 30 s where left out. */
  readonly timeout?: number;
}

export type Change = 'put' | 'delete' | 'bookmark';

/** Objects of a list, or events of a watch, in their order: what each is called, and the text of what was put. */
export interface Part {
  /** Bytes of the body that have come since the part before. */
  readonly heard: number;
  /** Field sets that are told for the first time, in the order of their numbers; of whatever request. */
  readonly sets: readonly string[];
  /** The texts, without field sets that were told (`FieldSetCutter`), one after another; what follows the last one means nothing. */
  readonly block: Uint8Array<ArrayBuffer>;
  readonly changes: readonly Change[];
  /** Where each text ends in the block, and the next begins. */
  readonly ends: readonly number[];
  /** `objectId`; empty for a bookmark. */
  readonly ids: readonly string[];
  readonly uids: readonly (string | undefined)[];
  /** Each one's resourceVersion. */
  readonly versions: readonly (string | undefined)[];
}

/** What a list says of itself once all of it has come; of a watch it is empty. */
export interface End {
  readonly version: string | undefined;
  /** Where the next page begins. */
  readonly next: string | undefined;
}

export interface Failure {
  readonly kind: ClusterFailure;
  readonly message: string;
  readonly status: number | undefined;
  readonly answer: JsonObject | undefined;
}

/** Numbers are given by who asks: `pools` to pools, `id` to requests. */
export type ToWire =
  | { readonly kind: 'open'; readonly pools: number; readonly options: PoolOptions }
  | { readonly kind: 'send'; readonly id: number; readonly pools: number; /** As the kubeconfig names it, for messages. */ readonly server: string; readonly request: WireRequest }
  | { readonly kind: 'abort'; readonly id: number }
  /** So many parts have been taken; `spares` are blocks that nobody needs any more. */
  | { readonly kind: 'more'; readonly id: number; readonly parts: number; readonly spares: readonly Uint8Array<ArrayBuffer>[] }
  /** What is in flight may end. */
  | { readonly kind: 'retire'; readonly pools: number }
  /** Every connection is broken. */
  | { readonly kind: 'reset' };

export type FromWire =
  /** `body` is empty where parts follow; `whole` unless it was larger than anything that is read whole. */
  | { readonly kind: 'answer'; readonly id: number; readonly status: number; readonly headers: IncomingHttpHeaders; readonly body: Uint8Array<ArrayBuffer>; readonly whole: boolean; readonly inParts: boolean }
  | { readonly kind: 'part'; readonly id: number; readonly part: Part }
  | { readonly kind: 'end'; readonly id: number; readonly end: End }
  /** `distrusted`: one side does not accept the other's certificate. */
  | { readonly kind: 'failed'; readonly id: number; readonly failure: Failure; readonly distrusted: boolean };
