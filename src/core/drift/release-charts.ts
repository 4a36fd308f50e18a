import { Slots } from '../base/slots';
import type { Cluster } from '../cluster/api';
import type { HelmRevision } from '../gitops/application';
import { recordOf } from '../gitops/helm-install';
import { readStoredRelease } from '../gitops/helm-stored';
import { objectId, type ObjectRef } from '../kube/identity';

/** Records may be large: so many are read at once. */
const AT_ONCE = 4;
/** Of releases that are looked at for the charts in a repository. */
const MOST = 300;

/** What the record of a revision says that its labels do not. */
export interface ReleaseChart {
  readonly name: string;
  /** Its objects have the labels by which helm-controller knows its own. */
  readonly byFlux: boolean;
}

/** Which chart each release was made of: its record is read once, and let go of. */
export class ReleaseCharts {
  readonly #cluster: Pick<Cluster, 'get'>;
  readonly #onArrival: () => void;
  readonly #slots = new Slots(AT_ONCE);
  /** `undefined` while it is read; `null`: it could not be. */
  readonly #known = new Map<string, ReleaseChart | null | undefined>();
  readonly #reading = new Set<Promise<void>>();
  #asked = 0;

  constructor(cluster: Pick<Cluster, 'get'>, onArrival: () => void) {
    this.#cluster = cluster;
    this.#onArrival = onArrival;
  }

  /** `undefined` while that is not known, `null` where it cannot be found out. */
  of(revision: HelmRevision): ReleaseChart | null | undefined {
    const record = recordOf(revision.namespace, revision);
    const key = objectId(record);
    if (this.#known.has(key)) return this.#known.get(key);
    if (this.#known.size >= MOST) return null;
    this.#known.set(key, undefined);
    this.#asked++;
    const reading = this.#read(record).then(chart => {
      this.#known.set(key, chart);
      this.#reading.delete(reading);
      this.#onArrival();
    });
    this.#reading.add(reading);
    return undefined;
  }

  /** Only these are still of interest. */
  keep(revisions: readonly HelmRevision[]): void {
    const keys = new Set(revisions.map(revision => objectId(recordOf(revision.namespace, revision))));
    for (const [key, chart] of this.#known) if (chart !== undefined && !keys.has(key)) this.#known.delete(key);
  }

  /** What could not be read is asked for again. */
  forget(): void {
    for (const [key, chart] of this.#known) if (chart === null) this.#known.delete(key);
  }

  /** Fulfilled, with how many there were, once each record that was asked for has come or could not be read. */
  async settled(): Promise<number> {
    await Promise.all(this.#reading);
    return this.#asked;
  }

  async #read(ref: ObjectRef): Promise<ReleaseChart | null> {
    const slot = await this.#slots.take(NEVER);
    try {
      const record = await this.#cluster.get(ref);
      const read = record && (await readStoredRelease(record));
      return read?.kind === 'known' ? { name: read.release.chart.name, byFlux: read.release.manifest.includes(FLUX_LABEL) } : null;
    } catch {
      // Who may not read it is not told of a chart that it might be made of.
      return null;
    } finally {
      slot.dispose();
    }
  }
}

/** In what a post-renderer of helm-controller made of a release. */
export const FLUX_LABEL = 'helm.toolkit.fluxcd.io/name:';

const NEVER = new AbortController().signal;
