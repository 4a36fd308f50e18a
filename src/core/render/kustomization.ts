import { posix } from 'node:path';
import { isObject, type JsonObject } from '../base/json';
import type { MapNode, Range, SourceNode } from '../manifests/document';
import { readDocuments } from '../manifests/documents';
import { withKnownNames } from './kustomization-names';
import type { Tree } from './tree';

/** The names kustomize looks for, in its order. */
export const KUSTOMIZATION_FILES = ['kustomization.yaml', 'kustomization.yml', 'Kustomization'] as const;

/** The kustomization of a folder, by its path in the tree; `undefined` where there is none, or the folder is not in the tree. */
export async function kustomizationIn(tree: Tree, folder: string, signal: AbortSignal): Promise<string | undefined> {
  for (const name of KUSTOMIZATION_FILES) {
    const file = posix.join(folder, name);
    if (!file.startsWith('../') && (await tree.entry(file, signal)).kind === 'file') return file;
  }
  return undefined;
}

/** The kustomization of a folder among these files, whose paths are `/`-separated. */
export function kustomizationAmong(folder: string, files: Pick<ReadonlySet<string>, 'has'>): string | undefined {
  return KUSTOMIZATION_FILES.map(name => posix.join(folder, name)).find(path => files.has(path));
}

/** Whether this path, of either kind of separator, is called as a kustomization is. */
export const isKustomization = (path: string): boolean => KUSTOMIZATION_FILES.some(name => path.endsWith(name) && (path.length === name.length || /[\\/]/.test(path.charAt(path.length - name.length - 1))));

/** One place in a kustomization that names another file or folder. */
export interface Reference {
  /** As written. */
  readonly text: string;
  readonly range: Range;
  /**
   * `resource`: a file, or a folder with a kustomization; `folder`: the latter only; `config`: as `resource`, or the text itself
   * is the configuration of a generator or transformer; `file`: a file; `fileOrText`: a file, or the text itself is the patch.
   */
  readonly kind: 'resource' | 'folder' | 'config' | 'file' | 'fileOrText';
}

/** Something a sandbox cannot or must not do. */
export interface Refusal {
  readonly range: Range;
  readonly message: string;
}

export interface ReadKustomization {
  /** `undefined` where the file is no YAML map; kustomize says what is wrong with it. */
  readonly root: MapNode | undefined;
  readonly references: readonly Reference[];
  readonly refusals: readonly Refusal[];
}

/** How each field of a kustomization names files (kustomize api/types/kustomization.go). A path's `*` stands for each item of a list. */
const FIELDS: readonly (readonly [path: string, kind: Reference['kind']])[] = [
  ['resources.*', 'resource'],
  ['bases.*', 'resource'],
  ['components.*', 'folder'],
  ['generators.*', 'config'],
  ['transformers.*', 'config'],
  ['validators.*', 'config'],
  ['crds.*', 'file'],
  ['configurations.*', 'file'],
  ['openapi.path', 'file'],
  ['patchesStrategicMerge.*', 'fileOrText'],
  ['patches.*.path', 'file'],
  ['patchesJson6902.*.path', 'file'],
  ['replacements.*.path', 'file'],
  ...['configMapGenerator', 'secretGenerator'].flatMap((generator): [string, Reference['kind']][] => [
    [`${generator}.*.env`, 'file'],
    [`${generator}.*.envs.*`, 'file'],
  ]),
];

/** What a kustomization names, and what of it is refused. Never throws. */
export function readKustomization(text: string): ReadKustomization {
  const read = readDocuments(text, 'K2')[0]?.root;
  if (read?.kind !== 'map') return { root: undefined, references: [], refusals: [] };
  const root = withKnownNames(read);
  const references = FIELDS.flatMap(([path, kind]) => nodesAt(root, path.split('.')).flatMap(node => reference(node, kind) ?? []));
  for (const generator of ['configMapGenerator', 'secretGenerator']) {
    for (const node of nodesAt(root, [generator, '*', 'files', '*'])) {
      const found = reference(node, 'file');
      // `key=path`, or the path alone.
      if (found) references.push({ ...found, text: found.text.slice(found.text.indexOf('=') + 1) });
    }
  }
  return { root, references, refusals: helmRefusals(root) };
}

const HELM = 'Helm charts inside a kustomization need the helm program: this kustomization is not rendered.';

function helmRefusals(root: MapNode): Refusal[] {
  return root.pairs.filter(({ key, node }) => /^(?:helmCharts|helmChartInflationGenerator)$/.test(key) && Array.isArray(node.value) && node.value.length > 0).map(({ keyRange }) => ({ range: keyRange, message: HELM }));
}

/** What the configuration of a generator or transformer names, by the fields that kustomize's own ones have; relative to the kustomization that lists it. */
export function readConfigs(text: string): ReadKustomization {
  const documents = readDocuments(text, 'K3').flatMap(({ root }) => (root?.kind === 'map' ? [root] : []));
  const references = documents.flatMap(root => configReferences(root));
  const refusals = documents.flatMap(root => {
    const message = configRefusal(root.value);
    const kind = root.pairs.find(({ key }) => key === 'kind');
    return message === undefined ? [] : [{ range: kind?.node.range ?? root.range, message }];
  });
  return { root: documents[0], references, refusals };
}

function configReferences(node: SourceNode): Reference[] {
  const here = target(node);
  if (here.kind === 'list') return here.items.flatMap(configReferences);
  if (here.kind !== 'map') return [];
  return here.pairs.flatMap(({ key, node: value }) => {
    const named = /^(?:path|paths|env|envs|files)$/.test(key) ? [value, ...nodesAt(value, ['*'])].flatMap(item => reference(item, 'fileOrText') ?? []) : [];
    return [...named.map(found => (key === 'files' ? { ...found, text: found.text.slice(found.text.indexOf('=') + 1) } : found)), ...configReferences(value)];
  });
}

const FUNCTIONS = ['config.kubernetes.io/function', 'config.k8s.io/function'];

function configRefusal(config: unknown): string | undefined {
  const object = config as JsonObject;
  const annotations = isObject(object['metadata']) ? object['metadata']['annotations'] : undefined;
  if (isObject(annotations) && FUNCTIONS.some(key => Object.hasOwn(annotations, key))) return 'This is a function that runs in a container or as a program: it is not run, and the kustomization not rendered.';
  if (object['kind'] === 'HelmChartInflationGenerator') return HELM;
  if (typeof object['apiVersion'] === 'string' && object['apiVersion'] !== 'builtin') return 'This is configuration for a plugin, a program of its own: it is not run, and the kustomization not rendered.';
  return undefined;
}

function reference(node: SourceNode, kind: Reference['kind']): Reference | undefined {
  const here = target(node);
  return here.kind === 'scalar' && typeof here.value === 'string' && here.value !== '' ? { text: here.value, range: node.range, kind } : undefined;
}

const target = (node: SourceNode): Exclude<SourceNode, { readonly kind: 'alias' }> => (node.kind === 'alias' ? node.target : node);

function nodesAt(node: SourceNode, path: readonly string[]): SourceNode[] {
  const [step, ...rest] = path;
  if (step === undefined) return [node];
  const here = target(node);
  if (step === '*') return here.kind === 'list' ? here.items.flatMap(item => nodesAt(item, rest)) : [];
  return here.kind === 'map' ? here.pairs.filter(({ key }) => key === step).flatMap(pair => nodesAt(pair.node, rest)) : [];
}

/** The key of this name at the top of a kustomization. */
export const topKey = (root: MapNode | undefined, key: string): Range | undefined => root?.pairs.find(pair => pair.key === key)?.keyRange;

export type Remote = 'file' | 'repository';

/** Whether kustomize would fetch this (api/internal/loader `IsRemoteFile`, api/internal/git `NewRepoSpecFromURL`). */
export function remoteKind(text: string): Remote | undefined {
  if (/^https?:/i.test(text)) return 'file';
  const repository = /^(?:git::|ssh:|file:|gh:|(?:www\.)?github\.com[/:]|[\w.-]+@[\w.-]+[:/])/i.test(text) || /\.git(?:\/|\?|$)|_git\/|[?&]ref=/.test(text);
  return repository ? 'repository' : undefined;
}

/** The path of a reference from the top of the tree; `undefined` when it leads out of it. */
export function resolveIn(folder: string, text: string): string | undefined {
  if (posix.isAbsolute(text)) return undefined;
  const path = posix.normalize(posix.join(folder, text));
  if (path === '..' || path.startsWith('../')) return undefined;
  return path === '.' || path === './' ? '' : path.replace(/\/$/, '');
}
