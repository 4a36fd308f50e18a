import { sleep, type Clock } from '../base/clock';
import { isObject, type JsonObject } from '../base/json';
import { parseJson, stringifyJson } from '../base/json-text';
import type { Json } from '../base/json';
import type { Traffic } from './api';
import { impersonationHeaders, type Credentials, type Login } from './credentials';
import { ClusterError } from './errors';
import { answerFailure, isPage, notKubernetes, stopped, transportFailure } from './failure';
import type { Impersonation } from './kubeconfig';
import { endOf } from './pem';
import type { Reload } from './reload';
import type { Transport } from './transport';
import type { Parts, WireAnswer } from './wire';
import { MAX_BODY_BYTES, type Reading, type WireRequest } from './wire-messages';

export interface RestRequest {
  readonly method?: 'GET' | 'POST' | 'PATCH';
  readonly path: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly accept?: string;
  readonly body?: Json;
  readonly contentType?: string;
  readonly timeout?: number;
  /** For messages: what is asked for, as people call it. */
  readonly what: string;
  /** What `Traffic` counts it as; `other` where left out. */
  readonly counts?: 'list' | 'get' | 'dryRun';
  /**
   * Whether to wait as long as the server says and ask again: after 429 and 503, or (`refused`, for writes) after 429 only,
   * which says that nothing was done. Lists and watches have rules of their own.
   */
  readonly patient?: boolean | 'refused';
}

export interface RestAnswer {
  readonly status: number;
  readonly object: JsonObject;
  readonly warnings: readonly string[];
}

const MAX_ATTEMPTS = 4;
/** A read that a person waits for is not held longer than this. */
const PATIENCE_MS = 10_000;
const MAX_RETRY_AFTER_MS = 60_000;

/** Raw JSON requests as this context's user. Every method rejects with `ClusterError`. */
export class Rest {
  readonly #transport: Transport;
  #credentials: Credentials;
  readonly #reload: Reload | undefined;
  readonly #headers: Readonly<Record<string, string | string[]>>;
  readonly #clock: Clock;
  /** Server's clock minus ours in milliseconds, from the last `Date` header. */
  #offset = 0;
  #heardAt = 0;
  readonly #traffic = { list: 0, get: 0, dryRun: 0, other: 0, bytes: 0 };

  constructor(transport: Transport, credentials: Credentials, more: { readonly impersonate: Impersonation | undefined; readonly userAgent: string; readonly clock: Clock; readonly reload?: Reload }) {
    this.#transport = transport;
    this.#credentials = credentials;
    this.#headers = { 'user-agent': more.userAgent, ...impersonationHeaders(more.impersonate) };
    this.#clock = more.clock;
    this.#reload = more.reload;
  }

  get server(): string {
    return this.#transport.server;
  }

  /** When the server last said anything. */
  get heardAt(): number {
    return this.#heardAt;
  }

  get traffic(): Traffic {
    return { ...this.#traffic };
  }

  /** Now on the server's clock; exact to about a second. */
  serverNow(): number {
    return this.#clock.now() + this.#offset;
  }

  /** So many bytes of an answer have come. */
  heard(bytes: number): void {
    this.#heardAt = this.#clock.now();
    this.#traffic.bytes += bytes;
  }

  /** Another login from now on: the kubeconfig has a newer one. */
  adopt(credentials: Credentials): void {
    this.#credentials = credentials;
  }

  /** One JSON answer, whole. */
  async json(request: RestRequest, signal?: AbortSignal): Promise<RestAnswer> {
    const answer = await this.#ask(request, { kind: 'whole' }, signal);
    if (!answer.whole) throw new ClusterError('badAnswer', `${request.what}: the answer is larger than ${MAX_BODY_BYTES / 1024 / 1024} MB`);
    let object: Json;
    try {
      object = parseJson(answer.body.toString('utf8'));
    } catch {
      throw notKubernetes(this.server, answer.status);
    }
    if (!isObject(object)) throw notKubernetes(this.server, answer.status);
    return { status: answer.status, object, warnings: warningsOf(answer.headers['warning']) };
  }

  /** A list or a watch that was accepted, which the caller reads. */
  async parts(request: RestRequest, reading: Reading & { readonly kind: 'list' | 'watch' }, signal: AbortSignal): Promise<Parts> {
    const { parts, status } = await this.#ask(request, reading, signal);
    if (!parts) throw notKubernetes(this.server, status);
    return parts;
  }

  /** A successful answer. */
  async #ask(request: RestRequest, reading: Reading, signal: AbortSignal | undefined): Promise<WireAnswer> {
    let renewed = false;
    let reloaded = false;
    const reload = async (generation: number | undefined): Promise<boolean> => {
      if (reloaded || generation === undefined || (await this.#reload?.newerThan(generation)) !== true) return false;
      return (reloaded = true);
    };
    for (let attempt = 1; ; attempt++) {
      const generation = this.#reload?.generation;
      const credentials = this.#credentials;
      if (signal?.aborted === true) throw stopped(signal);
      let login: Login;
      let answer: WireAnswer;
      try {
        login = await credentials.login(signal);
      } catch (error) {
        if (isNoLogin(error) && (await reload(generation))) continue;
        throw error;
      }
      this.#traffic[request.counts ?? 'other']++;
      try {
        answer = await this.#transport.send(this.#wire(request, reading, login.authorization), login.certificate, signal);
      } catch (error) {
        // A kept connection that the server had just closed: nothing was answered, and reading again harms nothing.
        if (attempt === 1 && request.method === undefined && reading.kind !== 'watch' && isClosed(error)) continue;
        if (isUntrusted(error) && (await reload(generation))) continue;
        throw error;
      }
      this.#note(answer);
      if (answer.status < 300) {
        if (!isPage(answer.headers)) return answer;
        throw notKubernetes(this.server, answer.status);
      }
      const failure = this.#failure(answer, request.what);
      if (answer.status === 401) {
        if (!renewed && credentials.renew(login)) {
          renewed = true;
          continue;
        }
        if (await reload(generation)) continue;
        throw ended(login, this.#clock.now()) ?? failure;
      }
      const patient = request.patient === true || (request.patient === 'refused' && answer.status === 429);
      const wait = patient && attempt < MAX_ATTEMPTS ? retryAfter(answer) : undefined;
      if (wait === undefined || wait > PATIENCE_MS) throw failure;
      await sleep(this.#clock, wait, signal).catch((error: unknown) => {
        throw transportFailure(error, this.server, signal);
      });
    }
  }

  #wire(request: RestRequest, reading: Reading, authorization: string | undefined): WireRequest {
    const { method = 'GET', body, contentType = 'application/json', accept = 'application/json', timeout } = request;
    return {
      method,
      path: request.path + queryText(request.query),
      headers: { ...this.#headers, accept, ...(body !== undefined && { 'content-type': contentType }), ...(authorization !== undefined && { authorization }) },
      reading,
      ...(body !== undefined && { body: stringifyJson(body) }),
      ...(timeout !== undefined && { timeout }),
    };
  }

  #failure(answer: WireAnswer, what: string): ClusterError {
    const failure = answerFailure({ status: answer.status, contentType: answer.headers['content-type'] ?? '', text: answer.body.toString('utf8') }, what, this.server);
    const wait = retryAfter(answer);
    return wait === undefined ? failure : Object.assign(failure, { retryAfter: wait });
  }

  #note({ headers, body }: WireAnswer): void {
    const { date } = headers;
    this.heard(body.length);
    const at = date === undefined ? NaN : Date.parse(date);
    if (!Number.isNaN(at)) this.#offset = at - this.#clock.now();
  }
}

/** What the server asked us to wait, in milliseconds, where it said so. */
export function retryAfterOf(error: unknown): number | undefined {
  return error instanceof ClusterError && 'retryAfter' in error && typeof error.retryAfter === 'number' ? error.retryAfter : undefined;
}

function retryAfter({ status, headers }: WireAnswer): number | undefined {
  if (status !== 429 && status < 500) return undefined;
  const seconds = Number(headers['retry-after'] ?? NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? Math.min(seconds * 1000, MAX_RETRY_AFTER_MS) : undefined;
}

const isClosed = (error: unknown): boolean => error instanceof ClusterError && error.kind === 'offline' && error.message.endsWith('closed the connection');

/** What the kubeconfig said gives no login; what it says now may. */
const isNoLogin = (error: unknown): boolean => error instanceof ClusterError && (error.kind === 'unauthenticated' || error.kind === 'invalid');

/** Either side does not accept the other's certificate, or what answers speaks no TLS. Nothing was sent. */
const isUntrusted = (error: unknown): boolean => error instanceof ClusterError && error.status === undefined && (error.kind === 'badAnswer' || error.kind === 'unauthenticated');

/** The reason that a person can act on, where the login itself shows it. */
function ended({ certificate }: Login, now: number): ClusterError | undefined {
  const end = certificate && endOf(certificate);
  if (end === undefined || end > now) return undefined;
  return new ClusterError('unauthenticated', `the client certificate of this context ended on ${new Date(end).toISOString().slice(0, 16).replace('T', ' ')} UTC; get a new one`, { status: 401 });
}

function queryText(query: RestRequest['query']): string {
  const parts = Object.entries(query ?? {}).flatMap(([key, value]) => (value === undefined ? [] : [`${key}=${encodeURIComponent(value)}`]));
  return parts.length === 0 ? '' : `?${parts.join('&')}`;
}

/** `299 - "text"`, one or many in a header (RFC 7234 5.5); the text only. */
export function warningsOf(header: string | string[] | undefined): string[] {
  const all = Array.isArray(header) ? header : header === undefined ? [] : [header];
  return all.flatMap(line => [...line.matchAll(/\d{3} \S+ "((?:[^"\\]|\\.)*)"/g)].map(match => (match[1] ?? '').replace(/\\(.)/g, '$1')));
}
