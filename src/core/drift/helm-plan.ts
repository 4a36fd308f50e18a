import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { fromEntries, type JsonObject } from '../base/json';
import { stringifyJson } from '../base/json-text';
import type { Cluster } from '../cluster/api';
import { sameRemote } from '../git/urls';
import type { FluxHelmRelease, HelmRevision } from '../gitops/application';
import { appliedRelease } from '../gitops/applied-release';
import { helmAsked, type HelmAsked } from '../gitops/helm-asked';
import type { StoredRelease } from '../gitops/helm-stored';
import { mergedValues, type MergedValues } from '../gitops/helm-values';
import type { ObjectRef } from '../kube/identity';
import type { Manifest, MapNode, Range } from '../manifests/document';
import { rooted } from '../manifests/locate';
import { parseManifests } from '../manifests/parse';
import type { Builder, Recipe } from './builder';
import { chartReads, templatesOf } from './chart-folders';
import { clusterData } from './cluster-data';
import type { FolderSource } from './folder-source';
import { aheadOf } from './helm-ahead';
import { HelmCharts } from './helm-charts';
import type { HelmGroup } from './helm-groups';
import type { InstallGroup } from './install-groups';
import { InstallPlans } from './install-plan';
import type { GroupObjects, Plan } from './plan';
import { elsewhere } from './facts';
import type { ManifestsAt } from './revisions';
import type { ReleaseState, StoredReleases } from './stored-releases';

/** What is not rendered, and why not: one sentence, without a full stop; `undefined`: because the chart is nowhere here. */
interface NotRendered {
  readonly why: string | undefined;
}

/**
 * What a HelmRelease applies: the release that Helm stored. Where its chart lies in this repository and can be rendered, what Git
 * asks for is that, and the stored release is what was applied; else both are the stored release, told at the HelmRelease.
 */
export class HelmPlans {
  readonly #stored: StoredReleases;
  readonly #cluster: Cluster;
  readonly #builder: Builder;
  readonly #charts: HelmCharts;
  readonly #installs: InstallPlans;
  /** The same objects again for the same release at the same place, so that nobody judges them anew. */
  readonly #objects = new WeakMap<StoredRelease, { readonly declared: Manifest; readonly manifests: readonly Manifest[] }>();

  constructor(stored: StoredReleases, builder: Builder, cluster: Cluster) {
    this.#stored = stored;
    this.#cluster = cluster;
    this.#builder = builder;
    this.#charts = new HelmCharts(cluster);
    this.#installs = new InstallPlans(stored, builder, this.#charts);
  }

  plan(group: HelmGroup | InstallGroup, source: FolderSource): Plan {
    if ('written' in group) return this.#installs.plan(group, source);
    const { application, declared } = group;
    const applied = appliedRelease(application);
    const state: ReleaseState | undefined = application.remoteCluster !== undefined ? { kind: 'unknown', reason: elsewhere(application.remoteCluster) } : applied && this.#stored.of(application.storageNamespace, applied.revision);
    const stored = state?.kind === 'known' ? state.release : undefined;
    const asked = this.#asked(application, declared.object);
    const work = { group, source, state };
    return {
      ...this.#background(work),
      refs: asked.valuesFrom.flatMap(({ kind, name }): ObjectRef[] => (kind === 'ConfigMap' || kind === 'Secret' ? [{ apiVersion: 'v1', kind, namespace: application.ref.namespace, name }] : [])),
      doubt: applied?.doubt,
      now: (saved, signal) => this.#now(work, saved, signal),
      at: (revision, signal) => this.#at(work, revision, signal),
      applied: () => Promise.resolve(this.#applied(stored, state, declared)),
    };
  }

  /** What is rendered takes its time. */
  #background(work: Work): Pick<Plan, 'key' | 'reads'> {
    const { group: { declared, saved }, state } = work;
    if (state && state.kind !== 'known') return {};
    const objects = [declared.object, saved()].filter(object => object !== null);
    const orders = objects.flatMap(object => {
      const order = this.#order(work, object);
      return 'why' in order ? [] : [order];
    });
    if (orders.length === 0) return {};
    const { file, document, range } = declared;
    return {
      key: createHash('sha256').update(stringifyJson([...objects, ...orders.flatMap(({ recipe, folder }) => [recipe.key, folder]), file, document, range.start, range.end])).digest('hex'),
      reads: () => Promise.resolve(chartReads(orders.map(({ folder }) => folder), [file], work.source)),
    };
  }

  #applied(stored: StoredRelease | undefined, state: ReleaseState | undefined, declared: Manifest): ManifestsAt {
    if (stored) return { kind: 'known', manifests: this.#manifests(stored, declared) };
    return state ? { kind: 'unknown', reason: reasonOf(state) } : NOTHING_APPLIED;
  }

  async #now(work: Work, saved: boolean, signal: AbortSignal): Promise<GroupObjects> {
    const { group, state } = work;
    const { application, declared } = group;
    if (state && state.kind !== 'known') return unread(application.inventory, declared, reasonOf(state));
    const object = saved ? group.saved() : declared.object;
    if (object === null) return { kind: 'rendered', manifests: [], undecided: new Map(), files: new Set() };
    const order = this.#order(work, object);
    if ('why' in order) return this.#asApplied(work, order.why, undefined);
    const built = await this.#builder.now({ folder: order.folder, files: [] }, work.source, order.recipe, saved, signal);
    const seen = built.seen && { seen: new Set([...built.seen, declared.file]) };
    if (built.kind === 'rendered') return { ...built, ...seen, files: new Set([...built.files, declared.file]) };
    // The text that is not saved may be what is wrong.
    return saved ? built : this.#asApplied(work, built.reason, { ...seen, problems: built.noHelm ? templatesOf(order.folder, work.source.index.files()) : built.problems });
  }

  /** What was applied, for want of what Git asks for. */
  #asApplied({ group: { application, declared }, state }: Work, why: string | undefined, trouble: Pick<Extract<GroupObjects, { readonly kind: 'failed' }>, 'problems' | 'seen'> | undefined): GroupObjects {
    const stored = state?.kind === 'known' ? state.release : undefined;
    const values = this.#values(this.#asked(application, declared.object), application);
    const ahead = stored && aheadOf(this.#asked(application, declared.object), values, stored);
    const told = [ahead, why].filter(one => one !== undefined);
    return {
      kind: 'rendered',
      manifests: stored ? this.#manifests(stored, declared) : [],
      undecided: new Map(),
      files: new Set(),
      ...(told.length > 0 && { ahead: told.join('; ') }),
      ...trouble,
    };
  }

  async #at(work: Work, revision: string, signal: AbortSignal): Promise<ManifestsAt> {
    // Nothing is rendered for what nobody can compare.
    if (work.state && work.state.kind !== 'known') return { kind: 'unknown', reason: reasonOf(work.state) };
    if ('why' in this.#order(work, work.group.declared.object)) return NOT_RENDERED;
    const declared = await work.group.at(revision, signal);
    if (declared.kind === 'unknown') return declared;
    if (declared.object === undefined) return { kind: 'known', manifests: [] };
    const order = this.#order(work, declared.object);
    return 'why' in order ? NOT_RENDERED : this.#builder.at(revision, { folder: order.folder, files: [] }, work.source, order.recipe);
  }

  /** How the chart that this HelmRelease names is rendered, from this repository. */
  #order({ group, source, state }: Work, object: JsonObject): { readonly recipe: Recipe; readonly folder: string } | NotRendered {
    const { application, declared } = group;
    const { repository, facts } = source;
    const asked = this.#asked(application, object);
    const { git: chart } = asked;
    const { chartSource } = application;
    if (!chart || !chartSource || !repository || !facts.remotes.some(({ url }) => sameRemote(url, chartSource.url))) return { why: undefined };
    if (chart.source.name !== chartSource.ref.name || chart.source.namespace !== chartSource.ref.namespace) return { why: 'its chart is not rendered: Git takes it from another source than the cluster does' };
    const moved = appliedRelease(application);
    if (moved && isMoved(asked, moved.revision)) return { why: 'its chart is not rendered: Git gives the release another name or namespace, so that the next run uninstalls this one and installs another' };
    if (asked.notComputed.length > 0) return { why: `its chart is not rendered: ${asked.notComputed.join(', ')}` };
    const merged = this.#values(asked, application);
    if (merged.kind === 'unknown') return { why: `its chart is not rendered: its values are not known: ${merged.reason}` };
    const stored = state?.kind === 'known' ? state.release : undefined;
    return { recipe: this.#charts.recipe({ application, file: declared.file, asked, chart, values: merged.values, secrets: merged.secrets, stored }, source), folder: join(repository.root, chart.folder) };
  }

  #asked({ ref }: FluxHelmRelease, object: JsonObject): HelmAsked {
    return helmAsked(object, ref.namespace ?? '');
  }

  #values({ values, valuesFrom }: HelmAsked, { ref }: FluxHelmRelease): MergedValues {
    return mergedValues(values, valuesFrom, (kind, name) => (kind === 'ConfigMap' || kind === 'Secret' ? clusterData(this.#cluster, kind, ref.namespace, name) : { kind: 'unreadable' }));
  }

  #manifests(release: StoredRelease, declared: Manifest): readonly Manifest[] {
    const kept = this.#objects.get(release);
    if (kept?.declared === declared) return kept.manifests;
    const manifests = parseManifests('', release.manifest, 'K2').manifests.map(manifest => toldAt(manifest, declared));
    this.#objects.set(release, { declared, manifests });
    return manifests;
  }
}

interface Work {
  readonly group: HelmGroup;
  readonly source: FolderSource;
  readonly state: ReleaseState | undefined;
}

const NOT_RENDERED: ManifestsAt = { kind: 'unknown', reason: 'what Helm makes of this commit is not rendered' };
const NOTHING_APPLIED: ManifestsAt = { kind: 'known', manifests: [] };

/** Names that are too long for Helm are shortened by the controller: such a one says nothing. */
const isMoved = ({ release }: HelmAsked, { name, namespace }: HelmRevision): boolean => (release.name.length <= 53 && release.name !== name) || (namespace !== '' && release.namespace !== namespace);

function reasonOf(state: ReleaseState): string {
  return state.kind === 'unknown' ? state.reason : 'the release is being read';
}

/** Without its record nothing is known of what a release holds, but that it holds it. */
function unread(inventory: readonly ObjectRef[], declared: Manifest, reason: string): GroupObjects {
  if (inventory.length === 0) return { kind: 'failed', reason, problems: new Map() };
  const known = inventory.map(ref => named(ref, declared));
  return { kind: 'rendered', manifests: known, undecided: new Map(known.map(manifest => [manifest, reason])), files: new Set() };
}

/** An object of which no more is known than that it is there. */
function named(ref: ObjectRef, declared: Manifest): Manifest {
  const { apiVersion, kind, name, namespace } = ref;
  return toldAt({ file: '', document: 1, ref, object: { apiVersion, kind, metadata: fromEntries([['name', name], ...(namespace === undefined ? [] : [['namespace', namespace] as const])]) }, ...rooted(told(declared.range)) }, declared);
}

/** Nothing of the object stands in the file: what differs is told where the HelmRelease gives the values, else where it names the chart. */
function toldAt(manifest: Manifest, declared: Manifest): Manifest {
  return { ...manifest, file: declared.file, document: declared.document, ...rooted(told(placeIn(declared.root))), rendered: true };
}

/** A map in which nothing is found: whatever is looked for is told at its only key. */
function told(range: Range): MapNode {
  return { kind: 'map', flow: true, pairs: [{ key: '', keyRange: range, node: { kind: 'scalar', style: 'plain', range, value: '' } }], range, value: {} };
}

function placeIn(root: MapNode): Range {
  const spec = root.pairs.find(({ key }) => key === 'spec');
  const node = spec?.node.kind === 'alias' ? spec.node.target : spec?.node;
  const below = node?.kind === 'map' ? ['values', 'chart', 'chartRef'].flatMap(key => node.pairs.find(pair => pair.key === key)?.keyRange ?? [])[0] : undefined;
  return below ?? spec?.keyRange ?? root.pairs[0]?.keyRange ?? root.range;
}
