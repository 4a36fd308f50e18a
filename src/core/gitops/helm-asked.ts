import { at, type Json, type JsonObject, listAt, mapAt, member, textAt } from '../base/json';
import { cleanPath } from './flux-values';
import type { HelmValuesRef } from './helm-values';

/** What a HelmRelease, as it is written, asks its controller for. */
export interface HelmAsked {
  /** `version` may be a range, and is empty where none is named. */
  readonly chart: { readonly name: string; readonly version: string };
  /** The chart lies in a GitRepository; `undefined`: it comes from somewhere else. */
  readonly git: GitChart | undefined;
  readonly values: JsonObject;
  /** In this order, each over the ones before; `values` over all of them. */
  readonly valuesFrom: readonly HelmValuesRef[];
  readonly release: { readonly name: string; readonly namespace: string };
  /** Kustomizations of what is rendered, one after another: `patches` and `images`, as written. */
  readonly postRenderers: readonly JsonObject[];
  readonly commonMetadata: { readonly labels: JsonObject; readonly annotations: JsonObject };
  readonly skipSchema: boolean;
  /** What is done with definitions in `crds/`, at the first installation and at upgrades. */
  readonly crds: Readonly<Record<'install' | 'upgrade', CrdsPolicy>>;
  /** What in it changes the objects in a way that is not computed; words for a person, empty when nothing. */
  readonly notComputed: readonly string[];
}

/** `Create`: those that are not there; `CreateReplace`: those that are there are overwritten, too. */
export type CrdsPolicy = 'Skip' | 'Create' | 'CreateReplace';

export interface GitChart {
  readonly source: { readonly name: string; readonly namespace: string };
  /** From the top of the repository. */
  readonly folder: string;
  /** From the top of the repository: where some are named, they take the place of the chart's own `values.yaml`. */
  readonly valuesFiles: readonly string[];
  readonly ignoreMissing: boolean;
  /** Each commit counts as a new chart; else only another version in `Chart.yaml` does. */
  readonly eachRevision: boolean;
}

/** As helm-controller and source-controller read it (`api/v2`). `namespace` is the HelmRelease's own. */
export function helmAsked(object: JsonObject, namespace: string): HelmAsked {
  const spec = at(object, 'spec');
  const chart = at(spec, 'chart', 'spec');
  const name = textAt(object, 'metadata', 'name') ?? '';
  const target = textAt(spec, 'targetNamespace') || undefined;
  const renderers = listAt(spec, 'postRenderers').flatMap(one => member(one, 'kustomize') ?? []);
  return {
    chart: { name: textAt(chart, 'chart') ?? '', version: textAt(chart, 'version') ?? '' },
    git: gitChart(chart, namespace),
    values: mapAt(spec, 'values'),
    valuesFrom: listAt(spec, 'valuesFrom').map(refOf),
    release: { name: textAt(spec, 'releaseName') || (target === undefined ? name : `${target}-${name}`), namespace: target ?? namespace },
    postRenderers: renderers.map(one => ({ patches: listAt(one, 'patches'), images: listAt(one, 'images') })),
    commonMetadata: { labels: mapAt(spec, 'commonMetadata', 'labels'), annotations: mapAt(spec, 'commonMetadata', 'annotations') },
    crds: { install: policyOf(textAt(spec, 'install', 'crds'), at(spec, 'install', 'skipCRDs') === true ? 'Skip' : 'Create'), upgrade: policyOf(textAt(spec, 'upgrade', 'crds'), 'Skip') },
    skipSchema: at(spec, 'upgrade', 'disableSchemaValidation') === true,
    notComputed: renderers.some(one => ['patchesStrategicMerge', 'patchesJson6902'].some(key => listAt(one, key).length > 0)) ? ['patches of an old form are applied (spec.postRenderers)'] : [],
  };
}

const policyOf = (text: string | undefined, otherwise: CrdsPolicy): CrdsPolicy => (text === 'Skip' || text === 'Create' || text === 'CreateReplace' ? text : otherwise);

function gitChart(chart: Json | undefined, own: string): GitChart | undefined {
  const source = member(chart, 'sourceRef');
  if (textAt(source, 'kind') !== 'GitRepository') return undefined;
  // `valuesFile` is the older form of the same.
  const files = [...listAt(chart, 'valuesFiles'), textAt(chart, 'valuesFile') ?? ''].filter(file => typeof file === 'string' && file !== '') as string[];
  return {
    source: { name: textAt(source, 'name') ?? '', namespace: textAt(source, 'namespace') || own },
    folder: cleanPath(textAt(chart, 'chart') ?? ''),
    valuesFiles: files.map(cleanPath),
    ignoreMissing: member(chart, 'ignoreMissingValuesFiles') === true,
    eachRevision: textAt(chart, 'reconcileStrategy') === 'Revision',
  };
}

function refOf(one: Json): HelmValuesRef {
  return {
    kind: textAt(one, 'kind') ?? '',
    name: textAt(one, 'name') ?? '',
    key: textAt(one, 'valuesKey') || 'values.yaml',
    path: textAt(one, 'targetPath') || undefined,
    optional: member(one, 'optional') === true,
  };
}
