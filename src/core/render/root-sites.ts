import { at, listAt, member, textAt, type Json, type JsonObject } from '../base/json';
import { stringifyJson } from '../base/json-text';
import type { SourceNode } from '../manifests/document';
import { readDocuments } from '../manifests/documents';
import { configSites, configsOf, type Config } from './config-sites';
import { resolveIn } from './kustomization';
import { envSites, fileSite, inlinePatches, kustomizationSites, replacementSites } from './kustomization-sites';
import { textOf, type Reach } from './reach';
import type { Guards } from './rounds';
import type { RootRequest } from './root-request';
import { documentSites, patchCopies, patchSites, patchTexts, within, type Copy, type Place, type Site } from './sites';

/** What a root is built from, and every place in it that can set a value. */
export interface RootSites {
  readonly sites: readonly Site[];
  /** What is changed in every build, and to what. */
  readonly loosened: readonly Loosened[];
  /** The documents of each file that sites stand in, as they are read. */
  readonly documents: ReadonlyMap<string, readonly SourceNode[]>;
  /** Files that may set what cannot be told: configurations of transformers, else patches and the kustomizations themselves. */
  readonly maySet: readonly string[];
  /** Nothing changes what kind an object is of. */
  readonly kindsStay: boolean;
  /** What patches put in a second place. */
  readonly copies: readonly Copy[];
  /** Values are copied from one object to another, or within one. */
  readonly copying: boolean;
}

export interface Loosened {
  readonly spot: Site['spot'];
  readonly value: Json;
}

type Role = 'resource' | 'patch' | 'replacement' | 'env' | 'file' | 'config' | 'opaque';

/** Lists of a kustomization that name files, and what the files are there. */
const LISTS: readonly (readonly [key: string, below: string | undefined, role: Role])[] = [
  ['resources', undefined, 'resource'],
  ['bases', undefined, 'resource'],
  ['patches', 'path', 'patch'],
  ['patchesJson6902', 'path', 'patch'],
  ['patchesStrategicMerge', undefined, 'patch'],
  ['replacements', 'path', 'replacement'],
  ['validators', undefined, 'opaque'],
  ['configurations', undefined, 'opaque'],
];

/** Fields that name objects, list items and the like, which are then found by that name. */
const ADDRESSED = ['patches', 'patchesJson6902', 'patchesStrategicMerge', 'replacements', 'replicas', 'vars', 'generators', 'transformers'];
/** Roles of files that do so. */
const ADDRESSING: readonly Role[] = ['patch', 'replacement', 'config', 'opaque'];

export function rootSites(reached: Pick<Reach, 'files' | 'kustomizations'>, { root: folder, flux, argo }: Pick<RootRequest, 'root' | 'flux' | 'argo'>): RootSites {
  const { files, kustomizations } = reached;
  const documents = new Documents(files);
  const configs = [...configsOf(reached, file => documents.of(file))];
  const added = flux?.spec ?? argo?.options;
  const naming = [...[...kustomizations.values()].map(({ folder: own, root }) => [own, root?.value] as const), [folder, added] as const];
  const roles = rolesOf(files, naming, configs);
  const having = (...wanted: readonly Role[]): string[] => [...roles].filter(([, set]) => wanted.some(role => set.has(role))).map(([file]) => file);
  const values = [...configs.map(({ value }) => value), ...having('replacement').flatMap(file => documents.of(file).map(({ value }) => value))];
  const guards = guardsOf({ reached, added, configured: configs.length > 0, values, texts: having(...ADDRESSING).map(file => textIn(files, file)) });
  const sites: Site[] = [];
  const copies: Copy[] = [];
  for (const [file, { root }] of kustomizations) {
    if (!root) continue;
    documents.set(file, root);
    const place: Place = path => ({ kind: 'yaml', file, document: 0, path });
    sites.push(...kustomizationSites(root.value, guards, place));
    copies.push(...inlineCopies(root.value, place));
  }
  for (const config of configs) sites.push(...configSites(config, guards));
  for (const [file, set] of roles) {
    sites.push(...fileSites(file, { set, documents, guards, files }));
    if (set.has('patch')) for (const [document, { value }] of documents.of(file).entries()) copies.push(...patchCopies(value, path => ({ kind: 'yaml', file, document, path })));
  }
  if (added) {
    const place: Place = path => ({ kind: 'spec', path });
    sites.push(...kustomizationSites(added, guards, place));
    copies.push(...inlineCopies(added, place));
  }
  for (const file of argo?.overrides ?? []) {
    const [root] = documents.of(file);
    if (root) sites.push(...kustomizationSites(member(root.value, 'kustomize') ?? null, guards, path => ({ kind: 'yaml', file, document: 0, path: ['kustomize', ...path] })));
  }
  for (const [name, value] of Object.entries(flux?.variables ?? {})) sites.push({ by: 'substitute', round: 'value', spot: { kind: 'variable', name }, value, marked: ({ text }) => value + text });
  return {
    sites: sites.filter(({ round }) => round !== 'loosened'),
    // What is written there does not depend on a token.
    loosened: sites.flatMap(({ round, spot, marked }) => (round === 'loosened' ? [{ spot, value: marked(NO_TOKEN) }] : [])),
    documents: documents.read,
    maySet: [...having('config'), ...having('patch'), ...kustomizations.keys()],
    kindsStay: !guards.changesKind,
    copies,
    copying: copies.length > 0 || having('replacement').length > 0 || configs.some(({ value }) => textAt(value, 'kind') === 'ReplacementTransformer') || [...kustomizations.values()].some(({ root }) => listAt(root?.value, 'replacements').length + listAt(root?.value, 'vars').length > 0),
  };
}

const NO_TOKEN = { text: '', number: 0 };

/** The documents of files, each read once. */
class Documents {
  readonly read = new Map<string, readonly SourceNode[]>();
  readonly #files: Reach['files'];

  constructor(files: Reach['files']) {
    this.#files = files;
  }

  set(file: string, root: SourceNode): void {
    this.read.set(file, [root]);
  }

  of(file: string): readonly SourceNode[] {
    const known = this.read.get(file);
    if (known) return known;
    const found = readDocuments(textIn(this.#files, file), 'K3');
    // What cannot be read here is not rewritten either.
    const roots = found.some(({ trouble }) => trouble) ? [] : found.flatMap(({ root }) => root ?? []);
    this.read.set(file, roots);
    return roots;
  }
}

const textIn = (files: Reach['files'], file: string): string => textOf(files.get(file) ?? new Uint8Array());

interface Around {
  readonly set: ReadonlySet<Role>;
  readonly documents: Documents;
  readonly guards: Guards;
  readonly files: Reach['files'];
}

/** The places in a file by what it is; configurations have been looked at. */
function* fileSites(file: string, { set, documents, guards, files }: Around): Generator<Site> {
  if (set.has('config')) return;
  const role = (['resource', 'patch', 'replacement', 'env', 'file'] as const).find(one => set.has(one));
  if (role === 'env' || role === 'file') {
    const text = isText(files.get(file)) ? textIn(files, file) : undefined;
    if (role === 'file') yield fileSite(file, text);
    else if (text !== undefined) yield* envSites(file, text);
    return;
  }
  for (const [document, { value }] of role === undefined ? [] : documents.of(file).entries()) {
    const place: Place = path => ({ kind: 'yaml', file, document, path });
    if (role === 'resource') yield* documentSites(value, guards, place);
    else if (role === 'patch') yield* patchSites(value, guards, place);
    // One, or a list of several.
    else if (Array.isArray(value)) for (const [i, entry] of (value as readonly Json[]).entries()) yield* replacementSites([i], entry, place);
    else yield* replacementSites([], value, place);
  }
}

function* inlineCopies(value: Json, place: Place): Generator<Copy> {
  for (const path of inlinePatches(value)) for (const [document, patch] of patchTexts(textAt(value, ...path) ?? '').entries()) yield* patchCopies(patch.value, within(place(path), document));
}

/** What each file is, by the kustomizations that name it, each in its folder, and by configurations. */
function rolesOf(files: Reach['files'], naming: readonly (readonly [folder: string, value: Json | undefined])[], configs: readonly Config[]): ReadonlyMap<string, ReadonlySet<Role>> {
  const roles = new Map<string, Set<Role>>();
  const add = (file: string | undefined, role: Role): void => {
    if (file !== undefined && files.has(file)) roles.set(file, (roles.get(file) ?? new Set()).add(role));
  };
  for (const [folder, value] of naming) for (const [text, role] of namedFiles(value ?? null)) add(resolveIn(folder, text), role);
  for (const { file, folder, value } of configs) {
    add(file, 'config');
    for (const [text, role] of namedByConfig(value)) add(resolveIn(folder, text), role);
  }
  return roles;
}

function* namedFiles(value: Json): Generator<readonly [string, Role]> {
  for (const [key, below, role] of LISTS) for (const entry of listAt(value, key)) yield* named(below === undefined ? entry : member(entry, below), role);
  yield* named(textAt(value, 'openapi', 'path'), 'opaque');
  for (const generator of ['configMapGenerator', 'secretGenerator']) for (const entry of listAt(value, generator)) yield* namedByGenerator(entry);
}

function* namedByGenerator(entry: Json): Generator<readonly [string, Role]> {
  for (const text of [at(entry, 'env'), ...listAt(entry, 'envs')]) yield* named(text, 'env');
  for (const text of listAt(entry, 'files')) yield* named(typeof text === 'string' ? text.slice(text.indexOf('=') + 1) : undefined, 'file');
}

function* namedByConfig(value: Json): Generator<readonly [string, Role]> {
  if (textAt(value, 'kind')?.endsWith('Generator')) yield* namedByGenerator(value);
  for (const text of [member(value, 'path'), ...listAt(value, 'paths')]) yield* named(text, 'patch');
  for (const entry of listAt(value, 'replacements')) yield* named(member(entry, 'path'), 'replacement');
}

function* named(text: Json | undefined, role: Role): Generator<readonly [string, Role]> {
  if (typeof text === 'string') yield [text, role];
}

/** Bytes that are no UTF-8 would not come back as they were. */
const isText = (bytes: Uint8Array | undefined): boolean => bytes !== undefined && Buffer.from(textOf(bytes)).equals(bytes);

interface Addressing {
  readonly reached: Pick<Reach, 'kustomizations'>;
  /** What a controller adds to the root. */
  readonly added: JsonObject | undefined;
  /** There are generators or transformers with a configuration of their own. */
  readonly configured: boolean;
  /** Configurations and replacements. */
  readonly values: readonly Json[];
  /** Of the files that find something by its name. */
  readonly texts: readonly string[];
}

function guardsOf({ reached, added, configured, values, texts }: Addressing): Guards {
  const fields = [...[...reached.kustomizations.values()].flatMap(({ root }) => (root ? [root.value] : [])), ...(added ? [added] : [])];
  const addressing = [...values, ...fields.flatMap(value => ADDRESSED.flatMap(key => member(value, key) ?? []))].map(value => stringifyJson(value));
  const all = [...addressing, ...texts];
  const selectors = addressing.flatMap(text => [...text.matchAll(/"(label|annotation)Selector":"([^"]*)"/g)]);
  return {
    labels: selectors.some(([, kind]) => kind === 'label'),
    annotations: selectors.some(([, kind]) => kind === 'annotation'),
    names: wordsIn(all),
    selected: wordsIn(selectors.map(([, , text]) => text ?? '')),
    changesKind: all.some(text => /allowKindChange|["' ]\/(?:kind|apiVersion)\b/.test(text)),
    images: configured || fields.some(value => ['images', 'imageTags', 'replacements', 'vars'].some(key => listAt(value, key).length > 0)),
  };
}

const wordsIn = (texts: readonly string[]): ReadonlySet<string> => new Set(texts.flatMap(text => text.split(/\\n|[^\w.-]+/)));
