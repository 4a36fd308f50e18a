import { setMaxListeners } from 'node:events';
import type { Clock } from '../base/clock';
import { Emitter } from '../base/event';
import { at, isObject, listAt, textAt, type Json, type JsonObject } from '../base/json';
import { Lifetime, type Disposable } from '../base/lifetime';
import type { Log } from '../base/log';
import { describeRef, splitApiVersion, type ObjectRef } from '../kube/identity';
import { asLive, type Live } from '../kube/live';
import { Access } from './access';
import type { Cluster, ClusterPin, Labelled, LiveStore, PatchRequest, PatchResult, Resource, Traffic } from './api';
import { discover, findResource, sameServed, type Served } from './discovery';
import { ClusterError, isClusterError } from './errors';
import { OpenApi, type SchemaStore } from './openapi';
import { verifyPin } from './pin';
import { Reach } from './reach';
import { collectionPath, objectPath } from './resource-path';
import type { Rest } from './rest';
import { WatchedStore } from './store';
import type { Transport } from './transport';

export interface SessionParts {
  readonly pin: ClusterPin;
  readonly version: string;
  readonly namespace: string;
  readonly served: Served;
  readonly transport: Transport;
  /** What was started to log in. */
  readonly logins: Disposable;
  readonly rest: Rest;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  readonly once: boolean;
  readonly schemas: SchemaStore | undefined;
}

const MISSING_MS = 60_000;
const PULSE_MS = 5_000;
/** A timer that is late by this much means that the machine slept. */
const SLEPT_MS = 20_000;
const QUIET_MS = 30_000;

/** Of each object its metadata, whatever its kind; a server that cannot do that refuses, and sends no bodies in place of it. */
const NAMES_ONLY = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';

const CONTENT_TYPE = { apply: 'application/apply-patch+yaml', merge: 'application/merge-patch+json', json: 'application/json-patch+json' } as const;

function labelsOf(item: Json): Labelled {
  const labels = at(item, 'metadata', 'labels');
  return { namespace: textAt(item, 'metadata', 'namespace') ?? '', name: textAt(item, 'metadata', 'name') ?? '', labels: isObject(labels) ? labels : {} };
}

/** One open, pinned cluster. */
export class Session implements Cluster {
  readonly pin: ClusterPin;
  readonly version: string;
  readonly namespace: string;
  readonly masked = false;
  readonly #parts: SessionParts;
  readonly #lifetime = new Lifetime();
  readonly #abort = new AbortController();
  readonly #store: WatchedStore;
  readonly #reach: Reach;
  readonly #access: Access;
  readonly #openapi: OpenApi;
  readonly #discovery: Emitter<void>;
  #served: Served;
  #discovering: Promise<void> | undefined;
  #discoveredAt: number;
  #later: Disposable | undefined;
  #pulse: Disposable | undefined;
  /** Why the server cannot be reached, as the log has it. */
  #logged: string | undefined;

  constructor(parts: SessionParts) {
    const { clock, rest, random, log } = parts;
    this.#parts = parts;
    // One listener per request in flight is no leak.
    setMaxListeners(0, this.#abort.signal);
    this.pin = parts.pin;
    this.version = parts.version;
    this.namespace = parts.namespace;
    this.#served = parts.served;
    this.#discoveredAt = clock.now();
    this.#lifetime.add(parts.transport);
    this.#lifetime.add(parts.logins);
    this.#lifetime.add({ dispose: () => this.#abort.abort(new ClusterError('aborted', 'the session has ended')) });
    this.#discovery = this.#lifetime.add(new Emitter<void>(error => log.error('a listener of discovery failed', error)));
    this.#access = new Access(rest, clock, this.#abort.signal);
    this.#openapi = new OpenApi(rest, clock, parts.schemas);
    this.#reach = new Reach(rest, {
      clock,
      random,
      signal: this.#abort.signal,
      onChange: () => this.#reachChanged(),
      verify: () => verifyPin(parts.pin, false, parts.transport, rest, this.#abort.signal),
      onHeldBack: what => log.warn(`watches of ${what} do not get through to ${parts.pin.context} (a proxy that collects answers in between?); it is read every 30 s in place of that`),
    });
    this.#store = this.#lifetime.add(
      new WatchedStore({
        rest,
        texts: parts.transport.texts,
        reach: this.#reach,
        resource: (apiVersion, kind) => this.#lookUp(apiVersion, kind),
        rediscover: () => {
          if (!parts.once) this.#rediscoverSoon();
        },
        once: parts.once,
        namespace: parts.namespace,
        clock,
        random,
        log,
      }),
    );
    this.#beat();
    this.#openapi.readAhead();
  }

  get store(): LiveStore {
    return this.#store;
  }

  get traffic(): Traffic {
    return this.#parts.rest.traffic;
  }

  get onDiscovery(): Cluster['onDiscovery'] {
    return this.#discovery.event;
  }

  resource(apiVersion: string, kind: string): Resource | undefined {
    return findResource(this.#served, apiVersion, kind);
  }

  resources(group: string): readonly Resource[] | undefined {
    const known = this.#served.groups.get(group) ?? [];
    return known.length === 0 && this.#served.unreadable.has(group) ? undefined : known;
  }

  async get(ref: ObjectRef, signal?: AbortSignal): Promise<Live | undefined> {
    const path = objectPath(this.#mustServe(ref), ref);
    try {
      const { object } = await this.#parts.rest.json({ path, what: describeRef(ref), patient: true, counts: 'get' }, this.#signal(signal));
      return asLive(object);
    } catch (error) {
      // Without a Status of the API it is the kind, or the server, that was not found.
      if (isClusterError(error) && error.kind === 'notFound' && textAt(error.answer, 'details', 'name') === ref.name) return undefined;
      throw error;
    }
  }

  async labelled({ apiVersion, kind }: Pick<ObjectRef, 'apiVersion' | 'kind'>, namespace: string | undefined, selector: string, signal?: AbortSignal): Promise<readonly Labelled[]> {
    const resource = this.resource(apiVersion, kind);
    if (!resource) throw new ClusterError('notFound', `the cluster does not serve ${kind} of ${apiVersion}`);
    const request = { path: collectionPath(resource, namespace), query: { labelSelector: selector }, accept: NAMES_ONLY, what: `reading the names of ${resource.plural}${namespace === undefined ? '' : ` of ${namespace}`}`, patient: true, counts: 'list' } as const;
    const { object } = await this.#parts.rest.json(request, this.#signal(signal));
    return listAt(object, 'items').map(labelsOf);
  }

  async patch(request: PatchRequest, signal?: AbortSignal): Promise<PatchResult> {
    const { ref, type, body, fieldManager, force = false, dryRun = false, subresource } = request;
    const path = objectPath(this.#mustServe(ref), ref, subresource);
    const query = { fieldManager, ...(type === 'apply' && { force: String(force) }), ...(dryRun && { dryRun: 'All', fieldValidation: 'Warn' }) };
    const answer = await this.#parts.rest.json({ method: 'PATCH', path, query, body, contentType: CONTENT_TYPE[type], what: describeRef(ref), ...(dryRun ? { counts: 'dryRun', patient: true } : { patient: 'refused' }) }, this.#signal(signal));
    return { object: asLive(answer.object), warnings: answer.warnings };
  }

  allowed(verb: 'patch' | 'create' | 'get' | 'list', ref: ObjectRef, signal?: AbortSignal): Promise<boolean> {
    return this.#access.allowed(verb, ref, this.resource(ref.apiVersion, ref.kind), signal);
  }

  async openapi(apiVersion: string, signal?: AbortSignal): Promise<JsonObject | undefined> {
    return this.#openapi.document(apiVersion, this.#signal(signal));
  }

  verifyPin(signal?: AbortSignal): Promise<void> {
    return verifyPin(this.pin, true, this.#parts.transport, this.#parts.rest, this.#signal(signal));
  }

  dispose(): void {
    this.#later?.dispose();
    this.#pulse?.dispose();
    this.#lifetime.dispose();
  }

  #signal(signal: AbortSignal | undefined): AbortSignal {
    return signal ? AbortSignal.any([signal, this.#abort.signal]) : this.#abort.signal;
  }

  #mustServe(ref: ObjectRef): Resource {
    const resource = this.resource(ref.apiVersion, ref.kind);
    if (!resource) throw new ClusterError('notFound', `the cluster does not serve ${ref.kind} of ${ref.apiVersion}`);
    if (resource.namespaced && ref.namespace === undefined) throw new ClusterError('invalid', `${describeRef(ref)} lives in a namespace and none is named`);
    return resource;
  }

  #lookUp(apiVersion: string, kind: string): Resource | 'unreadable' | undefined {
    return this.resource(apiVersion, kind) ?? (this.#served.unreadable.has(splitApiVersion(apiVersion).group) ? 'unreadable' : undefined);
  }

  #reachChanged(): void {
    this.#store.refreshed();
    const reason = this.#reach.lost?.reason;
    if (reason === this.#logged) return;
    this.#logged = reason;
    if (reason !== undefined) this.#parts.log.warn(`lost ${this.pin.context}: ${reason}`);
    else this.#parts.log.info(`${this.pin.context} answers again`);
  }

  /** Asks what is served: at once when a kind has just gone, and every minute while a wanted one is not there. */
  #rediscoverSoon(): void {
    if (this.#later || this.#discovering) return;
    const wait = Math.max(0, this.#discoveredAt + 1_000 - this.#parts.clock.now());
    this.#later = this.#parts.clock.after(wait, () => this.#rediscover());
  }

  #rediscover(): void {
    this.#later = undefined;
    const { rest, clock, log } = this.#parts;
    const run = async (): Promise<void> => {
      const served = await discover(rest, this.#served, this.#abort.signal);
      if (sameServed(served, this.#served)) return;
      this.#served = served;
      this.#openapi.forgetIndex();
      this.#store.refreshed();
      this.#discovery.fire();
    };
    this.#discovering = run()
      .catch((error: unknown) => {
        if (!this.#abort.signal.aborted) log.warn(`the kinds of ${this.pin.context} could not be read: ${error instanceof Error ? error.message : ''}`);
      })
      .finally(() => {
        this.#discovering = undefined;
        this.#discoveredAt = clock.now();
        if (this.#store.missing && !this.#abort.signal.aborted) this.#later = clock.after(MISSING_MS, () => this.#rediscover());
      });
  }

  /** Notices a machine that slept, and a network that died without a word while every watch is quiet. */
  #beat(): void {
    const { clock, rest, transport } = this.#parts;
    const due = clock.now() + PULSE_MS;
    this.#pulse = clock.after(PULSE_MS, () => {
      const late = clock.now() - due;
      this.#beat();
      if (late > SLEPT_MS) {
        this.#reach.doubt();
        this.#store.reconnect({ kind: 'stale', reason: 'this machine slept; reading on' });
        transport.reset();
      } else if (!this.#reach.lost && clock.now() - rest.heardAt > QUIET_MS) {
        this.#reach.ask().catch((error: unknown) => {
          if (this.#abort.signal.aborted || this.#reach.lost) return;
          const reason = error instanceof Error ? error.message : 'no answer';
          this.#reach.report(reason);
          this.#store.reconnect({ kind: 'offline', reason });
          transport.reset();
        });
      }
    });
  }
}
