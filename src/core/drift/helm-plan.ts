import { at, fromEntries, isObject, sameJson, type JsonObject } from '../base/json';
import type { FluxHelmRelease, HelmRevision } from '../gitops/application';
import { exactVersion } from '../gitops/helm-release';
import type { StoredRelease } from '../gitops/helm-stored';
import type { ObjectRef } from '../kube/identity';
import type { Manifest, MapNode, Range } from '../manifests/document';
import { rooted } from '../manifests/locate';
import { parseManifests } from '../manifests/parse';
import type { GroupObjects, Plan } from './plan';
import { elsewhere } from './facts';
import type { ReleaseState, StoredReleases } from './stored-releases';

/** The revision of a release that is in the cluster, and why that is not certain. */
export interface AppliedRelease {
  readonly revision: HelmRevision;
  /** One sentence, without a full stop. */
  readonly doubt: string | undefined;
}

/** Helm patches from the last revision that was deployed, also after newer ones failed. `undefined`: nothing is installed. */
export function appliedRelease({ history }: Pick<FluxHelmRelease, 'history'>): AppliedRelease | undefined {
  const [newest] = history;
  if (!newest || /^uninstall/.test(newest.status)) return undefined;
  const revision = history.find(({ status }) => status === 'deployed') ?? newest;
  return { revision, doubt: newest.status === 'deployed' ? undefined : `revision ${newest.revision} of the release is ${newest.status.replace('-', ' ')}` };
}

/** What a HelmRelease applies: the objects of the stored release, told at the HelmRelease that is written in a file. */
export class HelmPlans {
  readonly #stored: StoredReleases;
  /** The same objects again for the same release at the same place, so that nobody judges them anew. */
  readonly #objects = new WeakMap<StoredRelease, { readonly declared: Manifest; readonly manifests: readonly Manifest[] }>();

  constructor(stored: StoredReleases) {
    this.#stored = stored;
  }

  plan(application: FluxHelmRelease, declared: Manifest): Plan {
    const applied = appliedRelease(application);
    const state: ReleaseState | undefined = application.remoteCluster !== undefined ? { kind: 'unknown', reason: elsewhere(application.remoteCluster) } : applied && this.#stored.of(application.storageNamespace, applied.revision.name, applied.revision.revision);
    return {
      refs: [],
      doubt: applied?.doubt,
      ahead: state?.kind === 'known' ? aheadOf(declared.object, application, state.release) : undefined,
      now: () => Promise.resolve(this.#now(application, declared, state)),
      at: () => Promise.resolve({ kind: 'unknown', reason: 'what Helm makes of this commit is not rendered' }),
      applied: () => Promise.resolve(state?.kind === 'known' ? { kind: 'known', manifests: this.#manifests(state.release, declared) } : { kind: 'unknown', reason: reasonOf(state) }),
    };
  }

  #now({ inventory }: FluxHelmRelease, declared: Manifest, state: ReleaseState | undefined): GroupObjects {
    const files: ReadonlySet<string> = new Set();
    if (!state) return { kind: 'rendered', manifests: [], undecided: new Map(), files };
    if (state.kind === 'known') return { kind: 'rendered', manifests: this.#manifests(state.release, declared), undecided: new Map(), files };
    const reason = reasonOf(state);
    if (inventory.length === 0) return { kind: 'failed', reason, problems: new Map() };
    const known = inventory.map(ref => named(ref, declared));
    return { kind: 'rendered', manifests: known, undecided: new Map(known.map(manifest => [manifest, reason])), files };
  }

  #manifests(release: StoredRelease, declared: Manifest): readonly Manifest[] {
    const kept = this.#objects.get(release);
    if (kept?.declared === declared) return kept.manifests;
    const manifests = parseManifests('', release.manifest, 'K2').manifests.map(manifest => toldAt(manifest, declared));
    this.#objects.set(release, { declared, manifests });
    return manifests;
  }
}

function reasonOf(state: ReleaseState | undefined): string {
  if (state?.kind === 'unknown') return state.reason;
  return state ? 'the release is being read' : 'nothing is installed';
}

/** Whether Git asks for something else than was applied. What that changes in the objects is not known without rendering the chart. */
function aheadOf(declared: JsonObject, { valuesFromElsewhere }: FluxHelmRelease, { values, chart }: StoredRelease): string | undefined {
  const wanted = at(declared, 'spec', 'values');
  const differs = !valuesFromElsewhere && !sameJson(isObject(wanted) ? wanted : {}, values);
  const version = exactVersion(declared);
  const newer = version !== undefined && version.replace(/^v/, '') !== chart.version.replace(/^v/, '') ? `chart version ${version}, and ${chart.version} was applied` : undefined;
  const found = [...(newer === undefined ? [] : [newer]), ...(differs ? ['other values than were applied'] : [])];
  return found.length === 0 ? undefined : `Git asks for ${found.join(', and for ')}: what the next upgrade changes is not rendered`;
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
