import { join, posix, relative, sep } from 'node:path';
import { isObject, member, type Json, type JsonObject } from '../base/json';
import type { Cluster } from '../cluster/api';
import type { FluxKustomization } from '../gitops/application';
import type { FluxBuildSpec } from '../gitops/flux-build';
import { readSourceFiles } from '../gitops/source-files';
import type { ObjectRef } from '../kube/identity';
import type { Manifest, ManifestProblem } from '../manifests/document';
import type { FluxObjects, FluxRoot } from '../render/flux-root';
import type { Renderer } from '../render/renderer';
import type { Tree } from '../render/tree';
import type { FolderSource } from './folder-source';
import type { Group } from './groups';
import type { ManifestsAt } from './revisions';

/** What the controller builds of a group at one moment. */
export type GroupObjects =
  | {
      readonly kind: 'rendered';
      readonly manifests: readonly Manifest[];
      readonly uncertain: ReadonlySet<Manifest>;
      /** Absolute paths of everything that was read. */
      readonly files: ReadonlySet<string>;
    }
  | { readonly kind: 'failed'; readonly reason: string; readonly problems: ReadonlyMap<string, readonly ManifestProblem[]> };

/** How a group is rendered, the same at every stage of its way to the cluster. */
export interface Plan {
  /** What the Kustomization adds. */
  readonly fields: JsonObject;
  readonly variables: Variables | undefined;
  /** ConfigMaps and Secrets that variables come from. */
  readonly refs: readonly ObjectRef[];
  /** Why what was applied may have been built with something else than what is known now. */
  readonly doubt: string | undefined;
  /** Identifies everything but the files. */
  readonly key: string;
}

interface Variables {
  readonly known: Readonly<Record<string, string>>;
  /** Where further ones come from that could not be read; `undefined`: all are known. */
  readonly missing: string | undefined;
}

const MAX_KEPT = 200;

/** Renders what kustomize builds for a controller, at the working tree and at commits. */
export class Rendering {
  readonly #load: () => Promise<Renderer>;
  readonly #cluster: Cluster;
  readonly #atRevision = new Map<string, Promise<ManifestsAt>>();

  constructor(load: () => Promise<Renderer>, cluster: Cluster) {
    this.#load = load;
    this.#cluster = cluster;
  }

  /** `undefined`: every file of the group is applied as it stands. */
  plan({ application, folder, files }: Group, source: FolderSource): Plan | undefined {
    if (application?.tool !== 'flux') return undefined;
    const { build } = application;
    const { inTree, ignore } = placesOf(source);
    const readings = readSourceFiles(files.map(inTree), inTree(folder), ignore);
    const variables = this.#variables(build, application.ref.namespace);
    const rendered = Object.keys(build.added).length > 0 || variables !== undefined || [...readings.values()].some(({ kind }) => kind === 'rendered');
    if (!rendered) return undefined;
    const refs = refsOf(build, application.ref.namespace);
    return { fields: build.fields, variables, refs, doubt: builtOtherwise(application, variables), key: JSON.stringify([build.fields, variables]) };
  }

  /** What is on disk, with or without the texts that are not saved. */
  async now(group: Group, source: FolderSource, plan: Plan, saved: boolean, signal: AbortSignal): Promise<GroupObjects> {
    const { index } = source;
    const { top, inTree, ignore } = placesOf(source);
    const renderer = await this.#load();
    const tree = withoutIgnored(renderer.diskTree(top, path => (saved ? index.savedText(path) : index.text(path))), ignore);
    return this.#render(renderer, tree, group, source, plan, group.files.map(inTree), signal);
  }

  /** What a commit has; kept, as a commit never changes. */
  at(revision: string | undefined, why: string, group: Group, source: FolderSource, plan: Plan, signal: AbortSignal): Promise<ManifestsAt> {
    if (revision === undefined || !source.repository) return Promise.resolve({ kind: 'unknown', reason: why });
    const key = [source.repository.root, revision, group.folder, plan.key].join('\0');
    const kept = this.#atRevision.get(key);
    if (kept) return kept;
    const reading = this.#atCommit(revision, group, source, plan, signal);
    this.#atRevision.set(key, reading);
    const forget = (): void => {
      if (this.#atRevision.get(key) === reading) this.#atRevision.delete(key);
    };
    reading.then(result => {
      if (result.kind === 'unknown') forget();
    }, forget);
    const oldest = this.#atRevision.keys().next();
    if (this.#atRevision.size > MAX_KEPT && !oldest.done) this.#atRevision.delete(oldest.value);
    return reading;
  }

  async #atCommit(revision: string, group: Group, source: FolderSource, plan: Plan, signal: AbortSignal): Promise<ManifestsAt> {
    const { repository } = source;
    if (!repository || !(await repository.has(revision))) return { kind: 'unknown', reason: `commit ${revision.slice(0, 8)} is not in this clone; fetch it` };
    const { inTree, ignore } = placesOf(source);
    const renderer = await this.#load();
    const paths = await repository.tree(revision, inTree(group.folder));
    const rendered = await this.#render(renderer, withoutIgnored(renderer.gitTree(repository, revision), ignore), group, source, plan, paths, signal);
    if (rendered.kind === 'failed') return { kind: 'unknown', reason: `at commit ${revision.slice(0, 8)}, ${rendered.reason}` };
    // What depends on unknown variables may not be called the base.
    if (rendered.uncertain.size > 0) return { kind: 'unknown', reason: `at commit ${revision.slice(0, 8)}, ${unknownVariables(plan)}` };
    return { kind: 'known', manifests: rendered.manifests };
  }

  async #render(renderer: Renderer, tree: Tree, { folder }: Group, source: FolderSource, { variables, fields }: Plan, files: readonly string[], signal: AbortSignal): Promise<GroupObjects> {
    const { top, inTree, ignore } = placesOf(source);
    const root: FluxRoot = {
      folder: inTree(folder),
      resources: resourcesOf(files, inTree(folder), ignore),
      build: { spec: fields, ...(variables && { variables: variables.known }) },
      variablesUnknown: variables?.missing !== undefined,
      top,
    };
    return absolute(await renderer.flux(tree, root, signal).catch((error: unknown): FluxObjects => {
      signal.throwIfAborted();
      return { kind: 'failed', problems: [{ file: inTree(folder), range: { start: 0, end: 0 }, message: error instanceof Error ? error.message : 'kustomize could not be run' }] };
    }), top);
  }

  /** `undefined` where nothing is replaced. */
  #variables({ substitution }: FluxBuildSpec, namespace: string | undefined): Variables | undefined {
    if (!substitution) return undefined;
    let known = new Map<string, string>();
    let missing: string | undefined;
    for (const { kind, name, optional } of substitution.from) {
      const state = this.#cluster.store.read({ apiVersion: 'v1', kind, namespace, name });
      if (state.kind === 'absent' && optional) continue;
      if (state.kind === 'present' && !this.#cluster.masked) {
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

/** Why an object that depends on unknown variables is undecided. */
export const unknownVariables = ({ variables }: Plan): string => `its variables come from ${variables?.missing ?? 'somewhere'}, which could not be read`;

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
  readonly ignore: (path: string) => boolean;
}

function placesOf(source: FolderSource): Places {
  const top = source.repository?.root ?? source.root;
  return { top, inTree: path => relative(top, path).split(sep).join('/'), ignore: source.ignore };
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

function absolute(objects: FluxObjects, top: string): GroupObjects {
  if (objects.kind === 'rendered') return { ...objects, files: new Set([...objects.files].map(file => join(top, file))) };
  const problems = new Map<string, ManifestProblem[]>();
  for (const { file, range, message } of objects.problems) problems.set(join(top, file), [...(problems.get(join(top, file)) ?? []), { file: join(top, file), range, severity: 'error', lost: true, message }]);
  return { kind: 'failed', reason: `kustomize does not build it: ${objects.problems[0]?.message ?? 'no reason given'}`, problems };
}
