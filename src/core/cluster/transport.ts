import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import * as tls from 'node:tls';
import { createGunzip } from 'node:zlib';
import { Pool, ProxyAgent, type Dispatcher } from 'undici';
import type { Disposable } from '../base/lifetime';
import { ClusterError } from './errors';
import { hostOf, isCertificateFailure, transportFailure } from './failure';
import type { ClusterEntry } from './kubeconfig';
import { readPem, type ClientCertificate } from './pem';
import { hostName, isLoopback, proxyFor } from './proxy';

/** Connections for requests; every watch has one more of its own, so that watches never starve requests. */
const CONNECTIONS = 8;
const MAX_WATCHES = 256;

const TIMEOUT = { connect: 10_000, headers: 30_000, body: 30_000, keepAlive: 90_000 } as const;

export interface WireRequest {
  readonly method: 'GET' | 'POST' | 'PATCH';
  /** With query, from the server's root. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly body?: string;
  /** A watch stays open and silent; anything else has to answer and go on in time. */
  readonly watch?: boolean;
  /** Milliseconds until headers, 30 s where left out. */
  readonly timeout?: number;
}

export interface WireAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Must be read or destroyed. */
  readonly body: Readable;
}

interface Pools {
  readonly key: string;
  readonly requests: Dispatcher;
  readonly watches: Dispatcher;
}

/**
 * The only way to the network: HTTP/1.1 over a bounded keep-alive pool per client certificate. It is undici's
 * own pool because VS Code replaces the agents of `node:https` (which loses keep-alive and client certificates).
 * What is verified is said explicitly, so `NODE_TLS_REJECT_UNAUTHORIZED` changes nothing. Rejects with `ClusterError`.
 */
export class Transport implements Disposable {
  #cluster: ClusterEntry;
  readonly #url: URL;
  readonly #proxy: string | undefined;
  #ca: Promise<string | undefined> | undefined;
  #pools: Pools | undefined;
  readonly #retired = new Set<Pools>();
  #ended = false;

  constructor(cluster: ClusterEntry, env: Readonly<Record<string, string | undefined>>) {
    this.#cluster = cluster;
    this.#url = serverUrl(cluster);
    this.#proxy = proxyFor(this.#url, cluster.proxyUrl, env);
  }

  get server(): string {
    return this.#cluster.server;
  }

  /** Big bodies are worth compressing, except where the network is this machine. */
  get compresses(): boolean {
    return !isLoopback(hostName(this.#url));
  }

  /** SHA-256 of the CA bundle, hex; `undefined` where the kubeconfig names none. */
  async caHash(): Promise<string | undefined> {
    const ca = await this.#readCa();
    return ca === undefined ? undefined : createHash('sha256').update(ca).digest('hex');
  }

  async send(request: WireRequest, certificate: ClientCertificate | undefined, signal: AbortSignal | undefined): Promise<WireAnswer> {
    try {
      const pools = await this.#poolsFor(certificate);
      signal?.throwIfAborted();
      const { watch = false } = request;
      // The pool behind a SOCKS proxy takes its bound from each request.
      const bound = { connections: watch ? MAX_WATCHES : CONNECTIONS };
      const answer = await (watch ? pools.watches : pools.requests).request({
        origin: this.#url.origin,
        path: this.#url.pathname.replace(/\/$/, '') + request.path,
        method: request.method,
        headers: { ...request.headers, ...(this.compresses && !watch && { 'accept-encoding': 'gzip' }) },
        ...(request.body !== undefined && { body: request.body }),
        ...(signal && { signal }),
        ...bound,
        headersTimeout: request.timeout ?? TIMEOUT.headers,
        bodyTimeout: watch ? 0 : TIMEOUT.body,
      });
      // Whoever reads the body is told of an error; a body that is thrown away must not end the process with it.
      answer.body.on('error', () => undefined);
      return { status: answer.statusCode, headers: answer.headers, body: answer.headers['content-encoding'] === 'gzip' ? unzipped(answer.body) : answer.body };
    } catch (error) {
      // The CA on disk may have been replaced together with the server's certificate.
      if (isCertificateFailure(error)) this.#forget();
      throw transportFailure(error, this.#cluster.server, signal);
    }
  }

  /** The same server by a newer entry of the kubeconfig, with another CA. */
  adopt(cluster: ClusterEntry): void {
    this.#cluster = cluster;
    this.#forget();
  }

  /** Closes every idle connection and breaks every open one, so that the next request makes a new connection. */
  reset(): void {
    this.#ca = undefined;
    if (this.#pools) this.#destroy(this.#pools);
    this.#pools = undefined;
    for (const pools of this.#retired) this.#destroy(pools);
    this.#retired.clear();
  }

  dispose(): void {
    this.#ended = true;
    this.reset();
  }

  #forget(): void {
    this.#ca = undefined;
    if (this.#pools) this.#retire(this.#pools);
    this.#pools = undefined;
  }

  async #poolsFor(certificate: ClientCertificate | undefined): Promise<Pools> {
    const ca = await this.#readCa();
    if (this.#ended) throw new ClusterError('aborted', 'the session has ended');
    const key = createHash('sha256')
      .update(JSON.stringify([ca, certificate?.cert, certificate?.key]))
      .digest('hex');
    if (this.#pools?.key === key) return this.#pools;
    if (this.#pools) this.#retire(this.#pools);
    this.#pools = { key, requests: this.#pool(ca, certificate, CONNECTIONS), watches: this.#pool(ca, certificate, MAX_WATCHES) };
    return this.#pools;
  }

  #pool(ca: string | undefined, certificate: ClientCertificate | undefined, connections: number): Dispatcher {
    const { insecure, tlsServerName } = this.#cluster;
    const host = hostName(this.#url);
    const connect = {
      rejectUnauthorized: !insecure,
      ca: ca ?? systemCertificates(),
      ...(tlsServerName !== undefined && { servername: tlsServerName }),
      ...(certificate && { cert: certificate.cert, key: certificate.key }),
      timeout: TIMEOUT.connect,
      keepAlive: true,
      keepAliveInitialDelay: 30_000,
      autoSelectFamily: host === 'localhost' || undefined,
    };
    const options = { connections, pipelining: 1, allowH2: false, keepAliveTimeout: TIMEOUT.keepAlive, keepAliveMaxTimeout: TIMEOUT.keepAlive };
    // Not undici's Agent: it forgets a pool when it is closed, or when one of its connections fails, and what is in flight there can no longer be ended.
    if (this.#proxy === undefined) return new Pool(this.#url.origin, { ...options, connect });
    const uri = proxyUrl(this.#proxy);
    // What is said of TLS to the proxy makes undici speak TLS to a SOCKS proxy, which has none.
    if (uri.startsWith('socks')) return new ProxyAgent({ ...options, uri, requestTls: connect });
    return new ProxyAgent({ ...options, uri, requestTls: connect, proxyTls: { rejectUnauthorized: true, ca: systemCertificates(), timeout: TIMEOUT.connect } });
  }

  /** Lets requests in flight end, then closes. */
  #retire(pools: Pools): void {
    this.#retired.add(pools);
    const done = (): void => void this.#retired.delete(pools);
    Promise.all([pools.requests.close(), pools.watches.close()]).then(done, done);
  }

  #destroy(pools: Pools): void {
    const ignored = (): void => undefined;
    for (const pool of [pools.requests, pools.watches]) pool.destroy().then(ignored, ignored);
  }

  #readCa(): Promise<string | undefined> {
    this.#ca ??= readPem(this.#cluster.ca, 'certificate authority');
    return this.#ca;
  }
}

function serverUrl({ name, server }: ClusterEntry): URL {
  if (server === '') throw new ClusterError('invalid', `cluster "${name}" of the kubeconfig has no server`);
  const text = server.includes('://') ? server : `https://${server}`;
  if (!URL.canParse(text)) throw new ClusterError('invalid', `the server of cluster "${name}" is not a URL`);
  const url = new URL(text);
  if (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(hostName(url)))) return url;
  throw new ClusterError('invalid', `${hostOf(text)} is not asked over ${url.protocol.replace(':', '')}: tokens and Secrets would cross the network in clear; use https`);
}

function proxyUrl(proxy: string): string {
  if (URL.canParse(proxy) && /^(https?|socks5h?|socks):$/.test(new URL(proxy).protocol)) return proxy.replace(/^socks5h:/, 'socks5:');
  throw new ClusterError('invalid', 'the proxy is not a URL of http, https or socks5');
}

/** Where the kubeconfig names no CA, kubectl trusts what the system trusts. */
function systemCertificates(): string[] {
  // From Node 22.15 on; older ones have the built-in list only.
  const read = 'getCACertificates' in tls ? (tls.getCACertificates as ((kind: string) => string[]) | undefined) : undefined;
  return [...new Set([...tls.rootCertificates, ...(read?.('system') ?? [])])];
}

function unzipped(body: Readable): Readable {
  const gunzip = createGunzip();
  gunzip.on('error', () => undefined);
  body.on('error', error => gunzip.destroy(error));
  gunzip.on('close', () => body.destroy());
  return body.pipe(gunzip);
}
