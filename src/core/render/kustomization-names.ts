import { fromEntries } from '../base/json';
import type { ListNode, MapNode, ScalarNode, SourceNode } from '../manifests/document';

/** By name in small letters: the name itself, and what it holds has these fields; absent: names of somebody's own, or none. */
type Fields = ReadonlyMap<string, readonly [name: string, below: Fields | undefined]>;

function fields(names: string, below: Readonly<Record<string, Fields>> = {}): Fields {
  return new Map([...names.split(' '), ...Object.keys(below)].map(name => [name.toLowerCase(), [name, below[name]]]));
}

const OPTIONS = fields('labels annotations disableNameSuffixHash immutable');
const SELECTOR = fields('group version kind name namespace annotationSelector labelSelector');
const PATCH = fields('path patch options', { target: SELECTOR });
const COPYING = fields('delimiter index encoding create');
const IMAGE = fields('name newName tagSuffix newTag digest');
const GENERATOR = fields('namespace name behavior literals files envs env type', { options: OPTIONS });

/** What kustomize reads of a kustomization (kustomize api/types of 5.8). */
const KUSTOMIZATION = fields(
  'kind apiVersion openapi namePrefix nameSuffix namespace commonLabels commonAnnotations patchesStrategicMerge resources components crds bases helmGlobals helmCharts helmChartInflationGenerator configurations generators transformers validators buildMetadata',
  {
    metadata: fields('name namespace labels annotations'),
    labels: fields('pairs includeSelectors includeTemplates', { fields: fields('group version kind path create') }),
    patches: PATCH,
    patchesJson6902: PATCH,
    images: IMAGE,
    imageTags: IMAGE,
    replacements: fields('path sourceValue', { source: fields('group version kind name namespace fieldPath', { options: COPYING }), targets: fields('fieldPaths', { select: SELECTOR, reject: SELECTOR, options: COPYING }) }),
    replicas: fields('name count'),
    vars: fields('name', { objref: fields('apiVersion group version kind name namespace'), fieldref: fields('fieldPath') }),
    sortOptions: fields('order', { legacySortOptions: fields('orderFirst orderLast') }),
    configMapGenerator: GENERATOR,
    secretGenerator: GENERATOR,
    generatorOptions: OPTIONS,
  },
);

/**
 * A kustomization with its fields by the names that they have: kustomize reads them by Go's encoding/json, which takes `Resources`
 * for `resources`. What is there in two spellings is left as it stands.
 */
export const withKnownNames = (root: MapNode): MapNode => renamedMap(root, KUSTOMIZATION);

function renamed(node: SourceNode, known: Fields): SourceNode {
  if (node.kind !== 'alias') return renamedIn(node, known);
  const target = renamedIn(node.target, known);
  return target === node.target ? node : { ...node, target, value: target.value };
}

function renamedIn(node: ScalarNode | MapNode | ListNode, known: Fields): ScalarNode | MapNode | ListNode {
  if (node.kind === 'map') return renamedMap(node, known);
  if (node.kind !== 'list') return node;
  const items = node.items.map(item => renamed(item, known));
  return items.every((item, i) => item === node.items[i]) ? node : { ...node, items, value: items.map(({ value }) => value) };
}

function renamedMap(node: MapNode, known: Fields): MapNode {
  const spelled = (key: string): number => node.pairs.filter(pair => pair.key.toLowerCase() === key).length;
  const pairs = node.pairs.map(pair => {
    const [name, below] = known.get(pair.key.toLowerCase()) ?? [];
    const inside = below ? renamed(pair.node, below) : pair.node;
    const key = name !== undefined && name !== pair.key && spelled(name.toLowerCase()) === 1 ? name : pair.key;
    return key === pair.key && inside === pair.node ? pair : { ...pair, key, node: inside };
  });
  return pairs.every((pair, i) => pair === node.pairs[i]) ? node : { ...node, pairs, value: fromEntries(pairs.map(({ key, node: { value } }) => [key, value] as const)) };
}
