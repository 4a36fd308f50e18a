import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Agent, createServer, request, type Server } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { Readable } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';

/** What goes wrong with one request. */
export type Fault =
  /** The proxy answers in the server's place. */
  | { readonly kind: 'answer'; readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body: string | Iterable<string> }
  /** The proxy sends this and then nothing, for ever. */
  | { readonly kind: 'hang'; readonly body: string }
  /** The server's body goes through up to so many bytes, then the connection is reset. */
  | { readonly kind: 'cut'; readonly bytes: number }
  /** As `cut`, but the body ends as if it were whole. */
  | { readonly kind: 'half'; readonly bytes: number }
  /** Nothing more comes after so many bytes, and the connection stays open. */
  | { readonly kind: 'stall'; readonly bytes: number }
  /** The server's body in pieces of so many bytes. */
  | { readonly kind: 'crumbs'; readonly bytes: number }
  /** The answer's headers go through, its body only once it has ended. */
  | { readonly kind: 'collect' }
  /** The server is asked for something else. */
  | { readonly kind: 'rewrite'; readonly path: (path: string) => string | Promise<string> }
  /** The server is asked once this has happened. */
  | { readonly kind: 'after'; readonly happens: () => Promise<unknown> }
  | { readonly kind: 'delay'; readonly ms: number };

export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly watch: boolean;
  readonly at: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

export interface Rule {
  readonly when: (request: Seen) => boolean;
  readonly fault: Fault;
  /** How many requests it meets; left out: all. */
  readonly times?: number;
}

/** A loopback proxy in front of a real API server, with the server's own certificate, that fails as it is told to. */
export interface FaultProxy {
  readonly url: string;
  /** Every request since the start, oldest first. */
  readonly seen: readonly Seen[];
  /** Connections accepted since the start. */
  readonly connections: number;
  readonly open: number;
  /** Watch requests that have not ended. */
  readonly watching: number;
  add(rule: Rule): void;
  clear(): void;
  /** From now on requests go to another server, with its own CA; who asks is shown the same certificate as before. */
  toward(upstream: Upstream): void;
  /** Resets every open connection. */
  resetAll(): void;
  /** Resets the connections of these requests, of those that have not ended. */
  reset(which: (request: Seen) => boolean): void;
  /** Nothing listens any more: connections are reset, new ones refused. */
  cut(): Promise<void>;
  /** Listens again, at the same address. */
  mend(): Promise<void>;
  stop(): Promise<void>;
}

export interface Upstream {
  readonly server: string;
  readonly ca: string;
}

export async function startProxy(upstream: Upstream & { readonly folder: string }): Promise<FaultProxy> {
  const [cert, key] = await Promise.all(['crt', 'key'].map(end => readFile(join(upstream.folder, 'certs', `apiserver.${end}`))));
  if (!cert || !key) throw new Error('the API server has no certificate');
  const proxy = new Forwarder(upstream, createServer({ cert, key }));
  await proxy.listen();
  return proxy;
}

const agentFor = ({ ca }: Upstream): Agent => new Agent({ ca, keepAlive: true, maxSockets: 64 });

class Forwarder implements FaultProxy {
  readonly seen: Seen[] = [];
  connections = 0;
  url = '';
  #upstream: string;
  #agent: Agent;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #serving = new Map<ServerResponse, Seen>();
  #rules: { rule: Rule; left: number }[] = [];

  constructor(upstream: Upstream, server: Server) {
    this.#upstream = upstream.server;
    this.#agent = agentFor(upstream);
    this.#server = server;
    server.on('connection', (socket: Socket) => {
      this.connections++;
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      socket.on('error', () => undefined);
    });
    server.on('tlsClientError', () => undefined);
    server.on('request', (incoming, outgoing) => {
      this.#serve(incoming, outgoing).catch(() => outgoing.destroy());
    });
  }

  get open(): number {
    // One that was reset below TLS may never say that it is closed.
    return [...this.#sockets].filter(({ destroyed }) => !destroyed).length;
  }

  get watching(): number {
    return [...this.#serving.values()].filter(({ watch }) => watch).length;
  }

  async listen(port = 0): Promise<void> {
    await once(this.#server.listen(port, '127.0.0.1'), 'listening');
    this.url = `https://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  add(rule: Rule): void {
    this.#rules.push({ rule, left: rule.times ?? Number.POSITIVE_INFINITY });
  }

  clear(): void {
    this.#rules = [];
  }

  toward(upstream: Upstream): void {
    this.#agent.destroy();
    this.#upstream = upstream.server;
    this.#agent = agentFor(upstream);
  }

  resetAll(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  reset(which: (request: Seen) => boolean): void {
    for (const [outgoing, seen] of this.#serving) if (which(seen)) this.#reset(outgoing);
  }

  async cut(): Promise<void> {
    const closed = new Promise<void>(done => void this.#server.close(() => done()));
    this.resetAll();
    await closed;
  }

  async mend(): Promise<void> {
    await this.listen(Number(new URL(this.url).port));
  }

  async stop(): Promise<void> {
    await this.cut();
    this.#agent.destroy();
  }

  #faultFor(seen: Seen): Fault | undefined {
    const entry = this.#rules.find(({ rule, left }) => left > 0 && rule.when(seen));
    if (!entry) return undefined;
    entry.left--;
    return entry.rule.fault;
  }

  async #serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const path = incoming.url ?? '/';
    const seen: Seen = { method: incoming.method ?? 'GET', path, watch: path.includes('watch=true'), at: Date.now(), headers: incoming.headers };
    this.seen.push(seen);
    this.#serving.set(outgoing, seen);
    outgoing.on('close', () => this.#serving.delete(outgoing));
    const fault = this.#faultFor(seen);
    if (fault?.kind === 'answer') {
      outgoing.writeHead(fault.status, { 'content-type': 'application/json', ...fault.headers });
      if (typeof fault.body === 'string') outgoing.end(fault.body);
      else await pipeline(Readable.from(fault.body), outgoing);
      return;
    }
    if (fault?.kind === 'hang') {
      outgoing.writeHead(200, { 'content-type': 'application/json' });
      outgoing.write(fault.body);
      return;
    }
    if (fault?.kind === 'delay') await setTimeout(fault.ms);
    if (fault?.kind === 'after') await fault.happens();
    await this.#forward(incoming, outgoing, fault);
  }

  async #forward(incoming: IncomingMessage, outgoing: ServerResponse, fault: Fault | undefined): Promise<void> {
    const url = incoming.url ?? '/';
    const path = fault?.kind === 'rewrite' ? await fault.path(url) : url;
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const sent = request(`${this.#upstream}${path}`, { method: incoming.method, headers: { ...incoming.headers, host: new URL(this.#upstream).host }, agent: this.#agent });
      sent.on('response', resolve);
      sent.on('error', reject);
      outgoing.on('close', () => sent.destroy());
      incoming.pipe(sent);
    });
    const { 'content-length': length, ...headers } = answer.headers;
    // With a fault in the body its length must not give it away.
    outgoing.writeHead(answer.statusCode ?? 502, { ...headers, ...(fault === undefined && length !== undefined && { 'content-length': length }) });
    outgoing.flushHeaders();
    let passed = 0;
    if (fault?.kind === 'collect') outgoing.cork();
    answer.on('data', (chunk: Buffer) => {
      passed += this.#pass(chunk, passed, outgoing, fault);
    });
    answer.on('end', () => {
      if (fault?.kind !== 'stall' && fault?.kind !== 'cut') outgoing.end();
      if (fault?.kind === 'cut') this.#reset(outgoing);
    });
    await finished(answer).catch(() => outgoing.destroy());
  }

  #pass(chunk: Buffer, passed: number, outgoing: ServerResponse, fault: Fault | undefined): number {
    if (fault?.kind === 'crumbs') {
      for (let at = 0; at < chunk.length; at += fault.bytes) outgoing.write(chunk.subarray(at, at + fault.bytes));
      return chunk.length;
    }
    if (fault?.kind !== 'cut' && fault?.kind !== 'half' && fault?.kind !== 'stall') {
      outgoing.write(chunk);
      return chunk.length;
    }
    const part = chunk.subarray(0, Math.max(0, fault.bytes - passed));
    if (part.length > 0) outgoing.write(part);
    if (passed + chunk.length < fault.bytes) return chunk.length;
    if (fault.kind === 'half') outgoing.end();
    if (fault.kind === 'cut') this.#reset(outgoing);
    return chunk.length;
  }

  /** The connection below TLS, once what was written has left. */
  #reset({ socket }: ServerResponse): void {
    const port = socket?.remotePort;
    setTimeout(20).then(
      () => [...this.#sockets].find(({ remotePort }) => remotePort === port)?.resetAndDestroy(),
      () => undefined,
    );
  }
}
