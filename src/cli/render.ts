import { readdir, readFile, stat } from 'node:fs/promises';
import { join, parse, relative, sep } from 'node:path';
import { systemClock } from '../core/base/clock';
import type { Json, JsonObject } from '../core/base/json';
import { stringifyJson } from '../core/base/json-text';
import type { Lifetime } from '../core/base/lifetime';
import { clean } from '../core/drift/words';
import { KUSTOMIZATION_FILES } from '../core/render/kustomization';
import { formatPath, type Path } from '../core/kube/path';
import type { Manifest, Range } from '../core/manifests/document';
import { isFolderToRead, isManifestName } from '../core/manifests/file-names';
import { locate } from '../core/manifests/locate';
import { parseManifests } from '../core/manifests/parse';
import { Places } from '../core/manifests/places';
import type { Renderer } from '../core/render/renderer';
import { leaves } from '../core/render/sites';
import { pathOf } from '../core/render/spot-range';
import type { RootObjects } from '../core/render/root-objects';
import type { Traced } from '../core/render/trace';
import { EXIT } from './exit-code';
import type { Target } from './target';
import type { Terminal } from './terminal';

/** What one root renders to; `error` is one sentence with its place. */
export interface RenderedRoot {
  readonly path: string;
  readonly kind: 'plain' | 'kustomize' | 'helm' | 'flux' | 'argo';
  readonly error: string | undefined;
  readonly yaml: string;
  readonly objects: readonly { readonly object: Json; readonly sources: readonly Json[] }[];
}

/** Renders every root at or under the paths, without a cluster, and prints it. Gives the exit code: 2 where a root could not be rendered. */
export async function renderPaths(target: Target, json: boolean, terminal: Terminal, lifetime: Lifetime): Promise<number> {
  const renderer = lifetime.add((await import('../core/render/renderer')).openRenderer(systemClock, { env: process.env, untrusted: target.folders, path: undefined }));
  const rendering = new Rendering(renderer, target, json);
  const roots: RenderedRoot[] = [];
  for (const path of target.paths) roots.push(...(await rendering.below(path)));
  return printRoots(roots, json, terminal);
}

export async function printRoots(roots: readonly RenderedRoot[], json: boolean, terminal: Terminal): Promise<number> {
  for (const { path, error } of roots) if (error !== undefined) terminal.error(`plumbline: ${path}: ${clean(error, 1_000)}\n`);
  if (roots.length === 0) terminal.error('plumbline: nothing to render was found here\n');
  await terminal.out(json ? jsonText(roots) : yamlText(roots.filter(({ error }) => error === undefined)));
  return roots.length === 0 || roots.some(({ error }) => error !== undefined) ? EXIT.notJudged : EXIT.inSync;
}

/** One root is printed as its renderer gives it; of several each is named. */
function yamlText(roots: readonly RenderedRoot[]): string {
  if (roots.length === 1) return roots[0]?.yaml ?? '';
  return roots.map(({ path, yaml }) => `# root: ${clean(path)}\n${yaml}`).join('---\n');
}

function jsonText(roots: readonly RenderedRoot[]): string {
  const list = roots.map(({ path, kind, error, objects }): JsonObject => ({ path, kind, error: error ?? null, objects: objects.map(({ object, sources }) => ({ object, sources: [...sources] })) }));
  return `${stringifyJson({ schema: 'plumbline/render/v1', roots: list }, 2)}\n`;
}

/** What is found below a path: folders with a kustomization, charts, and files that may hold manifests. */
interface Found {
  readonly kustomizations: string[];
  readonly charts: string[];
  readonly files: string[];
}

class Rendering {
  readonly #renderer: Renderer;
  readonly #target: Target;
  readonly #json: boolean;
  /** What a kustomization may name lies in its repository; outside of one anywhere on the disk, as for kustomize itself. */
  readonly #top: string;

  constructor(renderer: Renderer, target: Target, json: boolean) {
    this.#renderer = renderer;
    this.#target = target;
    this.#json = json;
    this.#top = target.repository?.root ?? parse(target.root).root;
  }

  async below(path: string): Promise<RenderedRoot[]> {
    if (!(await stat(path)).isDirectory()) return [await this.#plain(path, [path])];
    const found: Found = { kustomizations: [], charts: [], files: [] };
    await walk(path, found);
    const roots: RenderedRoot[] = [];
    for (const folder of found.kustomizations) if (folder === path || !(await isComponent(folder))) roots.push(await this.#kustomize(folder));
    for (const chart of found.charts) roots.push(await this.#chart(chart));
    const inside = [...found.kustomizations, ...found.charts];
    const plain = found.files.filter(file => !inside.some(folder => file.startsWith(join(folder, sep))));
    const written = plain.length > 0 ? await this.#plain(path, plain) : undefined;
    return written && written.objects.length > 0 ? [...roots, written] : roots;
  }

  async #kustomize(folder: string): Promise<RenderedRoot> {
    const named = this.#named(folder, 'kustomize');
    const tree = this.#renderer.diskTree(this.#top, () => undefined);
    const { signal } = new AbortController();
    const done = await this.#renderer.kustomize(tree, { folder: relative(this.#top, folder).split(sep).join('/'), options: {}, overrides: [], top: this.#top }, signal);
    if (done.kind === 'rendered') return { ...named, yaml: done.yaml, objects: await this.#traced(done) };
    return { ...named, error: await this.#errorOf(done) };
  }

  async #traced({ manifests, trace }: Extract<RootObjects, { readonly kind: 'rendered' }>): Promise<RenderedRoot['objects']> {
    const traces = this.#json ? await trace?.(new AbortController().signal) : undefined;
    return manifests.map(manifest => ({ object: manifest.object, sources: [...(traces?.get(manifest)?.all() ?? [])].flatMap(([path, traced]) => sourcesOf(path, traced, file => this.#name(file))) }));
  }

  /** A chart with its own values, as `helm template` prints it where nothing else is said. */
  async #chart(folder: string): Promise<RenderedRoot> {
    const named = this.#named(folder, 'helm');
    const inTop = relative(this.#top, folder).split(sep).join('/');
    const request = { folder: inTop, release: 'release-name', namespace: 'default', values: [], set: [], setFiles: [], crds: true, hooks: true, upgrade: false, skipTests: false, skipSchema: false, kubeVersion: undefined, apiVersions: [] };
    const paths = await this.#renderer.filesOnDisk(this.#top, inTop);
    const done = await this.#renderer.chart(this.#renderer.diskTree(this.#top, () => undefined), { request, ignoreMissing: false, defaults: [], paths, served: () => false, top: this.#top }, new AbortController().signal);
    if (done.kind === 'failed') return { ...named, error: await this.#errorOf(done) };
    return { ...named, yaml: done.yaml, objects: await this.#traced(done) };
  }

  async #errorOf({ problems: [problem] }: Extract<RootObjects, { readonly kind: 'failed' }>): Promise<string> {
    if (!problem) return 'it cannot be rendered';
    const file = join(this.#top, problem.file);
    const text = await readFile(file, 'utf8').catch(() => '');
    const { line, character } = new Places(text).placeAt(problem.range.start);
    return `${this.#name(file)}:${line + 1}:${character + 1}: ${problem.message}`;
  }

  /** Files that are applied as they stand. */
  async #plain(path: string, files: readonly string[]): Promise<RenderedRoot> {
    const texts: string[] = [];
    const objects: RenderedRoot['objects'][number][] = [];
    const wrong: string[] = [];
    for (const file of files) {
      const text = await readFile(file, 'utf8');
      const { manifests, problems } = parseManifests(file, text, 'K2');
      for (const { severity, message } of problems) if (severity === 'error') wrong.push(`${this.#name(file)}: ${message}`);
      for (const manifest of manifests) {
        texts.push(`${text.slice(manifest.range.start, manifest.range.end).trimEnd()}\n`);
        objects.push({ object: manifest.object, sources: this.#json ? writtenSources(manifest, text, this.#name(file)) : [] });
      }
    }
    return { ...this.#named(path, 'plain'), yaml: texts.join('---\n'), objects, error: wrong[0] };
  }

  #named(path: string, kind: RenderedRoot['kind']): RenderedRoot {
    return { path: this.#name(path), kind, error: undefined, yaml: '', objects: [] };
  }

  #name(path: string): string {
    return (relative(this.#target.root, path) || '.').split(sep).join('/');
  }
}

/** One entry for each place that has a part in a value. */
export function sourcesOf(path: Path, { places, certain }: Traced, nameOf: (file: string) => string): JsonObject[] {
  return places.map(place => {
    const common = { path: formatPath(path), by: place.by, certain };
    if (place.kind === 'file') return { ...common, file: nameOf(place.file), ...lineAt(place.text, place.range) };
    return { ...common, file: null, outside: place.kind === 'spec' ? `spec${formatPath(place.path)}` : `variable ${place.name}` };
  });
}

/** Of an object that stands in its file as it is applied. */
function writtenSources({ object, root }: Pick<Manifest, 'object' | 'root'>, text: string, file: string): JsonObject[] {
  return [...leaves(object)].flatMap(([steps]) => {
    const path = pathOf(steps);
    const { range, exact } = locate(root, path);
    return exact ? [{ path: formatPath(path), by: 'document', certain: true, file, ...lineAt(text, range) }] : [];
  });
}

export function lineAt(text: string, range: Range): { readonly line: number; readonly column: number } {
  const { line, character } = new Places(text).placeAt(range.start);
  return { line: line + 1, column: character + 1 };
}

async function walk(folder: string, found: Found): Promise<void> {
  const entries = (await readdir(folder, { withFileTypes: true })).sort((a, b) => (a.name < b.name ? -1 : 1));
  if (entries.some(entry => entry.isFile() && (KUSTOMIZATION_FILES as readonly string[]).includes(entry.name))) found.kustomizations.push(folder);
  if (entries.some(entry => entry.isFile() && entry.name === 'Chart.yaml')) {
    found.charts.push(folder);
    return;
  }
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && isFolderToRead(entry.name)) await walk(path, found);
    else if (entry.isFile() && isManifestName(entry.name)) found.files.push(path);
  }
}

/** Part of other kustomizations only. */
async function isComponent(folder: string): Promise<boolean> {
  for (const name of KUSTOMIZATION_FILES) {
    const text = await readFile(join(folder, name), 'utf8').catch(() => undefined);
    if (text !== undefined) return /^["']?kind["']?:\s*["']?Component\b/m.test(text);
  }
  return false;
}
