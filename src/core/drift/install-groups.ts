import { dirname } from 'node:path';
import type { Clock } from '../base/clock';
import type { Disposable } from '../base/lifetime';
import { textAt } from '../base/json';
import type { Cluster } from '../cluster/api';
import type { Application, HelmInstall } from '../gitops/application';
import { helmInstall, releaseKey, type ReleaseName } from '../gitops/helm-install';
import type { StoredRelease } from '../gitops/helm-stored';
import { describeRef, objectId } from '../kube/identity';
import type { Manifest } from '../manifests/document';
import { readDocuments } from '../manifests/documents';
import { parseManifests } from '../manifests/parse';
import { chartsAmong } from './chart-folders';
import type { FolderSource } from './folder-source';
import type { PreparedGroup } from './group-reader';
import type { Group } from './groups';
import { appliedRelease } from '../gitops/applied-release';
import { HelmRecords } from './helm-records';
import { FLUX_LABEL, ReleaseCharts } from './release-charts';
import type { StoredReleases } from './stored-releases';

/** A release that people or pipelines made, and what of it is here: its chart, or files that name its objects. */
export interface InstallGroup extends Group {
  readonly application: HelmInstall;
  /** Folder of its chart, absolute; `undefined`: it has no source here. */
  readonly chart: string | undefined;
  /** Where it has none: manifests that name its objects. */
  readonly written: readonly Manifest[];
}

export interface Installs {
  readonly groups: readonly InstallGroup[];
  /** By plain folder: the ids (`objectId`) of what is a release's. */
  readonly taken: ReadonlyMap<PreparedGroup, ReadonlySet<string>>;
}

/** The releases of Helm that have to do with a repository: by marks on the live objects that its files name, and by its charts. */
export class InstallGroups implements Disposable {
  readonly #records: HelmRecords;
  readonly #charts: ReleaseCharts;
  readonly #stored: StoredReleases;
  readonly #cluster: Pick<Cluster, 'namespace'>;
  /** Objects of files that no controller applies, and the release whose mark they have in the cluster. */
  #marks: ReadonlyMap<string, ReleaseName> = new Map();
  readonly #objects = new WeakMap<StoredRelease, ReadonlySet<string>>();

  constructor(cluster: Cluster, clock: Clock, stored: StoredReleases, onMore: () => void) {
    this.#cluster = cluster;
    this.#records = new HelmRecords(cluster, clock, onMore);
    this.#charts = new ReleaseCharts(cluster, onMore);
    this.#stored = stored;
  }

  /** What the last run saw of marks. True: that is news, and the next run finds other releases. */
  marked(marks: ReadonlyMap<string, ReleaseName>): boolean {
    const same = marks.size === this.#marks.size && [...marks].every(([id, release]) => {
      const before = this.#marks.get(id);
      return before !== undefined && releaseKey(before) === releaseKey(release);
    });
    if (!same) this.#marks = marks;
    return !same;
  }

  /** What the store tells of. */
  changed(touched: ReadonlySet<string> | 'all'): void {
    if (touched === 'all' || [...touched].some(id => this.#marks.has(id))) this.#records.doubt();
  }

  find(folder: FolderSource, prepared: readonly PreparedGroup[], applications: readonly Application[]): Installs {
    const plain = prepared.filter(({ application }) => application === undefined);
    const charts = this.#chartsIn(folder);
    const marked = new Map([...this.#marks.values()].map(release => [releaseKey(release), release]));
    this.#records.want(new Set([...[...marked.values()].map(({ namespace }) => namespace), ...(charts.size > 0 ? [this.#cluster.namespace] : [])]), charts.size > 0);
    const flux = new Set(applications.flatMap(one => (one.kind === 'HelmRelease' ? [one.release.name, one.history[0]?.name ?? ''].map(name => releaseKey({ name, namespace: one.storageNamespace ?? '' })) : [])));
    const all = charts.size > 0 ? this.#records.releases() : [];
    for (const [newest] of all) if (newest && !flux.has(releaseKey(newest))) marked.set(releaseKey(newest), { name: newest.name, namespace: newest.namespace });
    const found = [...marked].flatMap(([key, release]) => (flux.has(key) ? [] : (this.#group(release, { folder, plain, charts }) ?? [])));
    this.#charts.keep(all.flatMap(history => appliedRelease({ history })?.revision ?? []));
    const taken = new Map<PreparedGroup, Set<string>>();
    for (const { ids } of found) for (const group of plain) for (const { ref } of group.entries) if (ids.has(objectId(ref))) taken.set(group, (taken.get(group) ?? new Set()).add(objectId(ref)));
    return { groups: found.map(({ group }) => group), taken };
  }

  forget(): void {
    this.#charts.forget();
    this.#records.doubt();
  }

  async settled(): Promise<number> {
    const counts = await Promise.all([this.#records.settled(), this.#charts.settled()]);
    return counts.reduce((sum, count) => sum + count, 0);
  }

  dispose(): void {
    this.#records.dispose();
  }

  /** `ids` are those of objects that files name. `undefined`: nothing of it is here, or not yet known. */
  #group(release: ReleaseName, here: Here): { readonly group: InstallGroup; readonly ids: ReadonlySet<string> } | undefined {
    const known = this.#records.of(release);
    if (known.kind === 'loading') return undefined;
    if (known.kind === 'unknown') return this.#without(helmInstall(release, [], known.reason), here, this.#markedOf(release));
    if (known.history.length === 0) return this.#without(helmInstall(release, [], NO_RECORD), here, this.#markedOf(release));
    const application = helmInstall(release, known.history, undefined);
    const applied = appliedRelease(application);
    const made = applied && here.charts.size > 0 ? this.#charts.of(applied.revision) : null;
    if (!applied || made === undefined || made?.byFlux === true) return undefined;
    const charts = made ? (here.charts.get(made.name) ?? []) : [];
    const state = charts.length === 0 && this.#markedOf(release).size === 0 ? undefined : this.#stored.of(release.namespace, applied.revision);
    if (!state || state.kind === 'loading') return undefined;
    if (state.kind === 'unknown') return this.#without(application, here, this.#markedOf(release));
    const [chart] = charts;
    if (chart !== undefined) return { group: { application, chart, written: [], folder: chart, files: [], evidence: chartEvidence(application, state.release, charts), doubt: undefined }, ids: NOTHING };
    return state.release.manifest.includes(FLUX_LABEL) ? undefined : this.#without(application, here, this.#objectsOf(state.release), state.release);
  }

  /** A release that has no source here: what files have of it. */
  #without(application: HelmInstall, { plain }: Here, ids: ReadonlySet<string>, stored?: StoredRelease): { readonly group: InstallGroup; readonly ids: ReadonlySet<string> } | undefined {
    const written = plain.flatMap(({ entries }) => entries.flatMap(({ ref, manifest }) => (ids.has(objectId(ref)) ? [manifest] : [])));
    const [first] = written;
    if (!first) return undefined;
    const files = [...new Set(written.map(({ file }) => file))];
    return { group: { application, chart: undefined, written, folder: dirname(first.file), files, evidence: fileEvidence(application, stored), doubt: undefined }, ids };
  }

  #markedOf(release: ReleaseName): ReadonlySet<string> {
    return new Set([...this.#marks].flatMap(([id, other]) => (releaseKey(other) === releaseKey(release) ? [id] : [])));
  }

  /** With and without the release's namespace, which Helm gives to what has none and takes one. */
  #objectsOf(release: StoredRelease): ReadonlySet<string> {
    const kept = this.#objects.get(release);
    if (kept) return kept;
    const ids = new Set(parseManifests('', release.manifest, 'K2').manifests.flatMap(({ ref }) => [objectId(ref), objectId({ ...ref, namespace: ref.namespace ?? release.namespace })]));
    this.#objects.set(release, ids);
    return ids;
  }

  /** Folders of charts, by what they call themselves. */
  #chartsIn({ index }: FolderSource): ReadonlyMap<string, readonly string[]> {
    const found = new Map<string, string[]>();
    for (const file of chartsAmong(index.files())) {
      const name = textAt(readDocuments(index.text(file) ?? '', 'K2')[0]?.root?.value, 'name');
      if (name) found.set(name, [...(found.get(name) ?? []), dirname(file)]);
    }
    return found;
  }
}

interface Here {
  readonly folder: FolderSource;
  readonly plain: readonly PreparedGroup[];
  readonly charts: ReadonlyMap<string, readonly string[]>;
}

const NOTHING: ReadonlySet<string> = new Set();
/** Helm's objects keep their marks where it leaves them behind. */
const NO_RECORD = 'no Secret or ConfigMap holds a record of the release: Helm keeps it in a database (HELM_DRIVER=sql), where what was applied cannot be read, or has uninstalled it and left this object';

const revisionText = ({ history }: HelmInstall): string => (appliedRelease({ history })?.revision.revision ?? 0).toString();

function chartEvidence(application: HelmInstall, { chart }: StoredRelease, folders: readonly string[]): string[] {
  return [
    `${describeRef(application.ref)} was made of chart ${chart.name} ${chart.version}, as Helm recorded in revision ${revisionText(application)}, and a chart of that name is here${folders.length > 1 ? `, ${folders.length} even: it is compared with the first` : ''}`,
    'what it applied is the release that Helm stored in the cluster; what Git would make of it is rendered with the values that Helm was given for it, as no file says which ones the next upgrade gets',
  ];
}

function fileEvidence(application: HelmInstall, stored: StoredRelease | undefined): string[] {
  const objects = stored === undefined ? undefined : parseManifests('', stored.manifest, 'K2').manifests.length;
  return [
    `${describeRef(application.ref)} has no source in this repository: ${stored ? `no chart here is called ${stored.chart.name}` : 'which chart it was made of is not known'}`,
    `files here name objects that have its mark${objects === undefined ? '' : `, of ${objects} that it has`}; what it applied is the release that Helm stored in the cluster`,
  ];
}
