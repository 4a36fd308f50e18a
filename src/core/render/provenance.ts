import { join, posix } from 'node:path';
import { sameJson, textAt } from '../base/json';
import type { Manifest, MapNode } from '../manifests/document';
import { rooted } from '../manifests/locate';
import { parseManifests } from '../manifests/parse';
import { splitApiVersion } from '../kube/identity';
import type { ObjectOrigin } from './kustomize';
import { textOf, type Reach } from './reach';

/** Where an object is written: the document, or the entry of the generator that makes it. */
interface Source {
  readonly file: string;
  readonly document: number;
  readonly root: MapNode;
}

/** A rendered object with the place it comes from. */
export interface Attributed {
  /** `object` as rendered; `file`, `document` and `root` are the origin's. */
  readonly manifest: Manifest;
  /** Among the rendered documents. */
  readonly index: number;
  /** The origin's, from the top of the tree. */
  readonly file: string;
}

/**
 * The rendered objects, each with the place in the tree that it comes from, as far as kustomize tells; else the kustomization that was
 * built. Objects are read as the API server's clients read them (dialect `K2`). `top` is the tree's absolute path.
 */
export function attribute(yaml: string, origins: readonly ObjectOrigin[] | undefined, reached: Reach, root: string, top: string): readonly Attributed[] {
  const sources = new Sources(reached, root);
  return parseManifests('', yaml, 'K2').manifests.flatMap(rendered => {
    const source = sources.of(origins?.[rendered.document - 1], rendered);
    return source ? [{ manifest: { ...rendered, file: join(top, source.file), document: source.document, ...rooted(source.root), ...(!sameJson(rendered.object, source.root.value) && { rendered: true }) }, index: rendered.document - 1, file: source.file }] : [];
  });
}

class Sources {
  readonly #reached: Reach;
  readonly #root: string;
  readonly #parsed = new Map<string, readonly Manifest[]>();

  constructor(reached: Reach, root: string) {
    this.#reached = reached;
    this.#root = root;
  }

  of(origin: ObjectOrigin | undefined, rendered: Manifest): Source | undefined {
    const exact = origin?.kind === 'file' ? this.#document(origin.file, rendered) : origin?.kind === 'generator' ? this.#generator(origin.kustomization, rendered) : undefined;
    return exact ?? this.#listed(rendered) ?? this.#kustomization();
  }

  /** The document of the file that has this kind, and a name that prefixes, suffixes and hashes can have made this one of. */
  #document(file: string, rendered: Manifest): Source | undefined {
    const alike = this.#alike(file, rendered);
    return alike.length === 1 ? alike[0] : named(alike, rendered);
  }

  /** Documents of the file that have this kind. */
  #alike(file: string, { ref }: Manifest): readonly Manifest[] {
    const bytes = this.#reached.files.get(file);
    if (!bytes) return [];
    const manifests = this.#parsed.get(file) ?? parseManifests(file, textOf(bytes), 'K3').manifests;
    this.#parsed.set(file, manifests);
    const { group } = splitApiVersion(ref.apiVersion);
    return manifests.filter(({ ref: other }) => other.kind === ref.kind && splitApiVersion(other.apiVersion).group === group);
  }

  /**
   * kustomize keeps what it knows of an origin in an annotation, which a patch of all annotations takes away: then it is the one
   * document under `resources` that can have become the object.
   */
  #listed(rendered: Manifest): Source | undefined {
    const files = [...this.#reached.kustomizations.values()].flatMap(({ folder, references }) => references.flatMap(({ kind, text }) => (kind === 'resource' ? posix.join(folder, text) : [])));
    return named([...new Set(files)].flatMap(file => this.#alike(file, rendered)), rendered);
  }

  #generator(kustomization: string, { ref }: Manifest): Source | undefined {
    const node = this.#reached.kustomizations.get(kustomization)?.root;
    const field = ref.kind === 'Secret' ? 'secretGenerator' : ref.kind === 'ConfigMap' ? 'configMapGenerator' : undefined;
    if (field === undefined) return undefined;
    const list = node?.pairs.find(({ key }) => key === field)?.node;
    const entries = list?.kind === 'list' ? list.items.flatMap(item => (item.kind === 'map' ? [item] : [])) : [];
    const entry = entries.length === 1 ? entries[0] : longest(entries, ref.name, item => nameOf(item));
    return entry && { file: kustomization, document: 1, root: entry };
  }

  #kustomization(): Source | undefined {
    for (const [file, { folder, root }] of this.#reached.kustomizations) if (folder === this.#root && root) return { file, document: 1, root };
    return undefined;
  }
}

const named = (manifests: readonly Manifest[], { ref }: Manifest): Manifest | undefined => longest(manifests, ref.name, ({ ref: other }) => other.name);

const nameOf = (item: MapNode): string => textAt(item.value, 'name') ?? '';

/** The item whose name takes up most of `whole`; none when two are as long. */
function longest<T>(items: readonly T[], whole: string, name: (item: T) => string): T | undefined {
  const inside = items.filter(item => name(item) !== '' && whole.includes(name(item))).sort((a, b) => name(b).length - name(a).length);
  const [first, second] = inside;
  return first !== undefined && (second === undefined || name(second).length < name(first).length) ? first : undefined;
}
