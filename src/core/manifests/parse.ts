import { isArray, isObject, member, type Json, type JsonObject } from '../base/json';
import { stringifyJson } from '../base/json-text';
import { splitApiVersion } from '../kube/identity';
import type { Dialect, Manifest, ManifestProblem, MapNode, Pair, ParsedFile, Range, SourceNode } from './document';
import { readDocuments, type SourceDocument } from './documents';
import { Lines } from './lines';
import { rooted } from './locate';
import { EARLIER_LINE, type Trouble } from './trouble';

/**
 * The Kubernetes objects written in a YAML or JSON text, with where each value stands. Never throws: what is wrong is in
 * `problems`, once per cause, and costs only the document it is in. Ranges count UTF-16 units of `text` as given, a byte
 * order mark included. Documents that are no Kubernetes objects (Helm values, kustomizations) are passed over in silence.
 */
export function parseManifests(file: string, text: string, dialect: Dialect): ParsedFile {
  const reader = new FileReader(file, text);
  let number = 0;
  for (const document of readDocuments(text, dialect)) reader.document(document, ++number);
  return { manifests: reader.manifests, problems: reader.problems };
}

class FileReader {
  readonly #file: string;
  readonly #lines: Lines;
  readonly manifests: Manifest[] = [];
  readonly problems: ManifestProblem[] = [];
  #template = false;

  constructor(file: string, text: string) {
    this.#file = file;
    this.#lines = new Lines(text);
  }

  document({ root, trouble, warnings, text }: SourceDocument, number: number): void {
    if (trouble) this.#broken(trouble, text);
    const before = this.manifests.length;
    if (root) this.#value(root, number, false);
    // Files that hold no manifest are somebody else's to complain about.
    if (this.manifests.length > before) for (const warning of warnings) this.#trouble('warning', warning, false);
  }

  #broken(trouble: Trouble, text: string): void {
    if (!text.includes('{{')) {
      this.#trouble('error', trouble, true);
      return;
    }
    if (!this.#template) this.#problem('information', trouble.range, 'This looks like a template, not a manifest: it is not compared until it is rendered.');
    this.#template = true;
  }

  #value(node: SourceNode, number: number, inList: boolean): void {
    const root = node.kind === 'alias' ? node.target : node;
    if (root.kind !== 'map' || !isObject(root.value)) return;
    const object = root.value;
    const apiVersion = member(object, 'apiVersion');
    const kind = member(object, 'kind');
    if (typeof apiVersion !== 'string' || typeof kind !== 'string' || apiVersion === '' || kind === '') {
      if (inList) this.#problem('warning', startOf(root), 'This list item has no apiVersion or kind: it is not compared.');
      return;
    }
    if (splitApiVersion(apiVersion).group === 'kustomize.config.k8s.io') return;
    const items = kind.endsWith('List') ? pairOf(root, 'items')?.node : undefined;
    const list = items?.kind === 'alias' ? items.target : items;
    if (list?.kind === 'list') {
      for (const item of list.items) this.#value(item, number, true);
      return;
    }
    this.#object(root, object, { apiVersion, kind }, number);
  }

  #object(root: MapNode, object: JsonObject, type: { readonly apiVersion: string; readonly kind: string }, number: number): void {
    const metadata = member(object, 'metadata');
    const name = member(metadata, 'name');
    const namespace = member(metadata, 'namespace');
    if (name === undefined || name === null || name === '') {
      const generated = member(metadata, 'generateName');
      const place = pairOf(root, 'metadata')?.keyRange ?? pairOf(root, 'kind')?.keyRange ?? startOf(root);
      if (typeof generated !== 'string' || generated === '') this.#problem('warning', place, `This ${type.kind} has no metadata.name: it is not compared.`);
      else this.#problem('information', place, `Every create of this ${type.kind} makes a new one (metadata.generateName): it is not compared.`);
      return;
    }
    for (const [key, value] of [['name', name], ['namespace', namespace]] as const) {
      if (typeof value === 'string' || value === undefined || (value === null && key === 'namespace')) continue;
      this.#problem('error', valueRange(root, 'metadata', key) ?? startOf(root), `metadata.${key} must be text, but is read as ${describe(value)}: quote it.`);
      return;
    }
    if (typeof name !== 'string') return;
    const ref = { apiVersion: type.apiVersion, kind: type.kind, namespace: typeof namespace === 'string' && namespace !== '' ? namespace : undefined, name };
    this.manifests.push({ file: this.#file, document: number, ref, object, ...rooted(root) });
  }

  #trouble(severity: ManifestProblem['severity'], { message, range, earlier }: Trouble, lost: boolean): void {
    const worded = earlier === undefined ? message : message.replace(EARLIER_LINE, String(this.#lines.lineAt(earlier)));
    this.#problem(severity, range, `${worded.charAt(0).toUpperCase()}${worded.slice(1)}.`, lost);
  }

  #problem(severity: ManifestProblem['severity'], range: Range, message: string, lost = true): void {
    this.problems.push({ file: this.#file, range, severity, message, lost });
  }
}

const pairOf = (map: MapNode, key: string): Pair | undefined => map.pairs.find(pair => pair.key === key);

function valueRange(root: MapNode, ...keys: readonly string[]): Range | undefined {
  let here: SourceNode = root;
  for (const key of keys) {
    const map: SourceNode = here.kind === 'alias' ? here.target : here;
    const pair: Pair | undefined = map.kind === 'map' ? pairOf(map, key) : undefined;
    if (!pair) return undefined;
    here = pair.node;
  }
  return here.range;
}

/** Enough of a map to be seen without underlining all of it. */
const startOf = (root: MapNode): Range => root.pairs[0]?.keyRange ?? root.range;

function describe(value: Json): string {
  if (isArray(value)) return 'a list';
  if (isObject(value)) return 'a map';
  return value === null ? 'nothing' : `the ${typeof value === 'boolean' ? 'boolean' : 'number'} ${stringifyJson(value)}`;
}
