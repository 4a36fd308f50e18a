import { at, listAt, member, textAt, type Json } from '../base/json';
import { stringifyJson } from '../base/json-text';
import type { SourceNode } from '../manifests/document';
import { readDocuments } from '../manifests/documents';
import { resolveIn } from './kustomization';
import { envSites, fileSite, kustomizationSites } from './kustomization-sites';
import { textOf, type Reach } from './reach';
import type { Guards } from './rounds';
import type { FluxBuild } from './root-request';
import { documentSites, patchSites, type Site, type Spot } from './sites';

/** What a root is built from, and every place in it that can set a value. */
export interface RootSites {
  readonly sites: readonly Site[];
  /** The documents of each file that sites stand in, as they are read. */
  readonly documents: ReadonlyMap<string, readonly SourceNode[]>;
  /** Files that may set what cannot be told: configurations of transformers, else patches and the kustomizations themselves. */
  readonly maySet: readonly string[];
  /** Nothing changes what kind an object is of. */
  readonly kindsStay: boolean;
}

type Role = 'resource' | 'patch' | 'env' | 'file' | 'opaque';

/** Lists of a kustomization that name files, and what the files are there. */
const LISTS: readonly (readonly [key: string, below: string | undefined, role: Role])[] = [
  ['resources', undefined, 'resource'],
  ['bases', undefined, 'resource'],
  ['patches', 'path', 'patch'],
  ['patchesJson6902', 'path', 'patch'],
  ['patchesStrategicMerge', undefined, 'patch'],
  ['generators', undefined, 'opaque'],
  ['transformers', undefined, 'opaque'],
  ['validators', undefined, 'opaque'],
  ['configurations', undefined, 'opaque'],
];

/** Fields that name objects, list items and the like, which are then found by that name. */
const ADDRESSED = ['patches', 'patchesJson6902', 'patchesStrategicMerge', 'replacements', 'replicas', 'vars', 'transformers'];

export function rootSites({ files, kustomizations }: Pick<Reach, 'files' | 'kustomizations'>, flux: FluxBuild | undefined): RootSites {
  const roles = new Map<string, Set<Role>>();
  for (const { folder, root } of kustomizations.values()) if (root) for (const [file, role] of namedFiles(root.value, folder)) if (files.has(file)) roles.set(file, (roles.get(file) ?? new Set()).add(role));
  const guards = guardsOf({ files, kustomizations }, flux, [...roles].filter(([, set]) => !set.has('resource')).map(([file]) => file));
  const sites: Site[] = [];
  const documents = new Map<string, readonly SourceNode[]>();
  const read = (file: string): readonly SourceNode[] => {
    const found = readDocuments(textOf(files.get(file) ?? new Uint8Array()), 'K3');
    // What cannot be read here is not rewritten either.
    const roots = found.some(({ trouble }) => trouble) ? [] : found.flatMap(({ root }) => root ?? []);
    documents.set(file, roots);
    return roots;
  };
  for (const [file, { root }] of kustomizations) {
    if (!root) continue;
    documents.set(file, [root]);
    sites.push(...kustomizationSites(root.value, guards, path => ({ kind: 'yaml', file, document: 0, path })));
  }
  for (const [file, set] of roles) {
    if (set.has('resource')) sites.push(...documentSites(file, read(file), guards));
    else if (set.has('patch')) sites.push(...patchSites(read(file), guards, (document, path) => ({ kind: 'yaml', file, document, path })));
    else if (set.has('env') && isText(files.get(file))) sites.push(...envSites(file, textOf(files.get(file) ?? new Uint8Array())));
    else if (set.has('file') && isText(files.get(file))) sites.push(fileSite(file, textOf(files.get(file) ?? new Uint8Array())));
  }
  if (flux) sites.push(...fluxSites(flux, guards));
  const having = (role: Role): string[] => [...roles].filter(([, set]) => set.has(role)).map(([file]) => file);
  return { sites, documents, maySet: [...having('opaque'), ...having('patch'), ...kustomizations.keys()], kindsStay: !guards.changesKind };
}

function* fluxSites({ spec, variables }: FluxBuild, guards: Guards): Generator<Site> {
  yield* kustomizationSites(spec, guards, (path): Spot => ({ kind: 'spec', path }));
  for (const [name, value] of Object.entries(variables ?? {})) yield { by: 'substitute', round: 'value', spot: { kind: 'variable', name }, value, marked: ({ text }) => value + text };
}

function* namedFiles(value: Json, folder: string): Generator<readonly [string, Role]> {
  const resolved = function* (text: Json | undefined, role: Role): Generator<readonly [string, Role]> {
    const path = typeof text === 'string' ? resolveIn(folder, text) : undefined;
    if (path !== undefined) yield [path, role];
  };
  for (const [key, below, role] of LISTS) for (const entry of listAt(value, key)) yield* resolved(below === undefined ? entry : member(entry, below), role);
  yield* resolved(textAt(value, 'openapi', 'path'), 'opaque');
  for (const generator of ['configMapGenerator', 'secretGenerator']) {
    for (const entry of listAt(value, generator)) {
      for (const text of [at(entry, 'env'), ...listAt(entry, 'envs')]) yield* resolved(text, 'env');
      for (const text of listAt(entry, 'files')) yield* resolved(typeof text === 'string' ? text.slice(text.indexOf('=') + 1) : undefined, 'file');
    }
  }
}

/** Bytes that are no UTF-8 would not come back as they were. */
const isText = (bytes: Uint8Array | undefined): boolean => bytes !== undefined && Buffer.from(textOf(bytes)).equals(bytes);

function guardsOf({ files, kustomizations }: Pick<Reach, 'files' | 'kustomizations'>, flux: FluxBuild | undefined, named: readonly string[]): Guards {
  const addressing = [...[...kustomizations.values()].flatMap(({ root }) => ADDRESSED.flatMap(key => member(root?.value, key) ?? [])), member(flux?.spec, 'patches') ?? null].map(value => stringifyJson(value));
  const selectors = addressing.flatMap(text => [...text.matchAll(/"(label|annotation)Selector":"([^"]*)"/g)]);
  const texts = named.map(file => textOf(files.get(file) ?? new Uint8Array()));
  return {
    labels: selectors.some(([, kind]) => kind === 'label'),
    annotations: selectors.some(([, kind]) => kind === 'annotation'),
    names: wordsIn([...addressing, ...texts]),
    selected: wordsIn(selectors.map(([, , text]) => text ?? '')),
    changesKind: [...addressing, ...texts].some(text => /allowKindChange|["' ]\/(?:kind|apiVersion)\b/.test(text)),
  };
}

const wordsIn = (texts: readonly string[]): ReadonlySet<string> => new Set(texts.flatMap(text => text.split(/\\n|[^\w.-]+/)));
