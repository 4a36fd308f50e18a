import type { Clock } from '../base/clock';
import type { Disposable } from '../base/lifetime';
import type { Cluster, Labelled } from '../cluster/api';
import { isClusterError } from '../cluster/errors';
import type { HelmRevision, RecordKind } from '../gitops/application';
import { HELM_RECORDS, releaseKey, revisionsIn, type ReleaseName } from '../gitops/helm-install';
import { isDeepStrictEqual } from 'node:util';

/** What is known of the revisions of releases. */
export type RecordsState =
  | { readonly kind: 'loading' }
  | { readonly kind: 'listed'; /** By `releaseKey`, newest first. */ readonly revisions: ReadonlyMap<string, readonly HelmRevision[]>; /** Why there may be more. */ readonly unlisted: Unlisted | undefined };

interface Unlisted {
  /** One sentence, without a full stop. */
  readonly reason: string;
  readonly denied: boolean;
}

/** Where Helm keeps its records; a Secret unless `HELM_DRIVER` says otherwise. */
const KINDS: readonly RecordKind[] = ['Secret', 'ConfigMap'];

/**
 * Milliseconds after which records are listed again: nothing tells of a revision whose objects are those of the one before, nor that
 * a run has ended. Once an object has changed that Helm applied, soon.
 */
const AGAIN_MS = { known: 30_000, running: 2_000, failed: 5_000, denied: 60_000, soon: 1_000 } as const;

const EVERYWHERE = '';

interface Place {
  state: RecordsState;
  reading: Promise<void> | undefined;
  timer: Disposable | undefined;
}

/** Which revisions of which releases there are, read off the labels of Helm's records: no record's body is asked for. Nothing is listed before somebody wants it. */
export class HelmRecords implements Disposable {
  readonly #cluster: Pick<Cluster, 'labelled'>;
  readonly #clock: Clock;
  readonly #onNews: () => void;
  /** By namespace. */
  readonly #places = new Map<string, Place>();
  #asked = 0;
  #ended = false;

  constructor(cluster: Pick<Cluster, 'labelled'>, clock: Clock, onNews: () => void) {
    this.#cluster = cluster;
    this.#clock = clock;
    this.#onNews = onNews;
  }

  /** Keeps the records of these namespaces current, and no others; with `everywhere` those of all, as far as this user may list them. */
  want(namespaces: ReadonlySet<string>, everywhere: boolean): void {
    const all = this.#places.get(EVERYWHERE)?.state;
    const incomplete = all?.kind === 'listed' && all.unlisted !== undefined;
    const wanted = new Set([...(everywhere ? [EVERYWHERE] : []), ...(everywhere && !incomplete ? [] : namespaces)]);
    for (const [name, { timer }] of this.#places) {
      if (wanted.has(name)) continue;
      timer?.dispose();
      this.#places.delete(name);
    }
    for (const name of wanted) {
      if (this.#places.has(name)) continue;
      this.#places.set(name, { state: { kind: 'loading' }, reading: undefined, timer: undefined });
      this.#list(name);
    }
  }

  /** The revisions of one release, as far as its namespace is wanted; none only where all records could be listed. */
  of(release: ReleaseName): { readonly kind: 'known'; readonly history: readonly HelmRevision[] } | { readonly kind: 'loading' } | { readonly kind: 'unknown'; readonly reason: string } {
    const states = [EVERYWHERE, release.namespace].flatMap(name => this.#places.get(name)?.state ?? []);
    const history = states.flatMap(state => (state.kind === 'listed' ? [state.revisions.get(releaseKey(release)) ?? []] : [])).find(({ length }) => length > 0);
    if (history) return { kind: 'known', history };
    if (states.some(state => state.kind === 'listed' && !state.unlisted)) return { kind: 'known', history: [] };
    const last = states.at(-1);
    return last?.kind === 'listed' && last.unlisted ? { kind: 'unknown', reason: last.unlisted.reason } : { kind: 'loading' };
  }

  /** Every release that is known of. */
  releases(): readonly (readonly HelmRevision[])[] {
    const found = new Map([...this.#places.values()].flatMap(({ state }) => (state.kind === 'listed' ? [...state.revisions] : [])));
    return [...found.values()];
  }

  /** Something that Helm applied has changed: there may be another revision. */
  doubt(): void {
    for (const [name, place] of this.#places) if (place.state.kind === 'listed' && !isDenied(place.state) && !place.reading) this.#later(name, place, AGAIN_MS.soon);
  }

  /** Fulfilled, with how many there were, once each list that was asked for has come or could not be read. */
  async settled(): Promise<number> {
    await Promise.all([...this.#places.values()].flatMap(({ reading }) => reading ?? []));
    return this.#asked;
  }

  dispose(): void {
    this.#ended = true;
    for (const { timer } of this.#places.values()) timer?.dispose();
    this.#places.clear();
  }

  #list(name: string): void {
    const place = this.#places.get(name);
    if (!place || this.#ended) return;
    this.#asked++;
    place.reading = this.#read(name).then(state => {
      place.reading = undefined;
      if (this.#ended || this.#places.get(name) !== place) return;
      const news = !isDeepStrictEqual(place.state, state);
      place.state = state;
      this.#later(name, place, waitAfter(state));
      if (news) this.#onNews();
    });
  }

  #later(name: string, place: Place, wait: number): void {
    place.timer?.dispose();
    place.timer = this.#clock.after(wait, () => this.#list(name));
  }

  async #read(name: string): Promise<RecordsState> {
    const lists = await Promise.all(KINDS.map(kind => this.#listKind(kind, name)));
    return { kind: 'listed', revisions: revisionsIn(lists.flatMap(list => ('reason' in list ? [] : list))), unlisted: lists.find(list => 'reason' in list) };
  }

  async #listKind(kind: RecordKind, name: string): Promise<readonly (readonly [RecordKind, Labelled])[] | Unlisted> {
    try {
      return (await this.#cluster.labelled({ apiVersion: 'v1', kind }, name === EVERYWHERE ? undefined : name, HELM_RECORDS)).map(record => [kind, record] as const);
    } catch (error) {
      const denied = isClusterError(error) && (error.kind === 'denied' || error.kind === 'unauthenticated');
      const what = `Helm's records of its releases${kind === 'ConfigMap' ? ' that are ConfigMaps' : ''}${name === EVERYWHERE ? '' : ` in ${name}`}`;
      return { denied, reason: denied ? `${what} may not be listed by this user` : `${what} could not be listed: ${error instanceof Error ? error.message : 'unknown error'}` };
    }
  }
}

/** Nothing can be listed, and that will stay so for a while. */
const isDenied = (state: RecordsState): boolean => state.kind === 'listed' && state.revisions.size === 0 && state.unlisted?.denied === true;

function waitAfter(state: RecordsState): number {
  if (state.kind !== 'listed' || isDenied(state)) return AGAIN_MS.denied;
  if (state.unlisted && !state.unlisted.denied) return AGAIN_MS.failed;
  const runs = [...state.revisions.values()].some(([newest]) => newest?.status.startsWith('pending'));
  return runs ? AGAIN_MS.running : AGAIN_MS.known;
}
