import * as tls from 'node:tls';
import type { Dispatcher } from 'undici';
import connect from 'undici/lib/api/api-connect.js';
import request from 'undici/lib/api/api-request.js';
import Dispatching from 'undici/lib/dispatcher/dispatcher.js';
import Pool from 'undici/lib/dispatcher/pool.js';
import ProxyAgent from 'undici/lib/dispatcher/proxy-agent.js';
import { hostName } from './proxy';
import type { PoolOptions, WireRequest } from './wire-messages';

// As undici's own index does it; a connection through a proxy is made with `connect`. All of undici takes twice as long to load, and every session begins with that.
Object.assign(Dispatching.prototype, { request, connect });

/** Connections for requests; every watch has one more of its own, so that watches never starve requests. */
const CONNECTIONS = 8;
const MAX_WATCHES = 256;

const TIMEOUT = { connect: 10_000, headers: 30_000, body: 30_000, keepAlive: 90_000 } as const;

/**
 * HTTP/1.1 over a bounded keep-alive pool. It is undici's own because VS Code replaces the agents of `node:https` (which
 * loses keep-alive and client certificates). What is verified is said explicitly, so `NODE_TLS_REJECT_UNAUTHORIZED` changes nothing.
 */
export class Pools {
  readonly #options: PoolOptions;
  #requests: Dispatcher | undefined;
  #watches: Dispatcher | undefined;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  async request({ method, path, headers, body, reading, timeout }: WireRequest, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    const { origin, compresses } = this.#options;
    const watch = reading.kind === 'watch';
    // The pool behind a SOCKS proxy takes its bound from each request.
    const bound = { connections: watch ? MAX_WATCHES : CONNECTIONS };
    const dispatcher = watch ? (this.#watches ??= pool(this.#options, MAX_WATCHES)) : (this.#requests ??= pool(this.#options, CONNECTIONS));
    return dispatcher.request({
      origin,
      path,
      method,
      headers: { ...headers, ...(compresses && !watch && { 'accept-encoding': 'gzip' }) },
      ...(body !== undefined && { body }),
      signal,
      ...bound,
      headersTimeout: timeout ?? TIMEOUT.headers,
      bodyTimeout: watch ? 0 : TIMEOUT.body,
    });
  }

  /** Lets requests in flight end, then closes. */
  async close(): Promise<void> {
    await Promise.all([this.#requests?.close(), this.#watches?.close()]);
  }

  /** Breaks every connection. */
  async destroy(): Promise<void> {
    await Promise.all([this.#requests?.destroy(), this.#watches?.destroy()]);
  }
}

function pool({ origin, proxy, ca, certificate, insecure, tlsServerName }: PoolOptions, connections: number): Dispatcher {
  const tlsOptions = {
    rejectUnauthorized: !insecure,
    ca: ca ?? systemCertificates(),
    ...(tlsServerName !== undefined && { servername: tlsServerName }),
    ...(certificate && { cert: certificate.cert, key: certificate.key }),
    timeout: TIMEOUT.connect,
    keepAlive: true,
    keepAliveInitialDelay: 30_000,
    autoSelectFamily: hostName(new URL(origin)) === 'localhost' || undefined,
  };
  const options = { connections, pipelining: 1, allowH2: false, keepAliveTimeout: TIMEOUT.keepAlive, keepAliveMaxTimeout: TIMEOUT.keepAlive };
  // Not undici's Agent: it forgets a pool when it is closed, or when one of its connections fails, and what is in flight there can no longer be ended.
  if (proxy === undefined) return new Pool(origin, { ...options, connect: tlsOptions });
  // What is said of TLS to the proxy makes undici speak TLS to a SOCKS proxy, which has none.
  if (proxy.startsWith('socks')) return new ProxyAgent({ ...options, uri: proxy, requestTls: tlsOptions });
  return new ProxyAgent({ ...options, uri: proxy, requestTls: tlsOptions, proxyTls: { rejectUnauthorized: true, ca: systemCertificates(), timeout: TIMEOUT.connect } });
}

/** Where the kubeconfig names no CA, kubectl trusts what the system trusts. */
function systemCertificates(): string[] {
  // From Node 22.15 on; older ones have the built-in list only.
  const read = 'getCACertificates' in tls ? (tls.getCACertificates as ((kind: string) => string[]) | undefined) : undefined;
  return [...new Set([...tls.rootCertificates, ...(read?.('system') ?? [])])];
}
