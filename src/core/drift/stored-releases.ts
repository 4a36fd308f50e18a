import type { Clock } from '../base/clock';
import type { Cluster } from '../cluster/api';
import { isClusterError } from '../cluster/errors';
import type { HelmRevision } from '../gitops/application';
import { recordOf } from '../gitops/helm-install';
import { readStoredRelease, type StoredRelease } from '../gitops/helm-stored';
import { describeRef, objectId, type ObjectRef } from '../kube/identity';

/** What is known of one revision of a release. `reason` is one sentence, without a full stop. */
export type ReleaseState =
  | { readonly kind: 'loading' }
  | { readonly kind: 'known'; readonly release: StoredRelease }
  | { readonly kind: 'unknown'; readonly reason: string };

/** What could not be read is asked for again after so many milliseconds, when somebody looks; what may not be read, later. */
const AGAIN_MS = { failed: 5_000, denied: 60_000 } as const;
/** Revisions that are kept; a release may be megabytes. */
const MAX_KEPT = 50;

interface Kept {
  readonly state: ReleaseState;
  readonly reading: Promise<void>;
  /** When to ask again; never for what does not change. */
  readonly until: number;
}

/** Helm's records of what it applied, each read once by its name: none is listed, and none read that nobody asks for. A revision never changes but for its status. */
export class StoredReleases {
  readonly #cluster: Pick<Cluster, 'get'>;
  readonly #clock: Clock;
  readonly #onArrival: () => void;
  readonly #kept = new Map<string, Kept>();
  #news = 0;

  constructor(cluster: Pick<Cluster, 'get'>, clock: Clock, onArrival: () => void) {
    this.#cluster = cluster;
    this.#clock = clock;
    this.#onArrival = onArrival;
  }

  /** `namespace` is where the record is kept. */
  of(namespace: string | undefined, revision: Pick<HelmRevision, 'name' | 'revision' | 'storedIn'>): ReleaseState {
    const ref = recordOf(namespace, revision);
    const id = objectId(ref);
    const kept = this.#kept.get(id);
    if (kept && kept.until > this.#clock.now()) return kept.state;
    this.#ask(ref, id);
    return kept?.state ?? { kind: 'loading' };
  }

  /** Fulfilled, with how many answers were news, once each record that was asked for has come or could not be read. */
  async settled(): Promise<number> {
    await Promise.all([...this.#kept.values()].map(({ reading }) => reading));
    return this.#news;
  }

  /** What could not be read is asked for again at once. */
  forget(): void {
    for (const [id, { state }] of this.#kept) if (state.kind === 'unknown') this.#kept.delete(id);
  }

  #ask(ref: ObjectRef, id: string): void {
    const before = this.#kept.get(id)?.state ?? { kind: 'loading' };
    const reading = this.#read(ref).then(({ state, until }) => {
      this.#kept.set(id, { state, reading, until });
      // Asked again in vain is none: whoever waits for all news would wait for ever.
      if (state.kind === 'unknown' && before.kind === 'unknown' && before.reason === state.reason) return;
      this.#news++;
      this.#onArrival();
    });
    this.#kept.set(id, { state: before, reading, until: Number.POSITIVE_INFINITY });
    const oldest = this.#kept.keys().next();
    if (this.#kept.size > MAX_KEPT && !oldest.done) this.#kept.delete(oldest.value);
  }

  async #read(ref: ObjectRef): Promise<{ readonly state: ReleaseState; readonly until: number }> {
    const what = `Helm's record of the release, ${describeRef(ref)},`;
    const unknown = (reason: string, wait: number): { readonly state: ReleaseState; readonly until: number } => ({ state: { kind: 'unknown', reason: `${what} ${reason}` }, until: this.#clock.now() + wait });
    try {
      const record = await this.#cluster.get(ref);
      if (!record) return unknown('is not there: it was deleted, or Helm keeps its records elsewhere', AGAIN_MS.failed);
      const read = await readStoredRelease(record);
      return read.kind === 'known' ? { state: read, until: Number.POSITIVE_INFINITY } : unknown(`cannot be read: ${read.reason}`, AGAIN_MS.denied);
    } catch (error) {
      const denied = isClusterError(error) && (error.kind === 'denied' || error.kind === 'unauthenticated');
      return unknown(denied ? 'may not be read by this user' : `could not be read: ${error instanceof Error ? error.message : 'unknown error'}`, denied ? AGAIN_MS.denied : AGAIN_MS.failed);
    }
  }
}
