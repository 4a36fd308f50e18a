import { posix } from 'node:path';
import { sameJson } from '../base/json';
import type { Manifest } from '../manifests/document';
import { chartFiles } from './chart-files';
import { askedVersions, isUnsteady, type Served } from './chart-needs';
import type { ChartRequest } from './helm-chart';
import type { HelmTool } from './helm-tool';
import { NOWHERE } from './reach';
import type { RootObjects } from './root-objects';
import type { Tree } from './tree';

export interface ChartRoot {
  readonly request: ChartRequest;
  /** Value files that are not there are left out. */
  readonly ignoreMissing: boolean;
  /** Everything in the chart's folder, from the top of the tree. */
  readonly paths: readonly string[];
  readonly served: Served;
  /** Absolute path of the tree. */
  readonly top: string;
}

/** What `helm template` makes of a chart in a tree. */
export class ChartRoots {
  readonly #helm: HelmTool;

  constructor(helm: HelmTool) {
    this.#helm = helm;
  }

  /** What is wrong is in the answer. Rejects with the signal's reason. */
  async render(tree: Tree, root: ChartRoot, signal: AbortSignal): Promise<RootObjects> {
    const { request, served, top } = root;
    const failed = (message: string, file = posix.join(request.folder, 'Chart.yaml')): RootObjects => ({ kind: 'failed', problems: [{ file, range: NOWHERE, message }] });
    const helm = await this.#helm.find(signal);
    if (!helm) return failed('This chart is not rendered: no helm was found on PATH (the setting plumbline.helm.path names one).');
    const asked = [...request.values.flatMap(value => (value.kind === 'file' ? [value.path] : [])), ...request.setFiles.map(({ path }) => path)];
    const outside = asked.find(path => path === '..' || path.startsWith('../'));
    if (outside !== undefined) return failed(`This chart is not rendered: ${outside} leads out of the repository.`);
    const read = await chartFiles(tree, [...new Set([...root.paths, ...asked])], signal);
    if (read.kind === 'unreadable') return failed(`This chart is not rendered: this file ${read.reason}.`, read.file);
    const { files } = read;
    const versions = askedVersions(files, served);
    if (!versions) return failed('This chart is not rendered: it asks for versions of the API by computed names (.Capabilities.APIVersions).');
    const values = request.values.filter(value => value.kind === 'text' || !root.ignoreMissing || files.has(value.path));
    const whole = { ...request, values, apiVersions: [...request.apiVersions, ...versions] };
    const first = await helm.charts.render(whole, files, top, signal);
    if (first.kind === 'failed') return first;
    const uncertain = isUnsteady(files) ? differing(first.manifests, await helm.charts.render({ ...whole, again: true }, files, top, signal)) : new Set<Manifest>();
    return { kind: 'rendered', yaml: first.yaml, manifests: first.manifests, uncertain, files: first.files, by: `rendered by helm ${helm.version} (${helm.program})` };
  }
}

/** What came out otherwise the second time. */
function differing(first: readonly Manifest[], second: Awaited<ReturnType<NonNullable<Awaited<ReturnType<HelmTool['find']>>>['charts']['render']>>): ReadonlySet<Manifest> {
  const others = second.kind === 'rendered' ? second.manifests : [];
  return new Set(first.filter((manifest, i) => !sameJson(manifest.object, others[i]?.object)));
}
