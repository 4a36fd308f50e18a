import { posix } from 'node:path';
import { isObject, sameJson, type JsonObject } from '../base/json';
import { stringifyJson } from '../base/json-text';
import type { Manifest } from '../manifests/document';
import { readDocuments } from '../manifests/documents';
import type { Path } from '../kube/path';
import { chartFiles } from './chart-files';
import { askedVersions, isUnsteady, type Served } from './chart-needs';
import { chartTrace } from './chart-trace';
import type { ChartObjects, ChartRequest } from './helm-chart';
import type { HelmTool } from './helm-tool';
import { notRendered } from './not-rendered';
import { textOf } from './reach';
import type { RootObjects } from './root-objects';
import type { Steps } from './sites';
import type { Tree } from './tree';
import { mergedMaps } from './value-maps';

export interface ChartRoot {
  readonly request: ChartRequest;
  /** Value files that are not there are left out. */
  readonly ignoreMissing: boolean;
  /** Value files, from the top of the tree, that together take the place of the chart's own; empty: they do not. */
  readonly defaults: readonly string[];
  /** As `ChartTraceParts`; absent: nowhere. */
  readonly given?: (steps: Steps) => Path | undefined;
  /** Everything in the chart's folder, from the top of the tree. */
  readonly paths: readonly string[];
  readonly served: Served;
  /** Absolute path of the tree. */
  readonly top: string;
}

export type ChartRendering =
  | (Extract<RootObjects, { readonly kind: 'rendered' }> & {
      /** Everything that was given to Helm, by path. */
      readonly inputs: ReadonlyMap<string, Uint8Array>;
      /** What a second rendering made of those of `manifests` that came out otherwise. */
      readonly again: ReadonlyMap<Manifest, Manifest | undefined>;
    })
  | Extract<RootObjects, { readonly kind: 'failed' }>;

/** What `helm template` makes of a chart in a tree. */
export class ChartRoots {
  readonly #helm: HelmTool;

  constructor(helm: HelmTool) {
    this.#helm = helm;
  }

  /** What is wrong is in the answer. Rejects with the signal's reason. */
  async render(tree: Tree, root: ChartRoot, signal: AbortSignal): Promise<ChartRendering> {
    const { request, served, top } = root;
    const asked = [...root.defaults, ...request.values.flatMap(value => (value.kind === 'file' ? [value.path] : [])), ...request.setFiles.map(({ path }) => path)];
    // Beside its own folder.
    const seen = new Set(asked);
    const failed = (cause: string, file = posix.join(request.folder, 'Chart.yaml')): Extract<RootObjects, { readonly kind: 'failed' }> => ({ ...notRendered(file, cause), seen });
    const helm = await this.#helm.find(signal);
    if (!helm) return { ...failed('no helm was found on PATH (the setting plumbline.helm.path names one)'), noHelm: true };
    const outside = asked.find(path => path === '..' || path.startsWith('../'));
    if (outside !== undefined) return failed(`${outside} leads out of the repository`);
    const read = await chartFiles(tree, [...new Set([...root.paths, ...asked])], signal);
    if (read.kind === 'unreadable') return failed(`the file ${read.file} ${read.reason}`, read.file);
    const files = withDefaults(read.files, root);
    if ('missing' in files) return failed(`its value file ${files.missing} is not there, or is no map of values`);
    const versions = askedVersions(files, served);
    if (!versions) return failed('it asks for versions of the API by computed names (.Capabilities.APIVersions)');
    const values = request.values.filter(value => value.kind === 'text' || !root.ignoreMissing || files.has(value.path));
    const whole = { ...request, values, apiVersions: [...request.apiVersions, ...versions] };
    const first = await helm.charts.render(whole, files, top, signal);
    if (first.kind === 'failed') return { ...first, seen };
    const again = isUnsteady(files) ? differing(first.manifests, await helm.charts.render({ ...whole, again: true }, files, top, signal)) : new Map<Manifest, Manifest>();
    return { kind: 'rendered', yaml: first.yaml, manifests: first.manifests, uncertain: new Set(again.keys()), files: new Set(read.files.keys()), seen, by: `rendered by helm ${helm.version} (${helm.program})`, inputs: files, again, trace: () => chartTrace({ request: whole, files: read.files, defaults: root.defaults, given: root.given ?? nowhere, manifests: first.manifests, top, render: other => helm.charts.render(other, files, top, NEVER) }) };
  }
}

const nowhere = (): undefined => undefined;

/** What is found out is kept, whoever asked first: Helm's own time limit ends it. */
const NEVER = new AbortController().signal;

/** What came out otherwise the second time. */
function differing(first: readonly Manifest[], second: ChartObjects): ReadonlyMap<Manifest, Manifest | undefined> {
  const others = second.kind === 'rendered' ? second.manifests : [];
  return new Map(first.flatMap((manifest, i) => (sameJson(manifest.object, others[i]?.object) ? [] : [[manifest, others[i]] as const])));
}

/** With the values that take the place of the chart's own, as source-controller packs a chart. */
function withDefaults(files: ReadonlyMap<string, Uint8Array>, { defaults, ignoreMissing, request }: ChartRoot): ReadonlyMap<string, Uint8Array> | { readonly missing: string } {
  if (defaults.length === 0) return files;
  let values: JsonObject = {};
  for (const path of defaults) {
    const bytes = files.get(path);
    if (!bytes && ignoreMissing) continue;
    const value = bytes && (readDocuments(textOf(bytes), 'K2')[0]?.root?.value ?? {});
    if (!isObject(value)) return { missing: path };
    values = mergedMaps(values, value);
  }
  return new Map([...files, [posix.join(request.folder, 'values.yaml'), Buffer.from(stringifyJson(values))]]);
}
