import { createHash } from 'node:crypto';
import { join, posix } from 'node:path';
import { textAt } from '../base/json';
import type { Manifest } from '../manifests/document';
import { readDocuments } from '../manifests/documents';
import { rooted } from '../manifests/locate';
import { parseManifests } from '../manifests/parse';
import type { HelmProcess } from './helm-process';
import { placeTrouble } from './helm-trouble';
import { NOWHERE, textOf, type RenderProblem } from './reach';
import { documentOf } from './template-text';

/** What `helm template` is asked for. Paths are from the top of the tree. */
export interface ChartRequest {
  readonly folder: string;
  readonly release: string;
  readonly namespace: string;
  /** In this order, the last wins. */
  readonly values: readonly ({ readonly kind: 'file'; readonly path: string } | { readonly kind: 'text'; readonly text: string })[];
  readonly set: readonly { readonly name: string; readonly value: string; readonly asText: boolean }[];
  readonly setFiles: readonly { readonly name: string; readonly path: string }[];
  /** Definitions in `crds/` are part of it. */
  readonly crds: boolean;
  /** Hooks that are tests are left out. */
  readonly skipTests: boolean;
  readonly skipSchema: boolean;
  /** Hooks are part of it. */
  readonly hooks: boolean;
  /** As for an upgrade, not for an installation. */
  readonly upgrade: boolean;
  readonly kubeVersion: string | undefined;
  readonly apiVersions: readonly string[];
  /** Rendered once more, to see whether it comes out the same. */
  readonly again?: true;
}

export type ChartObjects =
  | { readonly kind: 'rendered'; /** As Helm prints it. */ readonly yaml: string; readonly manifests: readonly Manifest[]; /** Files that were read, from the top of the tree. */ readonly files: ReadonlySet<string> }
  | { readonly kind: 'failed'; readonly problems: readonly RenderProblem[] };

/** Answers to remember. */
const MAX_KEPT = 100;

/** Renders charts by the user's Helm, each again only when what it is made of has changed. */
export class ChartRenderer {
  readonly #helm: Pick<HelmProcess, 'run'>;
  readonly #kept = new Map<string, Promise<ChartObjects>>();

  constructor(helm: Pick<HelmProcess, 'run'>) {
    this.#helm = helm;
  }

  /** `files` are the chart's and those of its values; `top` is the tree's absolute path. What is wrong with the chart is in the answer. Rejects with the signal's reason. */
  render(request: ChartRequest, files: ReadonlyMap<string, Uint8Array>, top: string, signal: AbortSignal): Promise<ChartObjects> {
    const key = keyOf(request, files, top);
    const kept = this.#kept.get(key);
    if (kept) return kept;
    const rendering = this.#render(request, files, top, signal);
    this.#kept.set(key, rendering);
    rendering.catch(() => this.#kept.delete(key));
    const oldest = this.#kept.keys().next();
    if (this.#kept.size > MAX_KEPT && !oldest.done) this.#kept.delete(oldest.value);
    return rendering;
  }

  async #render(request: ChartRequest, files: ReadonlyMap<string, Uint8Array>, top: string, signal: AbortSignal): Promise<ChartObjects> {
    const { folder, release } = request;
    // Anything else Helm could take for a flag.
    if (!/^[a-z0-9][-a-z0-9.]*$/.test(release)) return { kind: 'failed', problems: [{ file: posix.join(folder, 'Chart.yaml'), range: NOWHERE, message: 'helm: the name of the release is none that Helm takes' }] };
    const texts = request.values.flatMap((value, i) => (value.kind === 'text' ? [[given(i), Buffer.from(value.text)] as const] : []));
    const answer = await this.#helm.run(argumentsOf(request), new Map([...files, ...texts]), signal);
    if (answer.kind === 'failed') return { kind: 'failed', problems: [placeTrouble(answer.message, chartName(files, folder), folder, files)] };
    return { kind: 'rendered', yaml: answer.text, manifests: placedIn(answer.text, files, folder, top), files: new Set(files.keys()) };
  }
}

/** A name that no file of a repository has. */
const given = (i: number): string => `.plumbline-values-${i}.yaml`;

function argumentsOf({ folder, release, namespace, values, set, setFiles, crds, skipTests, skipSchema, hooks, upgrade, kubeVersion, apiVersions }: ChartRequest): string[] {
  return [
    'template', release, `./${folder}`, '--namespace', namespace,
    ...values.flatMap((value, i) => ['--values', value.kind === 'file' ? `./${value.path}` : given(i)]),
    ...set.flatMap(({ name, value, asText }) => [asText ? '--set-string' : '--set', `${name}=${value}`]),
    ...setFiles.flatMap(({ name, path }) => ['--set-file', `${name}=./${path}`]),
    ...(crds ? ['--include-crds'] : []),
    ...(skipTests ? ['--skip-tests'] : []),
    ...(skipSchema ? ['--skip-schema-validation'] : []),
    ...(hooks ? [] : ['--no-hooks']),
    ...(upgrade ? ['--is-upgrade'] : []),
    ...(kubeVersion === undefined ? [] : ['--kube-version', kubeVersion]),
    ...apiVersions.flatMap(version => ['--api-versions', version]),
  ];
}

/** What the chart calls itself: Helm's names of templates begin with it. */
function chartName(files: ReadonlyMap<string, Uint8Array>, folder: string): string {
  const bytes = files.get(posix.join(folder, 'Chart.yaml'));
  return textAt(bytes && readDocuments(textOf(bytes), 'K2')[0]?.root?.value, 'name') ?? '';
}

/** Each object of what Helm prints, or records, at the document of the template that it comes from, as `# Source:` says. Paths of `files` and `folder` are from `top`. */
export function placedIn(text: string, files: ReadonlyMap<string, Uint8Array>, folder: string, top: string): Manifest[] {
  const chart = chartName(files, folder);
  const sources = [...text.matchAll(/^# Source: (.+?)\r?$/gm)].map(match => ({ at: match.index, path: match[1] ?? '' }));
  return parseManifests('', text, 'K2').manifests.flatMap(manifest => {
    const source = sources.findLast(({ at }) => at <= manifest.range.start)?.path ?? '';
    const inChart = posix.join(folder, source.startsWith(`${chart}/`) ? source.slice(chart.length + 1) : source);
    const own = posix.join(folder, 'Chart.yaml');
    // Of a packed dependency no file is there to show.
    const file = files.has(inChart) ? inChart : own;
    const template = textOf(files.get(file) ?? new Uint8Array());
    const { kind, name } = manifest.ref;
    const found = file === own ? undefined : documentOf(template, kind, name);
    const root = found?.root ?? { kind: 'map' as const, flow: false, pairs: [], range: { start: 0, end: Math.min(template.length, 1) }, value: {} };
    return [{ ...manifest, file: join(top, file), document: found?.document ?? 1, ...rooted(root), rendered: true as const }];
  });
}

function keyOf(request: ChartRequest, files: ReadonlyMap<string, Uint8Array>, top: string): string {
  const hash = createHash('sha256').update(JSON.stringify([request, top]));
  for (const [path, bytes] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) hash.update(`\0${path}\0${bytes.length}\0`).update(bytes);
  return hash.digest('hex');
}
