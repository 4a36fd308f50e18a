import { createHash } from 'node:crypto';
import { join, posix } from 'node:path';
import { at, isObject, sameJson, textAt, type JsonObject } from '../base/json';
import { stringifyJson } from '../base/json-text';
import type { Cluster } from '../cluster/api';
import type { FluxHelmRelease, HelmInstall } from '../gitops/application';
import type { GitChart, HelmAsked } from '../gitops/helm-asked';
import type { StoredRelease } from '../gitops/helm-stored';
import { objectId } from '../kube/identity';
import { field, type Path } from '../kube/path';
import type { Manifest } from '../manifests/document';
import { readDocuments } from '../manifests/documents';
import { parseManifests } from '../manifests/parse';
import { looksAround } from '../render/chart-needs';
import type { ChartRendering } from '../render/chart-root';
import { afterwards } from '../render/chart-trace';
import type { ChartRequest } from '../render/helm-chart';
import { CHART_TROUBLE, notRendered } from '../render/not-rendered';
import { textOf } from '../render/reach';
import type { Renderer } from '../render/renderer';
import type { OnceRule, RootObjects } from '../render/root-objects';
import type { Steps } from '../render/sites';
import { pathOf } from '../render/spot-range';
import { placesOf, type Recipe } from './builder';
import type { FolderSource } from './folder-source';
import { postRendered, withMetadata } from './post-render';
import { servedBy } from './served';
import { settled } from './settled';

/** A chart in this repository, and what a HelmRelease, or people's Helm, makes of it. */
export interface ChartOrder {
  readonly application: FluxHelmRelease | HelmInstall;
  /** Where the HelmRelease is written, or the chart, absolute. */
  readonly file: string;
  readonly asked: HelmAsked;
  readonly chart: GitChart;
  /** With all that `valuesFrom` gives. */
  readonly values: JsonObject;
  /** Of them: for no eye. */
  readonly secrets: readonly string[];
  /** What was applied; `undefined`: nothing is installed. */
  readonly stored: StoredRelease | undefined;
}

/** How helm-controller renders charts that lie in a repository, before it gives them to Helm. */
export class HelmCharts {
  readonly #cluster: Pick<Cluster, 'version' | 'resource' | 'resources'>;
  /** By what Helm printed, and by what is made of it: the same objects again, so that nobody judges them anew. */
  readonly #finished = new WeakMap<readonly Manifest[], Map<string, RootObjects>>();

  constructor(cluster: Pick<Cluster, 'version' | 'resource' | 'resources'>) {
    this.#cluster = cluster;
  }

  recipe(order: ChartOrder, source: FolderSource): Recipe {
    const { application, asked, chart, stored } = order;
    const { top, inTree } = placesOf(source);
    const request = this.#request(order);
    const chartSource = application.kind === 'HelmRelease' ? application.chartSource : undefined;
    const key = createHash('sha256').update(stringifyJson([JSON.stringify(request), chartSource?.ignore ?? '', chart.valuesFiles.join('\0'), chart.ignoreMissing, [...asked.postRenderers], asked.commonMetadata.labels, asked.commonMetadata.annotations, stored?.name ?? '', stored?.revision ?? 0, application.ref.name, application.ref.namespace ?? ''])).digest('hex');
    return {
      // What its rules leave out is not in the artifact.
      ignore: chartSource === undefined ? () => false : source.ignoredFor({ source: chartSource }),
      unknown: 'its template gives other values each time it is rendered, or by what it finds in the cluster',
      decrypts: false,
      trouble: CHART_TROUBLE,
      wholeFolder: true,
      key,
      build: async (renderer, tree, paths, signal) => {
        if (!paths.includes(posix.join(chart.folder, 'Chart.yaml'))) return notRendered(inTree(order.file), `there is no chart in ${chart.folder || 'the repository'}`);
        const rendered = await renderer.chart(tree, { request, ignoreMissing: chart.ignoreMissing, defaults: chart.valuesFiles, paths, served: servedBy(this.#cluster), top, given: givenIn(order) }, signal);
        if (rendered.kind === 'failed') return { ...rendered, problems: rendered.problems.map(problem => ({ ...problem, message: without(problem.message, order.secrets) })) };
        const kept = this.#finished.get(rendered.manifests) ?? new Map<string, RootObjects>();
        this.#finished.set(rendered.manifests, kept);
        const before = kept.get(key);
        if (before) return before;
        const finished = await this.#finish(rendered, order, renderer, { file: inTree(order.file), top }, signal);
        kept.set(key, finished);
        return finished;
      },
    };
  }

  #request({ asked, chart, values, stored }: ChartOrder): ChartRequest {
    return {
      folder: chart.folder,
      release: asked.release.name,
      namespace: asked.release.namespace,
      values: Object.keys(values).length === 0 ? [] : [{ kind: 'text', text: stringifyJson(values) }],
      set: [],
      setFiles: [],
      // Neither is in Helm's record of what it applied.
      crds: false,
      hooks: false,
      skipTests: false,
      skipSchema: asked.skipSchema,
      upgrade: stored !== undefined,
      kubeVersion: this.#cluster.version,
      apiVersions: [],
    };
  }

  /** What is done to what Helm prints: patches, then labels. */
  async #finish(rendered: Extract<ChartRendering, { readonly kind: 'rendered' }>, { application, asked, chart, stored }: ChartOrder, renderer: Renderer, { file, top }: { readonly file: string; readonly top: string }, signal: AbortSignal): Promise<RootObjects> {
    const applied = new Map(stored ? parseManifests('', stored.manifest, 'K2').manifests.map(manifest => [objectId(manifest.ref), manifest.object] as const) : []);
    const open = new Set<string>();
    let manifests: readonly Manifest[] = rendered.manifests.map(manifest => {
      if (!rendered.again.has(manifest)) return manifest;
      const id = objectId(manifest.ref);
      const object = settled(manifest.object, rendered.again.get(manifest)?.object, applied.get(id));
      if (!isObject(object)) open.add(id);
      return isObject(object) ? { ...manifest, object } : manifest;
    });
    for (const kustomization of asked.postRenderers) {
      const done = await postRendered(renderer, manifests, kustomization, signal);
      if (typeof done === 'string') return notRendered(file, `spec.postRenderers: ${done}`);
      manifests = done;
    }
    const { kind, ref: { name, namespace = '' } } = application;
    if (kind === 'HelmRelease') manifests = withMetadata(manifests, { labels: { 'helm.toolkit.fluxcd.io/name': name, 'helm.toolkit.fluxcd.io/namespace': namespace }, annotations: {} });
    manifests = withMetadata(manifests, asked.commonMetadata);
    const looks = looksAround(rendered.inputs);
    const uncertain = manifests.filter(({ ref, object }) => open.has(objectId(ref)) || (looks && !sameJson(object, applied.get(objectId(ref)))));
    const { inputs, by } = rendered;
    const definitions = onceIn(inputs, chart.folder, top, asked, stored !== undefined);
    const ahead = kind === 'HelmRelease' ? waitsForVersion(inputs, chart, stored) : undefined;
    const { trace } = rendered;
    return { kind: 'rendered', ...(trace && { trace: async (stop: AbortSignal) => afterwards(await trace(stop), rendered.manifests, manifests, ({ ref }) => objectId(ref)) }), yaml: rendered.yaml, manifests: [...manifests, ...definitions.keys()], once: definitions, uncertain: new Set(uncertain), files: rendered.files, ...(rendered.seen && { seen: rendered.seen }), ...(ahead !== undefined && { ahead }), ...(by !== undefined && { by }) };
  }
}

/** Flux packs a chart anew only when it calls itself another version, unless each commit counts. */
function waitsForVersion(inputs: ReadonlyMap<string, Uint8Array>, { folder, eachRevision }: GitChart, stored: StoredRelease | undefined): string | undefined {
  const version = textAt(readDocuments(textOf(inputs.get(posix.join(folder, 'Chart.yaml')) ?? new Uint8Array()), 'K2')[0]?.root?.value, 'version');
  if (eachRevision || !stored || version === undefined || version !== stored.chart.version) return undefined;
  return sameTemplates(inputs, folder, stored) ? undefined : `the templates of its chart have changed and it still calls itself version ${version}: Flux takes that only with another version (spec.chart.spec.reconcileStrategy: ChartVersion)`;
}

/** Definitions in `crds/`, of charts inside this one, too, unless they are packed (helm `chart.CRDObjects`; helm-controller `applyCRDs`). */
function onceIn(inputs: ReadonlyMap<string, Uint8Array>, folder: string, top: string, { crds }: HelmAsked, installed: boolean): ReadonlyMap<Manifest, OnceRule> {
  const inside = folder === '' ? /^(?:charts\/[^/]+\/)*crds\/.+\.(?:ya?ml|json)$/ : /^\/(?:charts\/[^/]+\/)*crds\/.+\.(?:ya?ml|json)$/;
  const found = [...inputs].flatMap(([path, bytes]) => (path.startsWith(folder) && inside.test(path.slice(folder.length)) ? parseManifests(join(top, path), textOf(bytes), 'K2').manifests : []));
  const rule = onceRule(crds, installed);
  return new Map(found.map(manifest => [manifest, rule]));
}

function onceRule({ install, upgrade }: HelmAsked['crds'], installed: boolean): OnceRule {
  if (install === 'Skip' && upgrade === 'Skip') return { text: 'it lies in crds/, which is not installed (spec.install.crds: Skip)', expected: false };
  if (installed && upgrade === 'CreateReplace') return { text: 'it lies in crds/: an upgrade overwrites it (spec.upgrade.crds: CreateReplace), and nothing records what was applied', expected: true };
  return { text: 'it lies in crds/: Helm installs it where it is not there, and never changes it', expected: !installed || install !== 'Skip' || upgrade !== 'Skip' };
}

/** Where the HelmRelease gives a value: itself, or by what it refers to. What people gave to Helm stands nowhere. */
const givenIn = ({ application, asked }: ChartOrder) => (steps: Steps): Path | undefined => {
  if (application.kind === 'Helm release') return undefined;
  if (at(asked.values, ...steps) !== undefined) return [field('values'), ...pathOf(steps)];
  return asked.valuesFrom.length > 0 ? [field('valuesFrom')] : undefined;
};

/** Whether a chart has the templates that were applied. `files` are everything in its folder, from the top of the tree. */
export function sameTemplates(files: ReadonlyMap<string, Uint8Array>, folder: string, { templates }: StoredRelease): boolean {
  const below = posix.join(folder, 'templates/');
  const here = new Map([...files].flatMap(([path, bytes]) => (path.startsWith(below) ? [[posix.relative(folder, path), createHash('sha256').update(bytes).digest('hex')] as const] : [])));
  return here.size === templates.size && [...here].every(([path, hash]) => templates.get(path) === hash);
}

/** Templates may put anything into what they complain of. */
const without = (message: string, secrets: readonly string[]): string => secrets.filter(text => text.trim() !== '').sort((a, b) => b.length - a.length).reduce((text, secret) => text.replaceAll(secret, '***'), message);
