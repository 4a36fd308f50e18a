import { createHash } from 'node:crypto';
import type { Disposable } from '../base/lifetime';
import { ClusterError } from './errors';
import { hostOf, transportFailure } from './failure';
import type { ClusterEntry } from './kubeconfig';
import { readPem, type ClientCertificate } from './pem';
import { hostName, isLoopback, proxyFor } from './proxy';
import type { LiveTexts } from './live-texts';
import type { Wire, WireAnswer } from './wire';
import type { WireRequest } from './wire-messages';

/** Connections that were made with a certain CA and client certificate. */
interface Pools {
  readonly key: string;
  readonly number: number;
}

/**
 * The only way to the network, a bounded pool of connections per client certificate, which a thread of its own keeps
 * (see `Wire`). Rejects with `ClusterError`.
 */
export class Transport implements Disposable {
  #cluster: ClusterEntry;
  readonly #url: URL;
  readonly #proxy: string | undefined;
  #wire: Wire;
  #ca: Promise<string | undefined> | undefined;
  #pools: Pools | undefined;
  #ended = false;

  /** The wire is ours from now on. */
  constructor(cluster: ClusterEntry, env: Readonly<Record<string, string | undefined>>, wire: Wire) {
    this.#cluster = cluster;
    this.#url = serverUrl(cluster);
    this.#proxy = proxyFor(this.#url, cluster.proxyUrl, env);
    this.#wire = wire;
  }

  get server(): string {
    return this.#cluster.server;
  }

  /** Makes objects of the texts that come. */
  get texts(): LiveTexts {
    return this.#wire.texts;
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
    const { server } = this.#cluster;
    try {
      const ca = await this.#readCa();
      signal?.throwIfAborted();
      // Asked of at once: whoever comes in between with another certificate lets go of these.
      const pools = this.#poolsFor(ca, certificate);
      // The CA on disk may have been replaced together with the server's certificate.
      const onDistrust = (): void => this.#forget();
      return await this.#wire.send({ ...request, path: this.#url.pathname.replace(/\/$/, '') + request.path }, { pools: pools.number, server, onDistrust }, signal);
    } catch (error) {
      throw transportFailure(error, server, signal);
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
    this.#pools = undefined;
    this.#wire.reset();
  }

  dispose(): void {
    this.#ended = true;
    this.#wire.dispose();
  }

  #forget(): void {
    this.#ca = undefined;
    this.#retire();
  }

  #poolsFor(ca: string | undefined, certificate: ClientCertificate | undefined): Pools {
    if (this.#ended) throw new ClusterError('aborted', 'the session has ended');
    if (!this.#wire.runs) {
      this.#pools = undefined;
      this.#wire = this.#wire.again();
    }
    const key = createHash('sha256')
      .update(JSON.stringify([ca, certificate?.cert, certificate?.key]))
      .digest('hex');
    if (this.#pools?.key === key) return this.#pools;
    this.#retire();
    const { insecure, tlsServerName } = this.#cluster;
    const proxy = this.#proxy === undefined ? undefined : proxyUrl(this.#proxy);
    this.#pools = { key, number: this.#wire.open({ origin: this.#url.origin, proxy, ca, certificate, insecure, tlsServerName, compresses: this.compresses }) };
    return this.#pools;
  }

  /** Lets requests in flight end, then closes. */
  #retire(): void {
    if (this.#pools) this.#wire.retire(this.#pools.number);
    this.#pools = undefined;
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
