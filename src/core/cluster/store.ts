import type { Clock } from '../base/clock';
import { Emitter } from '../base/event';
import type { Disposable } from '../base/lifetime';
import type { Log } from '../base/log';
import { Turns } from '../base/turns';
import { objectId, type ObjectRef } from '../kube/identity';
import type { Coming, KindStatus, LiveState, LiveStore, PresentState, Resource, Want } from './api';
import { Bodies, type Body } from './bodies';
import { Coalescer } from './coalescer';
import { Feed } from './feed';
import type { Interruption } from './feed-failure';
import type { LiveTexts } from './live-texts';
import type { Reach } from './reach';
import type { Rest } from './rest';
import { Slots } from '../base/slots';
import { kindKey, mergeWants } from './merge-wants';

/** Whole collections read at once: two connections stay free for what a person waits for. */
const LISTS = 6;

export interface StoreParts {
  readonly rest: Rest;
  readonly texts: LiveTexts;
  readonly reach: Reach;
  /** From discovery; `unreadable`: the group's server does not answer. */
  readonly resource: (apiVersion: string, kind: string) => Resource | 'unreadable' | undefined;
  /** A wanted kind is not served, or is no longer. */
  readonly rediscover: () => void;
  /** The context's namespace: tried where everywhere is forbidden. */
  readonly namespace: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  /** Everything is read once and nothing is watched. */
  readonly once: boolean;
}

/** One wanted kind: where it is read. */
interface KindFeeds {
  readonly want: Want;
  readonly resource: Resource;
  readonly everywhere: Feed | undefined;
  readonly byNamespace: Map<string, Feed>;
}

type Kind = KindFeeds | { readonly want: Want; readonly resource: 'unreadable' | undefined };

/** What is known of the wanted kinds, kept current by one feed per kind and namespace, or per kind. */
export class WatchedStore implements LiveStore, Disposable {
  readonly #parts: StoreParts;
  readonly #emitter: Emitter<ReadonlySet<string> | 'all'>;
  readonly #comings: Emitter<Coming>;
  readonly #coalescer: Coalescer;
  readonly #lists = new Slots(LISTS);
  readonly #bodies: Bodies;
  readonly #turns = new Turns();
  #wants: readonly Want[] = [];
  #kinds = new Map<string, Kind>();
  #replan: Disposable | undefined;
  #ended = false;
  /** Feeds made so far. */
  #begun = 0;

  constructor(parts: StoreParts) {
    this.#parts = parts;
    this.#bodies = new Bodies(parts.clock, parts.texts, () => this.#alive());
    this.#emitter = new Emitter(error => parts.log.error('a listener of the live store failed', error));
    this.#comings = new Emitter(error => parts.log.error('looking at what is being read failed', error));
    this.#coalescer = new Coalescer(parts.clock, changed => this.#emitter.fire(changed));
  }

  get onChange(): LiveStore['onChange'] {
    return this.#emitter.event;
  }

  get onComing(): Emitter<Coming>['event'] {
    return this.#comings.event;
  }

  get lost(): LiveStore['lost'] {
    return this.#parts.reach.lost;
  }

  want(wants: readonly Want[]): void {
    this.#wants = wants;
    this.#plan();
    if (this.missing) this.#parts.rediscover();
  }

  /** Discovery was read anew, or the reach of the server changed. */
  refreshed(): void {
    this.#plan();
    this.#coalescer.touchAll();
  }

  /** A wanted kind is not served, as far as discovery knows. */
  get missing(): boolean {
    return [...this.#kinds.values()].some(kind => !isServed(kind));
  }

  /** Every watch is opened anew on a new connection, from where it was. */
  reconnect(why: Interruption): void {
    for (const feed of this.#feeds()) feed.reconnect(why);
  }

  read(ref: ObjectRef): LiveState {
    const kind = this.#kinds.get(kindKey(ref.apiVersion, ref.kind));
    if (!kind || !isServed(kind)) return { kind: 'unknown', status: this.status(ref.apiVersion, ref.kind, ref.namespace) };
    const namespace = kind.resource.namespaced ? ref.namespace : undefined;
    const feed = feedFor(kind, namespace);
    if (feed?.status.kind !== 'ready') return { kind: 'unknown', status: this.status(ref.apiVersion, ref.kind, namespace) };
    if (!feed.reads(ref.name)) return { kind: 'unknown', status: { kind: 'loading' } };
    return feed.entry(objectId({ ...ref, namespace })) ?? { kind: 'absent' };
  }

  async settled(): Promise<number> {
    for (let waited = -1; waited !== this.#begun; ) {
      waited = this.#begun;
      await Promise.all([...this.#feeds()].map(feed => feed.settled));
      // Where everywhere was forbidden, single namespaces are tried now.
      this.#plan();
    }
    return this.#begun;
  }

  list(apiVersion: string, kind: string): readonly PresentState[] {
    const found = this.#kinds.get(kindKey(apiVersion, kind));
    if (!found || !isServed(found)) return [];
    const readable = found.everywhere && found.everywhere.status.kind !== 'denied' ? [found.everywhere] : found.byNamespace.values();
    return [...readable].flatMap(feed => [...feed.objects]);
  }

  /**
   * For one namespace the feed that reads it; for `undefined` the reading of everywhere, or the worst of the namespaces
   * that are wanted. Kinds that nobody wants: `loading`, or `offline` while the server cannot be reached.
   */
  status(apiVersion: string, kind: string, namespace: string | undefined): KindStatus {
    const found = this.#kinds.get(kindKey(apiVersion, kind));
    const { lost } = this.#parts.reach;
    if (!found) return lost ? { kind: 'offline', ...lost } : { kind: 'loading' };
    if (!isServed(found)) return found.resource === 'unreadable' ? { kind: 'offline', since: this.#parts.clock.now(), reason: 'the API server of this group does not answer' } : { kind: 'notInstalled' };
    if (!found.resource.verbs.includes('list')) return { kind: 'denied', reason: `${found.resource.plural} cannot be listed` };
    const scope = found.resource.namespaced ? namespace : undefined;
    if (scope !== undefined) return feedFor(found, scope)?.status ?? { kind: 'loading' };
    return found.everywhere?.status ?? worst([...found.byNamespace.values()].map(feed => feed.status));
  }

  dispose(): void {
    this.#ended = true;
    this.#replan?.dispose();
    this.#coalescer.dispose();
    this.#bodies.dispose();
    for (const feed of this.#feeds()) feed.dispose();
    this.#kinds.clear();
    this.#emitter.dispose();
    this.#comings.dispose();
  }

  *#alive(): Iterable<Body> {
    for (const feed of this.#feeds()) yield* feed.objects;
  }

  *#feeds(): Iterable<Feed> {
    for (const kind of this.#kinds.values()) {
      if (!isServed(kind)) continue;
      if (kind.everywhere) yield kind.everywhere;
      yield* kind.byNamespace.values();
    }
  }

  /** Starts and stops feeds so that they match what is wanted, served and allowed. Feeds that stay are not touched. */
  #plan(): void {
    if (this.#ended) return;
    const wants = mergeWants(this.#wants);
    const spare = new Set([...this.#wants.flatMap(want => [...(want.namespaces ?? []), ...(want.fallback ?? [])]), this.#parts.namespace]);
    const next = new Map<string, Kind>();
    const started: Feed[] = [];
    for (const [key, want] of wants) next.set(key, this.#planKind(want, this.#kinds.get(key), spare, started));
    const kept = new Set([...next.values()].flatMap(kind => (isServed(kind) ? [kind.everywhere, ...kind.byNamespace.values()] : [])));
    const stopped = [...this.#feeds()].filter(feed => !kept.has(feed));
    const reshaped = started.length > 0 || stopped.length > 0 || next.size !== this.#kinds.size;
    this.#kinds = next;
    for (const feed of stopped) feed.dispose();
    for (const feed of started) feed.start();
    if (reshaped) this.#coalescer.touchAll();
  }

  #planKind(want: Want, before: Kind | undefined, spare: ReadonlySet<string>, started: Feed[]): Kind {
    const resource = this.#parts.resource(want.apiVersion, want.kind);
    if (resource === undefined || resource === 'unreadable') return { want, resource };
    const old = before && isServed(before) && sameResource(before.resource, resource) ? before : undefined;
    if (!resource.verbs.includes('list')) return { want, resource, everywhere: undefined, byNamespace: new Map() };
    // One that reads more than is wanted is kept, and where another object is wanted all are read: who types a name does not begin a reading with each letter.
    const feedOf = (feed: Feed | undefined, namespace: string | undefined): Feed => {
      const name = want.alone?.get(namespace ?? '');
      if (feed?.readsAll === true || (feed && name !== undefined && feed.reads(name))) return feed;
      const fresh = this.#feed(resource, namespace, feed ? undefined : name);
      started.push(fresh);
      return fresh;
    };
    const whole = !resource.namespaced || want.namespaces === undefined;
    const everywhere = whole ? feedOf(old?.everywhere, undefined) : undefined;
    const refused = resource.namespaced && everywhere?.status.kind === 'denied';
    const namespaces = whole ? (refused ? spare : []) : want.namespaces;
    const byNamespace = new Map([...namespaces].map(namespace => [namespace, feedOf(old?.byNamespace.get(namespace), namespace)] as const));
    return { want, resource, everywhere, byNamespace };
  }

  #feed(resource: Resource, namespace: string | undefined, name: string | undefined): Feed {
    const { rest, reach, clock, random, log, once } = this.#parts;
    this.#begun++;
    return new Feed({
      rest,
      reach,
      resource,
      namespace,
      name,
      lists: this.#lists,
      bodies: this.#bodies,
      turns: this.#turns,
      clock,
      random,
      onObject: id => this.#coalescer.touch(id),
      onComing: (id, state) => this.#comings.fire({ id, state }),
      onStatus: () => this.#statusChanged(),
      onGone: () => this.#parts.rediscover(),
      onMistake: error => log.error(`reading ${resource.plural}${namespace === undefined ? '' : ` of ${namespace}`} failed`, error),
      once,
    });
  }

  /** What is allowed may have changed with it, and so the plan; not inside the feed's own call. */
  #statusChanged(): void {
    this.#coalescer.touchAll();
    this.#replan ??= this.#parts.clock.after(0, () => {
      this.#replan = undefined;
      this.#plan();
    });
  }
}

const isServed = (kind: Kind): kind is KindFeeds => kind.resource !== undefined && kind.resource !== 'unreadable';

/** Everywhere, unless that is forbidden and the namespace is read on its own. */
function feedFor({ everywhere, byNamespace }: KindFeeds, namespace: string | undefined): Feed | undefined {
  const own = namespace === undefined ? undefined : byNamespace.get(namespace);
  return everywhere && everywhere.status.kind !== 'denied' ? everywhere : (own ?? everywhere);
}

const sameResource = (a: Resource, b: Resource): boolean => a.plural === b.plural && a.namespaced === b.namespaced && a.verbs.includes('list') === b.verbs.includes('list');

const BADNESS: readonly KindStatus['kind'][] = ['offline', 'denied', 'notInstalled', 'stale', 'loading', 'ready'];

const worst = (statuses: readonly KindStatus[]): KindStatus => [...statuses].sort((a, b) => BADNESS.indexOf(a.kind) - BADNESS.indexOf(b.kind))[0] ?? { kind: 'loading' };
