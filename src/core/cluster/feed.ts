import { sleep, type Clock } from '../base/clock';
import type { Disposable } from '../base/lifetime';
import type { Turns } from '../base/turns';
import type { KindStatus, Resource, Sighting } from './api';
import { Backoff } from './backoff';
import type { Bodies, Body } from './bodies';
import { ClusterError, isClusterError } from './errors';
import { isExpired, isPassing, Reconnect, type Interruption } from './feed-failure';
import { Heartbeat } from './heartbeat';
import { listObjects, type OnPart } from './list';
import type { Reach } from './reach';
import { typeOf } from './resource-path';
import { retryAfterOf, type Rest } from './rest';
import type { Slots } from '../base/slots';
import { watchObjects } from './watch';
import type { Part } from './wire-messages';

export interface FeedParts {
  readonly rest: Rest;
  readonly reach: Reach;
  readonly resource: Resource;
  /** `undefined`: everywhere. */
  readonly namespace: string | undefined;
  /** The only object that is read; `undefined`: all. */
  readonly name: string | undefined;
  readonly lists: Slots;
  readonly bodies: Bodies;
  readonly turns: Turns;
  readonly clock: Clock;
  readonly random: () => number;
  readonly onObject: (id: string) => void;
  /** A version of an object that nobody has seen, before it is believed. */
  readonly onComing: (id: string, body: Body) => void;
  readonly onStatus: () => void;
  /** The server no longer serves this kind. */
  readonly onGone: () => void;
  /** Something failed that is not the network, the server or our rights: a mistake of ours. */
  readonly onMistake: (error: unknown) => void;
  /** Read once and not watched: for a run that ends with its answer. */
  readonly once: boolean;
}

const UNSEEN: readonly Sighting[] = [];

/** A watch that ends sooner than this, in milliseconds, is not opened again at once. */
const BRIEF_MS = 1_000;

/** Of a reading that is made once. */
const ATTEMPTS = 4;

const PAUSE = { denied: 60_000, broken: 60_000, refusedWatch: 30_000, opening: 30_000, gone: 5_000, poll: 30_000 } as const;
/** So many watches in a row that brought nothing mean that none will; after so many readings one is tried again. */
const DUMB = { watches: 2, readings: 20 } as const;

/**
 * Keeps one kind (in one namespace, or everywhere) current by client-go's reflector rules (`tools/cache/reflector.go`):
 * one list, then watches that resume from the last version seen; a new list only when that version is gone.
 * What was read last is kept through every failure; the status says what it is worth.
 */
export class Feed implements Disposable {
  readonly #parts: FeedParts;
  readonly #abort = new AbortController();
  readonly #backoff: Backoff;
  #entries: Map<string, Body> | undefined;
  #status: KindStatus = { kind: 'loading' };
  #verifiedAt = 0;
  /** Where the next watch begins; `undefined`: a list is needed first. */
  #version: string | undefined;
  #listFrom: string;
  /** What the server is asked to leave all others out for. */
  #selected: string | undefined;
  /** Lists in a row that no watch could follow. */
  #vain = 0;
  #failures = 0;
  #settled = false;
  readonly #settlement: Promise<void>;
  #settle: () => void = () => undefined;
  #watching: AbortController | undefined;
  /** Watches in a row that were never answered, or said nothing for so long that something in between must hold them back. */
  #dumb = 0;
  /** Readings left before a watch is tried again. */
  #polls = 0;
  /** When the last watch was accepted, until it fails. */
  #openedAt = Number.POSITIVE_INFINITY;

  constructor(parts: FeedParts) {
    this.#parts = parts;
    this.#selected = parts.name;
    this.#backoff = new Backoff(parts.random);
    // What is read once has to be what is there now; a watch catches up with it anyway.
    this.#listFrom = parts.once ? '' : '0';
    this.#settlement = new Promise(resolve => {
      this.#settle = () => {
        this.#settled = true;
        resolve();
      };
    });
  }

  /** Fulfilled once the kind has been read, or it is of no use to wait for it: `status` says which. */
  get settled(): Promise<void> {
    return this.#settlement;
  }

  get readsAll(): boolean {
    return this.#parts.name === undefined;
  }

  /** Whether the object of this name is among what is read. */
  reads(name: string): boolean {
    return this.#parts.name === undefined || this.#parts.name === name;
  }

  get status(): KindStatus {
    const { lost, gone } = this.#parts.reach;
    if (gone && this.#status.kind === 'ready') return { kind: 'offline', since: this.#since(), reason: gone.reason };
    // Why it cannot be reached may have changed since: first no server, then one with another certificate.
    if (lost && this.#status.kind === 'offline') return { ...this.#status, reason: lost.reason };
    return this.#status.kind === 'ready' ? { kind: 'ready', verifiedAt: this.#verifiedAt } : this.#status;
  }

  get objects(): Iterable<Body> {
    return this.#entries?.values() ?? [];
  }

  /** By `objectId`; whether it is current, `status` says. */
  entry(id: string): Body | undefined {
    return this.#entries?.get(id);
  }

  start(): void {
    this.#run().then(this.#settle, this.#settle);
  }

  /** Breaks the open watch, which then resumes on a new connection. Until it is open nothing is current. */
  reconnect(why: Interruption): void {
    if (this.#status.kind === 'ready') this.#setStatus({ ...why, since: this.#since() });
    this.#openedAt = Number.POSITIVE_INFINITY;
    this.#watching?.abort(new Reconnect());
  }

  dispose(): void {
    this.#abort.abort(new ClusterError('aborted', 'stopped'));
    this.#entries = undefined;
    this.#settle();
  }

  async #run(): Promise<void> {
    const { signal } = this.#abort;
    for (let first = true; !this.#hasEnded(); first = false) {
      try {
        await this.#step(first, signal);
      } catch (error) {
        if (!this.#hasEnded()) await this.#broken(error, signal);
      }
    }
  }

  #hasEnded(): boolean {
    return this.#abort.signal.aborted || (this.#parts.once && this.#settled);
  }

  /** Rejects when it was stopped, or for a mistake of ours. */
  async #step(first: boolean, signal: AbortSignal): Promise<void> {
    try {
      if (!first) await this.#parts.reach.confirm();
      if (this.#version === undefined) await this.#list(signal);
      else if (this.#polls > 0) await this.#poll(signal);
      else await this.#watch(this.#version, signal);
    } catch (error) {
      if (this.#hasEnded() || !isClusterError(error)) throw error;
      if (error.status === 400 && this.#selected !== undefined) this.#readAll();
      else await (this.#parts.once ? this.#again(error, signal) : this.#recover(error, signal));
    }
  }

  /** Servers beside the API server may not know how to select. */
  #readAll(): void {
    this.#selected = undefined;
    this.#version = undefined;
  }

  /** Its text may quote what was read. What is here stays, marked; later all is read anew. */
  async #broken(error: unknown, signal: AbortSignal): Promise<void> {
    this.#parts.onMistake(error);
    this.#version = undefined;
    this.#setStatus({ kind: 'stale', since: this.#since(), reason: `reading it failed (${error instanceof Error ? error.name : 'for no reason'})` });
    if (this.#parts.once) this.#settle();
    else await sleep(this.#parts.clock, PAUSE.broken, signal);
  }

  async #list(signal: AbortSignal): Promise<void> {
    const { rest, lists, resource, namespace } = this.#parts;
    const slot = await lists.take(signal);
    try {
      const fresh = new Map<string, Body>();
      const version = await listObjects(rest, { resource, namespace, name: this.#selected, resourceVersion: this.#listFrom }, this.#onPart(part => this.#listed(part, fresh, signal)), signal);
      this.#replace(fresh);
      this.#version = version;
      this.#listFrom = version;
      this.#vain++;
      this.#ready();
    } finally {
      slot.dispose();
    }
  }

  #onPart = (take: OnPart['take']): OnPart => ({ take, spare: () => this.#parts.bodies.spare() });

  async #listed(part: Part, fresh: Map<string, Body>, signal: AbortSignal): Promise<void> {
    const { bodies, resource, turns } = this.#parts;
    const { ids, uids, versions, ends } = part;
    const type = typeOf(resource);
    const startOf = (i: number): number => ends[i - 1] ?? 0;
    const known = ids.map((id, i) => {
      const before = this.#entries?.get(id);
      return before?.version !== undefined && before.version === versions[i] && before.uid === uids[i] ? before : undefined;
    });
    const place = bodies.place(part, ends.reduce((sum, end, i) => (known[i] ? sum : sum + end - startOf(i)), 0));
    for (const [i, id] of ids.entries()) {
      const [uid, version, end = 0] = [uids[i], versions[i], ends[i]];
      const before = this.#entries?.get(id);
      const seen = before && before.uid === uid ? before.seen : UNSEEN;
      const body = known[i] ?? place.keep(startOf(i), end, type, { uid, version, seen });
      fresh.set(id, body);
      if (body !== known[i]) this.#parts.onComing(id, body);
      const pause = turns.pause();
      if (pause) await pause;
      signal.throwIfAborted();
    }
    place.done();
    await bodies.room();
  }

  /** What vanished between two lists is told as well; its deletion was not seen. */
  #replace(fresh: Map<string, Body>): void {
    const old = this.#entries;
    this.#entries = fresh;
    if (!old) return;
    for (const [id, entry] of fresh) {
      const before = old.get(id);
      if (before !== entry && before?.version !== entry.version) this.#parts.onObject(id);
    }
    for (const id of old.keys()) if (!fresh.has(id)) this.#parts.onObject(id);
  }

  /** Something in between lets no watch through: read again and again in its place. */
  async #poll(signal: AbortSignal): Promise<void> {
    this.#polls--;
    await sleep(this.#parts.clock, PAUSE.poll, signal);
    await this.#list(signal);
  }

  async #watch(version: string, signal: AbortSignal): Promise<void> {
    const { rest, reach, resource, namespace, clock, random } = this.#parts;
    const watching = new AbortController();
    this.#watching = watching;
    const started = clock.now();
    const both = AbortSignal.any([signal, watching.signal]);
    let events = 0;
    const heartbeat = new Heartbeat(clock, () => {
      // Heard before, it has died; silent from the beginning, it is held back.
      if (events === 0) this.#dumb += reach.bookmarks ? 1 : DUMB.watches;
      watching.abort(new Reconnect());
    });
    const opening = clock.after(PAUSE.opening, () => {
      this.#dumb++;
      watching.abort(new Reconnect());
    });
    try {
      const open = (): void => {
        opening.dispose();
        this.#openedAt = clock.now();
        this.#ready();
      };
      const onPart = this.#onPart(async part => {
        heartbeat.beat();
        events += part.changes.length;
        if (part.changes.length > 0) this.#dumb = 0;
        if (part.changes.includes('bookmark')) reach.bookmarks = true;
        await this.#changed(part, both);
      });
      await watchObjects(rest, { resource, namespace, name: this.#selected, resourceVersion: version, timeoutSeconds: Math.round(300 + random() * 300) }, { open, ...onPart }, both);
    } catch (error) {
      // Broken by us in order to be opened anew.
      if (watching.signal.aborted && !signal.aborted) return;
      throw error;
    } finally {
      heartbeat.dispose();
      opening.dispose();
      this.#watching = undefined;
      if (events > 0) this.#backoff.reset();
      if (events > 0 || clock.now() - started >= BRIEF_MS) this.#vain = 0;
      if (this.#dumb >= DUMB.watches) {
        this.#dumb = DUMB.watches - 1;
        this.#polls = DUMB.readings;
        reach.heldBack(resource.plural);
      }
    }
    if (events === 0 && clock.now() - started < BRIEF_MS) await sleep(clock, this.#backoff.next(), signal);
  }

  async #changed(part: Part, signal: AbortSignal): Promise<void> {
    const { bodies, clock, resource, rest, turns } = this.#parts;
    const { changes, ids, uids, versions, ends } = part;
    const place = bodies.place(part, ends.at(-1) ?? 0);
    const type = typeOf(resource);
    for (const [i, change] of changes.entries()) {
      const [id = '', uid, version] = [ids[i], uids[i], versions[i]];
      this.#version = version ?? this.#version;
      this.#verifiedAt = clock.now();
      const entries = this.#entries;
      if (id !== '' && entries) {
        const known = entries.get(id);
        const seen = { before: known?.uid === uid ? known : undefined, at: rest.serverNow() };
        seen.before?.settle();
        if (change === 'delete') entries.delete(id);
        else entries.set(id, place.keep(ends[i - 1] ?? 0, ends[i] ?? 0, type, { uid, version, seen }));
        this.#parts.onObject(id);
      }
      const pause = turns.pause();
      if (pause) await pause;
      signal.throwIfAborted();
    }
    place.done();
  }

  /** Of a reading that is made once: where another attempt may help, a few. */
  async #again(error: ClusterError, signal: AbortSignal): Promise<void> {
    this.#setStatus(this.#failed(error));
    if (!isPassing(error) || ++this.#failures >= ATTEMPTS) this.#settle();
    else await sleep(this.#parts.clock, Math.max(retryAfterOf(error) ?? 0, this.#backoff.next()), signal);
  }

  #failed(error: ClusterError): KindStatus {
    if (error.kind === 'denied' || error.kind === 'unauthenticated') return { kind: 'denied', reason: error.message };
    return error.kind === 'offline' && error.status === undefined ? { kind: 'offline', since: this.#since(), reason: error.message } : this.#stale(error);
  }

  async #recover(error: ClusterError, signal: AbortSignal): Promise<void> {
    const { clock, random, reach } = this.#parts;
    const wait = (ms: number): Promise<void> => sleep(clock, ms * (1 + random() / 4), signal);
    if (isExpired(error)) return this.#relist(error, signal);
    switch (error.kind) {
      case 'denied':
        return this.#denied(error, wait);
      case 'unauthenticated':
        this.#setStatus(this.#entries ? this.#stale(error) : { kind: 'denied', reason: error.message });
        return wait(PAUSE.denied);
      case 'notFound':
        this.#version = undefined;
        this.#setStatus(this.#stale(error));
        this.#parts.onGone();
        return wait(PAUSE.gone);
      case 'offline':
        if (error.status === undefined) {
          reach.doubt();
          // A watch that had worked and then lost its connection is opened again before anybody is worried.
          if (this.#outlived(BRIEF_MS)) return;
          this.#setStatus({ kind: 'offline', since: this.#since(), reason: error.message });
          reach.report(error.message);
          await sleep(clock, this.#backoff.next(), signal);
          return reach.back();
        }
        break;
      default:
    }
    this.#setStatus(this.#stale(error));
    await sleep(clock, Math.max(retryAfterOf(error) ?? 0, this.#backoff.next()), signal);
  }

  /** The version is gone: read everything anew from the newest. The old data stays on view meanwhile. Where that has not helped before, not at once. */
  async #relist(error: ClusterError, signal: AbortSignal): Promise<void> {
    if (this.#vain > 1) this.#setStatus(this.#stale(error));
    if (this.#vain > 1 || (this.#version === undefined && this.#listFrom === '')) await sleep(this.#parts.clock, this.#backoff.next(), signal);
    this.#version = undefined;
    this.#listFrom = '';
  }

  async #denied(error: ClusterError, wait: (ms: number) => Promise<void>): Promise<void> {
    if (this.#version !== undefined && this.#status.kind === 'ready') {
      // The list was allowed, the watch is not: read again now and then.
      this.#version = undefined;
      this.#listFrom = '0';
      return wait(PAUSE.refusedWatch);
    }
    this.#version = undefined;
    this.#entries = undefined;
    this.#setStatus({ kind: 'denied', reason: error.message });
    return wait(PAUSE.denied);
  }

  #ready(): void {
    this.#verifiedAt = this.#parts.clock.now();
    this.#setStatus({ kind: 'ready', verifiedAt: this.#verifiedAt });
  }

  #outlived(ms: number): boolean {
    const lived = this.#parts.clock.now() - this.#openedAt;
    this.#openedAt = Number.POSITIVE_INFINITY;
    return lived >= ms;
  }

  #since(): number {
    return this.#verifiedAt === 0 ? this.#parts.clock.now() : this.#verifiedAt;
  }

  #stale = (error: ClusterError): KindStatus => ({ kind: 'stale', since: this.#since(), reason: error.message });

  #setStatus(status: KindStatus): void {
    const before = this.#status;
    this.#status = status;
    if (!this.#parts.once || status.kind === 'ready') this.#settle();
    if (before.kind !== status.kind || ('reason' in before && 'reason' in status && before.reason !== status.reason)) this.#parts.onStatus();
  }
}

