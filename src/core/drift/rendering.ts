import { posix } from 'node:path';
import { isObject, listAt, member, textAt } from '../base/json';
import type { Cluster } from '../cluster/api';
import type { ArgoApplication, FluxKustomization } from '../gitops/application';
import type { ArgoHelm } from '../gitops/argo-helm';
import { overridden } from '../gitops/argo-overrides';
import { argoRequest } from '../gitops/argo-request';
import { readArgoFiles, sourceFilesOf } from '../gitops/argo-files';
import type { FluxBuildSpec } from '../gitops/flux-build';
import { readSourceFiles } from '../gitops/source-files';
import type { SourceIgnore } from '../gitops/source-ignore';
import { folderOfPattern, isPattern, resolvedValues } from '../gitops/value-patterns';
import type { ObjectRef } from '../kube/identity';
import type { Path } from '../kube/path';
import type { FluxRoot } from '../render/flux-root';
import type { ChartRequest } from '../render/helm-chart';
import type { KustomizeRoot } from '../render/kustomize-root';
import { CHART_TROUBLE, notRendered } from '../render/not-rendered';
import { NOWHERE } from '../render/reach';
import type { RootObjects } from '../render/root-objects';
import type { Steps } from '../render/sites';
import { pathOf } from '../render/spot-range';
import { placesOf, type Builder, type Place, type Recipe } from './builder';
import { CHART_FILE } from './chart-folders';
import { clusterData } from './cluster-data';
import type { FolderSource } from './folder-source';
import type { Group } from './groups';
import type { Plan } from './plan';
import { servedBy } from './served';

interface Variables {
  readonly known: Readonly<Record<string, string>>;
  /** Where further ones come from that could not be read; `undefined`: all are known. */
  readonly missing: string | undefined;
}

/** What kustomize builds for a controller, at the working tree and at commits. */
export class Rendering {
  readonly #builder: Builder;
  readonly #cluster: Cluster;

  constructor(builder: Builder, cluster: Cluster) {
    this.#builder = builder;
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
    const rootOf = (below: readonly string[], left: SourceIgnore): FluxRoot => ({
      folder: inTree(folder),
      resources: resourcesOf(below, inTree(folder), left),
      build: { spec: build.fields, ...(variables && { variables: variables.known }) },
      variablesUnknown: variables?.missing !== undefined,
      top,
    });
    const recipeFor = (left: SourceIgnore): Recipe => ({
      ignore: left,
      unknown: `its variables come from ${variables?.missing ?? 'somewhere'}, which could not be read`,
      decrypts: application.decrypts,
      key: JSON.stringify([build.fields, variables, application.decrypts, application.source?.ignore]),
      trouble: KUSTOMIZE_TROUBLE,
      build: (renderer, tree, below, signal) => renderer.flux(tree, rootOf(below, left), signal),
      reads: (renderer, tree, below, signal) => renderer.fluxReads(tree, rootOf(below, left), signal),
    });
    return this.#plan(group, source, refsOf(build, application.ref.namespace), builtOtherwise(application, variables), recipeFor(ignore), async revision => recipeFor(await source.ignoredAt(revision, application)));
  }

  #argo(group: Group, application: ArgoApplication, source: FolderSource): Plan | undefined {
    const { inTree } = placesOf(source);
    const { build, notComputed, instance } = application;
    const readings = [...readArgoFiles(group.files.map(inTree), inTree(group.folder), application).values()];
    const chart = readings.some(reading => reading.kind === 'rendered' && reading.by.endsWith('Chart.yaml'));
    if (notComputed.length === 0 && (chart || build.tool === 'Helm')) return this.#plan(group, source, [], undefined, this.#helmRecipe(group, application, source));
    const rendered = readings.some(reading => reading.kind === 'rendered' && !reading.by.endsWith('Chart.yaml'));
    if (notComputed.length > 0 || !(rendered || build.tool === 'Kustomize')) return undefined;
    return this.#plan(group, source, [], undefined, kustomizeRecipe({ options: build.kustomize, at: build.kustomizeAt, overrides: sourceFilesOf(instance), unrestricted: build.unrestricted }, group, source));
  }

  #helmRecipe({ folder }: Place, { build, ref, targetNamespace, instance }: ArgoApplication, source: FolderSource): Recipe {
    const { top, inTree } = placesOf(source);
    const at = inTree(folder);
    const overrides = sourceFilesOf(instance).map(name => posix.join(at, name));
    const failed = (file: string, message: string): RootObjects => ({ kind: 'failed', problems: [{ file, range: NOWHERE, message }] });
    const requestOf = (helm: ArgoHelm): ChartRequest => argoRequest(helm, at, ref.name, targetNamespace, this.#cluster.version);
    return {
      ignore: () => false,
      unknown: 'its template gives other values each time it is rendered',
      decrypts: false,
      trouble: CHART_TROUBLE,
      wholeFolder: true,
      besides: async (tree, signal) => {
        const asked = await overridden(build.helm, overrides, tree, signal);
        return asked.kind === 'refused' ? [] : requestOf(asked.helm).values.flatMap(value => (value.kind === 'file' && isPattern(value.path) ? [folderOfPattern(value.path)] : []));
      },
      key: JSON.stringify([requestOf(build.helm), build.helm.refsHere]),
      build: async (renderer, tree, paths, signal) => {
        const asked = await overridden(build.helm, overrides, tree, signal);
        if (asked.kind === 'refused') return failed(asked.file, asked.message);
        const request = requestOf(asked.helm);
        const values = resolvedValues(request.values, paths, asked.helm.ignoreMissing);
        if (typeof values === 'string') return notRendered(posix.join(at, CHART_FILE), values);
        const inside = at === '' ? paths : paths.filter(path => path.startsWith(`${at}/`));
        return renderer.chart(tree, { request: { ...request, values }, ignoreMissing: asked.helm.ignoreMissing, defaults: [], paths: inside, served: servedBy(this.#cluster), top, given: steps => (asked.helm === build.helm ? givenBy(build, steps) : undefined) }, signal);
      },
    };
  }

  #plan({ folder, files }: Group, source: FolderSource, refs: readonly ObjectRef[], doubt: string | undefined, recipe: Recipe, recipeAt: (revision: string) => Promise<Recipe> = () => Promise.resolve(recipe)): Plan {
    const group: Place = { folder, files };
    return {
      key: recipe.key,
      refs,
      doubt,
      now: (saved, signal) => this.#builder.now(group, source, recipe, saved, signal),
      reads: signal => this.#builder.reads(group, source, recipe, signal),
      at: revision => this.#builder.at(revision, group, source, recipe, () => recipeAt(revision)),
    };
  }

  /** `undefined` where nothing is replaced. */
  #variables({ substitution }: FluxBuildSpec, namespace: string | undefined): Variables | undefined {
    if (!substitution) return undefined;
    let known = new Map<string, string>();
    let missing: string | undefined;
    for (const { kind, name, optional } of substitution.from) {
      const found = clusterData(this.#cluster, kind, namespace, name);
      if (found.kind === 'absent' && optional) continue;
      if (found.kind === 'data') {
        for (const [key, value] of found.data) known.set(key, oneLine(value));
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

const refsOf = ({ substitution }: FluxBuildSpec, namespace: string | undefined): ObjectRef[] => (substitution?.from ?? []).map(({ kind, name }) => ({ apiVersion: 'v1', kind, namespace, name }));

/** Where an Application gives a value itself: a parameter, else its values. */
function givenBy({ helm: { written }, kustomizeAt }: ArgoApplication['build'], steps: Steps): Path | undefined {
  const path = (...inside: Steps): Path => pathOf([...kustomizeAt.slice(0, -1), 'helm', ...inside]);
  const parameter = listAt(written, 'parameters').findLastIndex(one => textAt(one, 'name') === steps.join('.'));
  if (parameter >= 0) return path('parameters', parameter, 'value');
  if (isObject(member(written, 'valuesObject'))) return path('valuesObject', ...steps);
  return textAt(written, 'values') ? path('values') : undefined;
}

const KUSTOMIZE_TROUBLE = 'kustomize does not build it';

/** What `kustomize build` makes of the folder. */
function kustomizeRecipe(how: Pick<KustomizeRoot, 'options' | 'at' | 'overrides' | 'unrestricted'>, { folder }: Place, source: FolderSource): Recipe {
  const { top, inTree } = placesOf(source);
  return {
    ignore: () => false,
    unknown: '',
    decrypts: false,
    trouble: KUSTOMIZE_TROUBLE,
    key: JSON.stringify(how),
    build: (renderer, tree, _, signal) => renderer.kustomize(tree, { ...how, folder: inTree(folder), top }, signal),
    reads: (renderer, tree, _, signal) => renderer.kustomizeReads(tree, { ...how, folder: inTree(folder), top }, signal),
  };
}

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
