import { join, posix, relative, sep } from 'node:path';
import { isObject, member, type Json, type JsonObject } from '../base/json';
import type { Cluster } from '../cluster/api';
import type { FluxKustomization } from '../gitops/application';
import type { FluxBuildSpec } from '../gitops/flux-build';
import { readSourceFiles } from '../gitops/source-files';
import type { ObjectRef } from '../kube/identity';
import type { ManifestProblem } from '../manifests/document';
import type { FluxObjects, FluxRoot } from '../render/flux-root';
import type { Renderer } from '../render/renderer';
import type { Tree } from '../render/tree';
import { AtCommits } from './at-commits';
import type { FolderSource } from './folder-source';
import type { Group } from './groups';
import type { GroupObjects, Plan } from './plan';
import type { ManifestsAt } from './revisions';

/** What the Kustomization adds to the files. */
interface Additions {
  readonly fields: JsonObject;
  readonly variables: Variables | undefined;
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
  plan({ application, folder, files }: Group, source: FolderSource): Plan | undefined {
    if (application?.tool !== 'flux') return undefined;
    const { build } = application;
    const { inTree, ignore } = placesOf(source);
    const readings = readSourceFiles(files.map(inTree), inTree(folder), ignore);
    const variables = this.#variables(build, application.ref.namespace);
    const rendered = Object.keys(build.added).length > 0 || variables !== undefined || [...readings.values()].some(({ kind }) => kind === 'rendered');
    if (!rendered) return undefined;
    const additions: Additions = { fields: build.fields, variables, key: JSON.stringify([build.fields, variables]) };
    const group: Place = { folder, files };
    return {
      refs: refsOf(build, application.ref.namespace),
      doubt: builtOtherwise(application, variables),
      now: (saved, signal) => this.#now(group, source, additions, saved, signal),
      at: (revision, signal) => this.#at(revision, group, source, additions, signal),
    };
  }

  async #now(group: Place, source: FolderSource, additions: Additions, saved: boolean, signal: AbortSignal): Promise<GroupObjects> {
    const { index } = source;
    const { top, inTree, ignore } = placesOf(source);
    const renderer = await this.#load();
    const tree = withoutIgnored(renderer.diskTree(top, path => (saved ? index.savedText(path) : index.text(path))), ignore);
    return this.#render(renderer, tree, group, source, additions, group.files.map(inTree), signal);
  }

  #at(revision: string, group: Place, source: FolderSource, additions: Additions, signal: AbortSignal): Promise<ManifestsAt> {
    const key = [source.repository?.root ?? '', revision, group.folder, additions.key].join('\0');
    return this.#kept.get(key, () => this.#atCommit(revision, group, source, additions, signal));
  }

  async #atCommit(revision: string, group: Place, source: FolderSource, additions: Additions, signal: AbortSignal): Promise<ManifestsAt> {
    const { repository } = source;
    if (!repository || !(await repository.has(revision))) return { kind: 'unknown', reason: `commit ${revision.slice(0, 8)} is not in this clone; fetch it` };
    const { inTree, ignore } = placesOf(source);
    const renderer = await this.#load();
    const paths = await repository.tree(revision, inTree(group.folder));
    const rendered = await this.#render(renderer, withoutIgnored(renderer.gitTree(repository, revision), ignore), group, source, additions, paths, signal);
    if (rendered.kind === 'failed') return { kind: 'unknown', reason: `at commit ${revision.slice(0, 8)}, ${rendered.reason}` };
    // What depends on unknown variables may not be called the base.
    for (const reason of rendered.undecided.values()) return { kind: 'unknown', reason: `at commit ${revision.slice(0, 8)}, ${reason}` };
    return { kind: 'known', manifests: rendered.manifests };
  }

  async #render(renderer: Renderer, tree: Tree, { folder }: Place, source: FolderSource, { variables, fields }: Additions, files: readonly string[], signal: AbortSignal): Promise<GroupObjects> {
    const { top, inTree, ignore } = placesOf(source);
    const root: FluxRoot = {
      folder: inTree(folder),
      resources: resourcesOf(files, inTree(folder), ignore),
      build: { spec: fields, ...(variables && { variables: variables.known }) },
      variablesUnknown: variables?.missing !== undefined,
      top,
    };
    const objects = await renderer.flux(tree, root, signal).catch((error: unknown): FluxObjects => {
      signal.throwIfAborted();
      return { kind: 'failed', problems: [{ file: inTree(folder), range: { start: 0, end: 0 }, message: error instanceof Error ? error.message : 'kustomize could not be run' }] };
    });
    return absolute(objects, top, unknownVariables(variables));
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

/** Why an object that depends on unknown variables is undecided. */
const unknownVariables = (variables: Variables | undefined): string => `its variables come from ${variables?.missing ?? 'somewhere'}, which could not be read`;

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

/** What is found out is kept, whoever asked first: nobody stops it. */
const NEVER = new AbortController().signal;

function absolute(objects: FluxObjects, top: string, unknown: string): GroupObjects {
  if (objects.kind === 'rendered') {
    const { kind, manifests, uncertain, files, trace } = objects;
    return { kind, manifests, undecided: new Map([...uncertain].map(manifest => [manifest, unknown])), files: new Set([...files].map(file => join(top, file))), trace: () => trace(NEVER) };
  }
  const problems = new Map<string, ManifestProblem[]>();
  for (const { file, range, message } of objects.problems) problems.set(join(top, file), [...(problems.get(join(top, file)) ?? []), { file: join(top, file), range, severity: 'error', lost: true, message }]);
  return { kind: 'failed', reason: `kustomize does not build it: ${objects.problems[0]?.message ?? 'no reason given'}`, problems };
}
