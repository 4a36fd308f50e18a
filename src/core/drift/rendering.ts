import { join, posix, relative, sep } from 'node:path';
import { isObject, member, type Json } from '../base/json';
import type { Cluster } from '../cluster/api';
import type { ArgoApplication, FluxKustomization } from '../gitops/application';
import { argoRequest } from '../gitops/argo-request';
import { readArgoFiles, sourceFilesOf } from '../gitops/argo-files';
import type { FluxBuildSpec } from '../gitops/flux-build';
import { readSourceFiles } from '../gitops/source-files';
import { splitApiVersion, type ObjectRef } from '../kube/identity';
import type { ManifestProblem } from '../manifests/document';
import type { ChartRoot } from '../render/chart-root';
import type { FluxRoot } from '../render/flux-root';
import type { Renderer } from '../render/renderer';
import type { KustomizeRoot } from '../render/kustomize-root';
import type { RootObjects } from '../render/root-objects';
import type { Tree } from '../render/tree';
import { AtCommits } from './at-commits';
import type { FolderSource } from './folder-source';
import type { Group } from './groups';
import type { GroupObjects, Plan } from './plan';
import type { ManifestsAt } from './revisions';
import { encryptedSources } from './sops';

/** One way of building the files of a folder, the same at every stage. */
interface Recipe {
  /** `files` are those of the folder, from the top of the tree. */
  readonly build: (renderer: Renderer, tree: Tree, files: readonly string[], signal: AbortSignal) => Promise<RootObjects>;
  /** Files are not there for it. */
  readonly ignore: (path: string) => boolean;
  /** Why what cannot be told exactly is undecided. */
  readonly unknown: string;
  /** Encrypted files are decrypted before anything is built of them. */
  readonly decrypts: boolean;
  /** `kustomize does not build it`. */
  readonly trouble: string;
  /** It takes every file of the folder, not only what may be manifests. */
  readonly wholeFolder?: true;
  /** Identifies everything but the files. */
  readonly key: string;
}

type Place = Pick<Group, 'folder' | 'files'>;

interface Variables {
  readonly known: Readonly<Record<string, string>>;
  /** Where further ones come from that could not be read; `undefined`: all are known. */
  readonly missing: string | undefined;
}

/** What kustomize builds for a controller, at the working tree and at commits. */
export class Rendering {
  readonly #load: () => Promise<Renderer>;
  readonly #cluster: Cluster;
  readonly #kept = new AtCommits(200);

  constructor(load: () => Promise<Renderer>, cluster: Cluster) {
    this.#load = load;
    this.#cluster = cluster;
  }

  /** `undefined`: every file of the group is applied as it stands. */
  plan(group: Group, source: FolderSource): Plan | undefined {
    const { application } = group;
    if (application?.tool === 'flux') return this.#flux(group, application, source);
    if (application?.tool === 'argo') return this.#argo(group, application, source);
    return group.built ? this.#plan(group, source, [], undefined, kustomizeRecipe({ options: {}, overrides: [] }, group, source)) : undefined;
  }

  #flux(group: Group, application: FluxKustomization, source: FolderSource): Plan | undefined {
    const { folder, files } = group;
    const { build } = application;
    const { top, inTree } = placesOf(source);
    const ignore = source.ignoredFor(application);
    const readings = readSourceFiles(files.map(inTree), inTree(folder), ignore);
    const variables = this.#variables(build, application.ref.namespace);
    const rendered = Object.keys(build.added).length > 0 || variables !== undefined || [...readings.values()].some(({ kind }) => kind === 'rendered');
    if (!rendered) return undefined;
    return this.#plan(group, source, refsOf(build, application.ref.namespace), builtOtherwise(application, variables), {
      ignore,
      unknown: `its variables come from ${variables?.missing ?? 'somewhere'}, which could not be read`,
      decrypts: application.decrypts,
      key: JSON.stringify([build.fields, variables, application.decrypts, application.source?.ignore]),
      trouble: KUSTOMIZE_TROUBLE,
      build: (renderer, tree, below, signal) => {
        const root: FluxRoot = {
          folder: inTree(folder),
          resources: resourcesOf(below, inTree(folder), ignore),
          build: { spec: build.fields, ...(variables && { variables: variables.known }) },
          variablesUnknown: variables?.missing !== undefined,
          top,
        };
        return renderer.flux(tree, root, signal);
      },
    });
  }

  #argo(group: Group, application: ArgoApplication, source: FolderSource): Plan | undefined {
    const { inTree } = placesOf(source);
    const { build, notComputed, instance } = application;
    const readings = [...readArgoFiles(group.files.map(inTree), inTree(group.folder), application).values()];
    const chart = readings.some(reading => reading.kind === 'rendered' && reading.by.endsWith('Chart.yaml'));
    if (notComputed.length === 0 && (chart || build.tool === 'Helm')) return this.#plan(group, source, [], undefined, this.#helmRecipe(group, application, source));
    const rendered = readings.some(reading => reading.kind === 'rendered' && !reading.by.endsWith('Chart.yaml'));
    if (notComputed.length > 0 || !(rendered || build.tool === 'Kustomize')) return undefined;
    return this.#plan(group, source, [], undefined, kustomizeRecipe({ options: build.kustomize, overrides: sourceFilesOf(instance) }, group, source));
  }

  #helmRecipe({ folder }: Place, { build, ref, targetNamespace, instance }: ArgoApplication, source: FolderSource): Recipe {
    const { top, inTree } = placesOf(source);
    const request = argoRequest(build.helm, inTree(folder), ref.name, targetNamespace, this.#cluster.version);
    const overrides = sourceFilesOf(instance).map(name => posix.join(inTree(folder), name));
    const served: ChartRoot['served'] = (apiVersion, kind) => {
      if (kind !== undefined) return this.#cluster.resource(apiVersion, kind) !== undefined;
      const { group, version } = splitApiVersion(apiVersion);
      return this.#cluster.resources(group)?.some(resource => resource.version === version) === true;
    };
    return {
      ignore: () => false,
      unknown: 'its template gives other values each time it is rendered',
      decrypts: false,
      trouble: 'helm does not render it',
      wholeFolder: true,
      key: JSON.stringify(request),
      build: (renderer, tree, paths, signal) => {
        const override = overrides.find(path => paths.includes(path));
        if (override !== undefined) return Promise.resolve({ kind: 'failed', problems: [{ file: override, range: { start: 0, end: 0 }, message: 'This file changes how Argo CD renders the chart, which is not computed.' }] });
        return renderer.chart(tree, { request, ignoreMissing: build.helm.ignoreMissing, paths, served, top }, signal);
      },
    };
  }

  #plan({ folder, files }: Group, source: FolderSource, refs: readonly ObjectRef[], doubt: string | undefined, recipe: Recipe): Plan {
    const group: Place = { folder, files };
    return {
      refs,
      doubt,
      now: (saved, signal) => this.#now(group, source, recipe, saved, signal),
      at: (revision, signal) => this.#at(revision, group, source, recipe, signal),
    };
  }

  async #now(group: Place, source: FolderSource, recipe: Recipe, saved: boolean, signal: AbortSignal): Promise<GroupObjects> {
    const { index } = source;
    const { top, inTree } = placesOf(source);
    const renderer = await this.#load();
    const tree = withoutIgnored(renderer.diskTree(top, path => (saved ? index.savedText(path) : index.text(path))), recipe.ignore);
    const files = recipe.wholeFolder ? await renderer.filesOnDisk(top, inTree(group.folder)) : group.files.map(inTree);
    return this.#render(renderer, tree, group, source, recipe, files, signal);
  }

  #at(revision: string, group: Place, source: FolderSource, recipe: Recipe, signal: AbortSignal): Promise<ManifestsAt> {
    const key = [source.repository?.root ?? '', revision, group.folder, recipe.key].join('\0');
    return this.#kept.get(key, () => this.#atCommit(revision, group, source, recipe, signal));
  }

  async #atCommit(revision: string, group: Place, source: FolderSource, recipe: Recipe, signal: AbortSignal): Promise<ManifestsAt> {
    const { repository } = source;
    if (!repository || !(await repository.has(revision))) return { kind: 'unknown', reason: `commit ${revision.slice(0, 8)} is not in this clone; fetch it` };
    const { inTree } = placesOf(source);
    const renderer = await this.#load();
    const paths = await repository.tree(revision, inTree(group.folder));
    const rendered = await this.#render(renderer, withoutIgnored(renderer.gitTree(repository, revision), recipe.ignore), group, source, recipe, paths, signal);
    if (rendered.kind === 'failed') return { kind: 'unknown', reason: `at commit ${revision.slice(0, 8)}, ${rendered.reason}` };
    // What depends on unknown variables may not be called the base.
    for (const reason of rendered.undecided.values()) return { kind: 'unknown', reason: `at commit ${revision.slice(0, 8)}, ${reason}` };
    return { kind: 'known', manifests: rendered.manifests };
  }

  async #render(renderer: Renderer, tree: Tree, { folder }: Place, source: FolderSource, recipe: Recipe, files: readonly string[], signal: AbortSignal): Promise<GroupObjects> {
    const { top, inTree } = placesOf(source);
    const objects = await recipe.build(renderer, tree, files, signal).catch((error: unknown): RootObjects => {
      signal.throwIfAborted();
      return { kind: 'failed', problems: [{ file: inTree(folder), range: { start: 0, end: 0 }, message: error instanceof Error ? error.message : 'kustomize could not be run' }] };
    });
    return absolute(objects, top, recipe);
  }

  /** `undefined` where nothing is replaced. */
  #variables({ substitution }: FluxBuildSpec, namespace: string | undefined): Variables | undefined {
    if (!substitution) return undefined;
    let known = new Map<string, string>();
    let missing: string | undefined;
    for (const { kind, name, optional } of substitution.from) {
      const state = this.#cluster.store.read({ apiVersion: 'v1', kind, namespace, name });
      if (state.kind === 'absent' && optional) continue;
      if (state.kind === 'present' && !(kind === 'Secret' && this.#cluster.masked)) {
        for (const [key, value] of dataOf(kind, member(state.object, 'data'))) known.set(key, value);
      } else {
        // It may set any variable, those of the ones before it too.
        missing = `${kind} ${name}`;
        known = new Map();
      }
    }
    for (const [key, value] of Object.entries(substitution.values)) if (typeof value === 'string') known.set(key, oneLine(value));
    return known.size > 0 || missing !== undefined || substitution.always ? { known: Object.fromEntries(known), missing } : undefined;
  }
}

/** A commit is built here with what the Kustomization says now; what was applied may have been built with something else. */
function builtOtherwise({ build, pause, reconciling, ready }: FluxKustomization, variables: Variables | undefined): string | undefined {
  if (build.substitution && build.substitution.from.length > 0) return 'variables may have had other values when it was applied';
  if (Object.keys(build.fields).length === 0 && !variables) return undefined;
  return pause !== undefined || reconciling || ready?.status !== 'True' ? 'the Kustomization may have said something else when it was applied' : undefined;
}

/** The controller takes line breaks out of values (fluxcd/pkg/kustomize `LoadVariables`). */
const oneLine = (value: string): string => value.replaceAll('\n', '');

function dataOf(kind: 'ConfigMap' | 'Secret', data: Json | undefined): (readonly [string, string])[] {
  if (!isObject(data)) return [];
  return Object.entries(data).flatMap(([key, value]) => (typeof value === 'string' ? [[key, oneLine(kind === 'Secret' ? Buffer.from(value, 'base64').toString('utf8') : value)] as const] : []));
}

const refsOf = ({ substitution }: FluxBuildSpec, namespace: string | undefined): ObjectRef[] => (substitution?.from ?? []).map(({ kind, name }) => ({ apiVersion: 'v1', kind, namespace, name }));

interface Places {
  readonly top: string;
  readonly inTree: (path: string) => string;
}

function placesOf(source: FolderSource): Places {
  const top = source.repository?.root ?? source.root;
  return { top, inTree: path => relative(top, path).split(sep).join('/') };
}

const KUSTOMIZE_TROUBLE = 'kustomize does not build it';

/** What `kustomize build` makes of the folder. */
function kustomizeRecipe(how: Pick<KustomizeRoot, 'options' | 'overrides'>, { folder }: Place, source: FolderSource): Recipe {
  const { top, inTree } = placesOf(source);
  return {
    ignore: () => false,
    unknown: '',
    decrypts: false,
    trouble: KUSTOMIZE_TROUBLE,
    key: JSON.stringify(how),
    build: (renderer, tree, _, signal) => renderer.kustomize(tree, { ...how, folder: inTree(folder), top }, signal),
  };
}

/** Flux's artifact has none of the files that its rules leave out. */
const withoutIgnored = (tree: Tree, ignore: (path: string) => boolean): Tree => ({
  entry: async (path, signal) => {
    const entry = await tree.entry(path, signal);
    return entry.kind === 'file' && ignore(path) ? { kind: 'absent' } : entry;
  },
});

/** What the controller lists where the folder has no kustomization, in the order it walks (`scanManifests`). */
function resourcesOf(files: readonly string[], folder: string, ignore: (path: string) => boolean): string[] {
  const readings = readSourceFiles(files, folder, ignore);
  const listed = new Set([...readings].flatMap(([file, reading]) => (reading.kind === 'plain' ? [file] : reading.kind === 'rendered' ? [posix.dirname(reading.by)] : [])));
  return [...listed].map(path => path.split('/')).sort(bySegments).map(segments => segments.join('/'));
}

function bySegments(a: readonly string[], b: readonly string[]): number {
  for (const [i, segment] of a.entries()) {
    const other = b[i];
    if (other === undefined) return 1;
    if (segment !== other) return segment < other ? -1 : 1;
  }
  return a.length - b.length;
}

/** What is found out is kept, whoever asked first: nobody stops it. */
const NEVER = new AbortController().signal;

function absolute(objects: RootObjects, top: string, { unknown, trouble, decrypts }: Pick<Recipe, 'unknown' | 'trouble' | 'decrypts'>): GroupObjects {
  if (objects.kind === 'rendered') {
    const { kind, manifests, uncertain, files, trace, by } = objects;
    return { kind, manifests, undecided: new Map([...(decrypts ? encryptedSources(manifests) : []), ...[...uncertain].map(manifest => [manifest, unknown] as const)]), files: new Set([...files].map(file => join(top, file))), ...(by !== undefined && { by }), ...(trace && { trace: () => trace(NEVER) }) };
  }
  const problems = new Map<string, ManifestProblem[]>();
  for (const { file, range, message } of objects.problems) problems.set(join(top, file), [...(problems.get(join(top, file)) ?? []), { file: join(top, file), range, severity: 'error', lost: true, message }]);
  return { kind: 'failed', reason: `${trouble}: ${objects.problems[0]?.message ?? 'no reason given'}`, problems };
}
