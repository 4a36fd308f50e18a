import { join } from 'node:path';
import { sameJson, textAt } from '../base/json';
import { splitApiVersion, type ObjectRef } from '../kube/identity';
import type { Manifest } from '../manifests/document';
import { rooted } from '../manifests/locate';
import { parseManifests } from '../manifests/parse';
import type { ObjectOrigin } from './origins';
import type { Source, Sources } from './sources';

/** A rendered object with the place it comes from. */
export interface Attributed {
  /** `object` as rendered; `file`, `document` and `root` are the origin's. */
  readonly manifest: Manifest;
  /** Among the rendered documents. */
  readonly index: number;
  /** The origin's, from the top of the tree. */
  readonly file: string;
}

/** The objects that kustomize printed, as the API server's clients read them (dialect `K2`); document by document. Takes a while: to be finished in turns with others. */
export function* printedObjects(yaml: string): Generator<undefined, readonly Manifest[], undefined> {
  const out: Manifest[] = [];
  for (const [i, text] of yaml.split(/^---\n/m).entries()) {
    for (const manifest of parseManifests('', text, 'K2').manifests) out.push({ ...manifest, document: i + 1 });
    yield;
  }
  return out;
}

/** Each with the place in the tree that it comes from. `top` is the tree's absolute path. */
export function* attribute(printed: readonly Manifest[], sourceOf: (manifest: Manifest) => Source | undefined, top: string): Generator<undefined, readonly Attributed[], undefined> {
  const out: Attributed[] = [];
  for (const manifest of printed) {
    const source = sourceOf(manifest);
    if (source) out.push({ manifest: { ...manifest, file: join(top, source.file), document: source.document, ...rooted(source.root), ...(!sameJson(manifest.object, source.root.value) && { rendered: true }) }, index: manifest.document - 1, file: source.file });
    yield;
  }
  return out;
}

/** The place that kustomize says; else the kustomization that was built. */
export function toldSource(sources: Sources, origin: ObjectOrigin | undefined, { ref }: Manifest, root: string): Source | undefined {
  const exact = origin?.kind === 'file' ? documentOf(sources, origin.file, ref) : origin?.kind === 'generator' ? entryOf(sources, origin.kustomization, ref) : undefined;
  return exact ?? listedIn(sources, ref) ?? sources.kustomization(root);
}

/** The document of the file that has this kind, and a name that prefixes, suffixes and hashes can have made this one of. */
function documentOf(sources: Sources, file: string, ref: ObjectRef): Source | undefined {
  const found = alike(sources, file, ref);
  return found.length === 1 ? found[0] : named(found, ref);
}

/** Documents of the file that have this kind. */
function alike(sources: Sources, file: string, ref: ObjectRef): readonly Manifest[] {
  const { group } = splitApiVersion(ref.apiVersion);
  return sources.documents(file).filter(({ ref: other }) => other.kind === ref.kind && splitApiVersion(other.apiVersion).group === group);
}

/**
 * kustomize keeps what it knows of an origin in an annotation, which a patch of all annotations takes away: then it is the one
 * document under `resources` that can have become the object.
 */
function listedIn(sources: Sources, ref: ObjectRef): Source | undefined {
  return named(sources.listed().flatMap(file => alike(sources, file, ref)), ref);
}

function entryOf(sources: Sources, kustomization: string, ref: ObjectRef): Source | undefined {
  const field = ref.kind === 'Secret' ? 'secretGenerator' : ref.kind === 'ConfigMap' ? 'configMapGenerator' : undefined;
  const entries = field === undefined ? [] : sources.entries(kustomization, field);
  return entries.length === 1 ? entries[0] : longest(entries, ref.name, ({ root }) => textAt(root.value, 'name') ?? textAt(root.value, 'metadata', 'name') ?? '');
}

const named = (manifests: readonly Manifest[], ref: ObjectRef): Manifest | undefined => longest(manifests, ref.name, ({ ref: other }) => other.name);

/** The item whose name takes up most of `whole`; none when two are as long. */
function longest<T>(items: readonly T[], whole: string, name: (item: T) => string): T | undefined {
  const inside = items.filter(item => name(item) !== '' && whole.includes(name(item))).sort((a, b) => name(b).length - name(a).length);
  const [first, second] = inside;
  return first !== undefined && (second === undefined || name(second).length < name(first).length) ? first : undefined;
}
