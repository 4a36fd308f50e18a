import { createHash } from 'node:crypto';
import { join, posix } from 'node:path';
import { isObject, textAt, type JsonObject } from '../base/json';
import type { GitChart, HelmAsked } from '../gitops/helm-asked';
import type { StoredRelease } from '../gitops/helm-stored';
import { textsIn } from '../gitops/helm-values';
import type { Manifest } from '../manifests/document';
import { readDocuments } from '../manifests/documents';
import { parseManifests } from '../manifests/parse';
import { chartFiles, filesOnDisk } from '../render/chart-files';
import { DiskTree } from '../render/disk-tree';
import { placedIn } from '../render/helm-chart';
import { textOf } from '../render/reach';
import { placesOf, type Builder, type Recipe } from './builder';
import { CHART_FILE, chartReads, templatesOf } from './chart-folders';
import type { FolderSource } from './folder-source';
import { chartAhead } from './helm-ahead';
import { appliedRelease } from '../gitops/applied-release';
import { sameTemplates, type HelmCharts } from './helm-charts';
import type { InstallGroup } from './install-groups';
import type { GroupObjects, Plan } from './plan';
import type { ManifestsAt } from './revisions';
import type { ReleaseState, StoredReleases } from './stored-releases';

/**
 * What a release applies that people or pipelines made: what Helm stored. Where its chart lies in this repository, its objects are
 * told at the templates that they come from; else it has no source here, and what is compared are files that name its objects.
 */
export class InstallPlans {
  readonly #stored: StoredReleases;
  readonly #builder: Builder;
  readonly #charts: HelmCharts;
  /** The same objects again for the same release, so that nobody judges them anew. */
  readonly #applied = new WeakMap<StoredRelease, readonly Manifest[]>();
  readonly #placed = new WeakMap<StoredRelease, { readonly key: string; readonly manifests: readonly Manifest[] }>();

  constructor(stored: StoredReleases, builder: Builder, charts: HelmCharts) {
    this.#stored = stored;
    this.#builder = builder;
    this.#charts = charts;
  }

  plan(group: InstallGroup, source: FolderSource): Plan {
    const { application, chart } = group;
    const applied = appliedRelease(application);
    const state: ReleaseState = applied ? this.#stored.of(application.storageNamespace, applied.revision) : { kind: 'unknown', reason: application.doubt ?? 'Helm has no record of the release' };
    const work = chart !== undefined && state.kind === 'known' ? { group, chart, source, stored: state.release } : undefined;
    return {
      ...(work && { key: this.#recipe(work).key, reads: () => Promise.resolve(chartReads([work.chart], [], source)) }),
      refs: [],
      doubt: applied?.doubt,
      now: (saved, signal) => (work ? this.#fromChart(work, saved, signal) : Promise.resolve(written(group, source, state, saved))),
      at: revision => (work ? this.#builder.at(revision, { folder: work.chart, files: [] }, source, this.#recipe(work)) : Promise.resolve(NOTHING_HERE)),
      applied: () => Promise.resolve(this.#recorded(state)),
    };
  }

  #recorded(state: ReleaseState): ManifestsAt {
    if (state.kind !== 'known') return { kind: 'unknown', reason: reasonOf(state) };
    const kept = this.#applied.get(state.release);
    if (kept) return { kind: 'known', manifests: kept };
    const { manifests } = parseManifests('', state.release.manifest, 'K2');
    this.#applied.set(state.release, manifests);
    return { kind: 'known', manifests };
  }

  /** What the next upgrade with the chart as it is here would apply, given the values that Helm was given last. */
  async #fromChart(work: Work, saved: boolean, signal: AbortSignal): Promise<GroupObjects> {
    const { chart, source } = work;
    const built = await this.#builder.now({ folder: chart, files: [] }, source, this.#recipe(work), saved, signal);
    return built.kind === 'rendered' || saved ? built : this.#asApplied(work, built, signal);
  }

  /** What was applied, for want of what Git would make of it. */
  async #asApplied({ chart, source, stored }: Work, trouble: Extract<GroupObjects, { readonly kind: 'failed' }>, signal: AbortSignal): Promise<GroupObjects> {
    const { top, inTree } = placesOf(source);
    const folder = inTree(chart);
    const read = await chartFiles(new DiskTree(top, path => source.index.text(path)), await filesOnDisk(top, folder), signal);
    const files = read.kind === 'files' ? read.files : new Map<string, Uint8Array>();
    const ahead = read.kind === 'files' ? aheadIn(files, folder, stored) : undefined;
    const told = [...(ahead === undefined ? [] : [ahead]), trouble.reason].join('; ');
    return { kind: 'rendered', manifests: this.#placedIn(stored, files, folder, top), undecided: new Map(), files: new Set(), ahead: told, problems: trouble.noHelm ? templatesOf(chart, source.index.files()) : trouble.problems, ...(trouble.seen && { seen: trouble.seen }) };
  }

  #recipe({ group: { application }, chart, source, stored }: Work): Recipe {
    const { values } = stored;
    const { inTree } = placesOf(source);
    const asked: HelmAsked = { chart: stored.chart, git: undefined, values, valuesFrom: [], release: application.release, postRenderers: [], commonMetadata: { labels: {}, annotations: {} }, crds: { install: 'Create', upgrade: 'Skip' }, skipSchema: false, notComputed: [] };
    const folder: GitChart = { source: application.release, folder: inTree(chart), valuesFiles: [], ignoreMissing: false, eachRevision: true };
    return this.#charts.recipe({ application, file: join(chart, CHART_FILE), asked, chart: folder, values, secrets: [...textsIn(values)], stored }, source);
  }

  #placedIn(release: StoredRelease, files: ReadonlyMap<string, Uint8Array>, folder: string, top: string): readonly Manifest[] {
    const hash = createHash('sha256').update(folder);
    for (const [path, bytes] of files) hash.update(`\0${path}\0${bytes.length}\0`).update(bytes);
    const key = hash.digest('hex');
    const kept = this.#placed.get(release);
    if (kept?.key === key) return kept.manifests;
    const manifests = placedIn(release.manifest, files, folder, top);
    this.#placed.set(release, { key, manifests });
    return manifests;
  }
}

interface Work {
  readonly group: InstallGroup;
  readonly chart: string;
  readonly source: FolderSource;
  readonly stored: StoredRelease;
}

const NOTHING_HERE: ManifestsAt = { kind: 'unknown', reason: 'nothing here says what Helm would apply at this commit' };

function reasonOf(state: Exclude<ReleaseState, { readonly kind: 'known' }>): string {
  return state.kind === 'unknown' ? state.reason : "Helm's record of the release is being read";
}

/** The manifests of these files that name objects of the release: Git's side, though nothing says that Helm takes them. */
function written({ written: manifests }: InstallGroup, { index }: FolderSource, state: ReleaseState, saved: boolean): GroupObjects {
  const now = saved ? manifests.flatMap(manifest => parseManifests(manifest.file, index.savedText(manifest.file) ?? '', 'K2').manifests.filter(other => other.document === manifest.document)) : manifests;
  const undecided = state.kind === 'known' ? new Map<Manifest, string>() : new Map(now.map(manifest => [manifest, reasonOf(state)]));
  return { kind: 'rendered', manifests: now, undecided, files: new Set(manifests.map(({ file }) => file)) };
}

function aheadIn(files: ReadonlyMap<string, Uint8Array>, folder: string, release: StoredRelease): string | undefined {
  const own = mapOf(files.get(posix.join(folder, CHART_FILE)));
  return chartAhead({ version: textAt(own, 'version') ?? '', values: mapOf(files.get(posix.join(folder, 'values.yaml'))), same: sameTemplates(files, folder, release) }, release);
}

function mapOf(bytes: Uint8Array | undefined): JsonObject {
  const value = bytes && readDocuments(textOf(bytes), 'K2')[0]?.root?.value;
  return isObject(value) ? value : {};
}
