import { listAt, member, textAt, type Json, type JsonObject } from '../base/json';
import { stringifyJson } from '../base/json-text';
import { splitApiVersion, type ObjectRef } from '../kube/identity';
import { kustomizationAmong, resolveIn } from './kustomization';
import { textOf, type Reach } from './reach';
import { asBuilt, kustomizationAt, type RootRequest } from './root-request';
import type { Source, Sources } from './sources';

/** Something that is built, by what it is called so far. */
interface Made {
  readonly source: Source;
  /** Group and kind. */
  readonly type: string;
  /** The last one counts; a generator finds what it changes by any of them. */
  readonly names: readonly string[];
  readonly namespace: string | undefined;
  /** A hash may follow its name. */
  readonly generated: boolean;
}

/**
 * Which document or generator each object of a root comes from, by following its names through the kustomizations as kustomize
 * does (api/internal/target `accumulateTarget`). Sure of itself or silent: what could have been made from two things, or may have
 * been renamed otherwise, is for kustomize to tell.
 */
export class Foresight {
  readonly #sources: Sources;
  readonly #reached: Reach;
  readonly #rootFolder: string;
  readonly #rootValue: JsonObject;
  readonly #made = new Map<string, Made[]>();
  #sure: boolean;

  constructor(sources: Sources, reached: Reach, request: RootRequest) {
    this.#sources = sources;
    this.#reached = reached;
    this.#rootFolder = request.root;
    const { files } = asBuilt(request) ?? request;
    const file = kustomizationAmong(request.root, files);
    this.#rootValue = (file === undefined ? undefined : kustomizationAt(file, files)) ?? {};
    this.#sure = !mayRename(reached, this.#rootValue);
    if (!this.#sure) return;
    for (const made of this.#accumulated(request.root, [])) {
      const key = keyOf(made.type, made.names.at(-1) ?? '');
      const list = this.#made.get(key);
      if (list) list.push(made);
      else this.#made.set(key, [made]);
    }
  }

  of({ apiVersion, kind, name, namespace }: ObjectRef): Source | undefined {
    if (!this.#sure) return undefined;
    const type = typeOf(apiVersion, kind);
    const plain = name.replace(/-[a-z0-9]{10}$/, '');
    const hashed = plain === name ? [] : (this.#made.get(keyOf(type, plain)) ?? []).filter(({ generated }) => generated);
    const all = [...(this.#made.get(keyOf(type, name)) ?? []), ...hashed];
    const within = all.filter(made => made.namespace === namespace);
    return (only(all) ?? only(within))?.source;
  }

  /** `into` is what the parts of a component are added to, and changed by it. */
  #accumulated(folder: string, into: readonly Made[]): readonly Made[] {
    const value = folder === this.#rootFolder ? this.#rootValue : this.#valueIn(folder);
    let made = [...into, ...[...listAt(value, 'resources'), ...listAt(value, 'bases')].flatMap(entry => this.#resource(folder, entry))];
    const kustomization = this.#sources.kustomization(folder)?.file ?? '';
    for (const [field, kind] of GENERATORS) for (const source of this.#sources.entries(kustomization, field)) made = this.#generated(made, source, kind);
    for (const entry of listAt(value, 'components')) {
      const path = typeof entry === 'string' ? resolveIn(folder, entry) : undefined;
      if (path !== undefined && this.#sources.kustomization(path)) made = [...this.#accumulated(path, made)];
    }
    return renamed(made, value);
  }

  #resource(folder: string, entry: Json): readonly Made[] {
    const path = typeof entry === 'string' ? resolveIn(folder, entry) : undefined;
    if (path === undefined) return [];
    if (this.#sources.kustomization(path)) return this.#accumulated(path, []);
    return this.#sources.documents(path).map(source => ({ source, type: typeOf(source.ref.apiVersion, source.ref.kind), names: [source.ref.name], namespace: source.ref.namespace, generated: false }));
  }

  /** A generator makes an object of its own, puts it in the place of another, or adds to that. */
  #generated(made: readonly Made[], source: Source, kind: string): Made[] {
    const entry = source.root.value;
    const name = textAt(entry, 'name') ?? '';
    const own: Made = { source, type: typeOf('v1', kind), names: [name], namespace: textAt(entry, 'namespace'), generated: true };
    const behavior = textAt(entry, 'behavior');
    if (behavior !== 'merge' && behavior !== 'replace') return [...made, own];
    const before = only(made.filter(other => other.type === own.type && other.names.includes(name)));
    if (!before) this.#sure = false;
    return made.map(other => (other !== before ? other : behavior === 'merge' ? { ...other, generated: true } : { ...own, names: other.names, namespace: other.namespace }));
  }

  #valueIn(folder: string): Json | undefined {
    const file = this.#sources.kustomization(folder)?.file;
    return file === undefined ? undefined : this.#reached.kustomizations.get(file)?.root?.value;
  }
}

const GENERATORS = [
  ['configMapGenerator', 'ConfigMap'],
  ['secretGenerator', 'Secret'],
] as const;

const typeOf = (apiVersion: string, kind: string): string => `${splitApiVersion(apiVersion).group}/${kind}`;
const keyOf = (type: string, name: string): string => `${type}/${name}`;

/** The one source of them all. */
function only(list: readonly Made[]): Made | undefined {
  const [first, ...more] = list;
  return first && more.every(({ source }) => source === first.source) ? first : undefined;
}

/** What is never called otherwise by a prefix or suffix (api/internal/builtins `prefixFieldSpecsToSkip`). */
const NAMED_FOR_GOOD = /^(?:[^/]*\/(?:CustomResourceDefinition|Namespace)|apiregistration\.k8s\.io\/APIService)$/;

function renamed(made: readonly Made[], kustomization: Json | undefined): readonly Made[] {
  const [prefix, suffix] = [textAt(kustomization, 'namePrefix') ?? '', textAt(kustomization, 'nameSuffix') ?? ''];
  const namespace = textAt(kustomization, 'namespace') ?? '';
  return made.map(one => {
    const name = one.names.at(-1) ?? '';
    const next = one.type === '/Namespace' && namespace !== '' ? namespace : NAMED_FOR_GOOD.test(one.type) ? name : `${prefix}${name}${suffix}`;
    return next === name && namespace === '' ? one : { ...one, names: next === name ? one.names : [...one.names, next], namespace: namespace === '' ? one.namespace : namespace };
  });
}

/** Lists of programs, and patches, replacements and configurations that may touch what a thing is called. */
const RENAMES = /allow(?:Name|Kind)Change|metadata[.]name|[\s"'\\]\/(?:metadata(?:\/name(?:space)?)?|kind|apiVersion)(?![\w/~-])/;

function mayRename({ files, kustomizations }: Reach, rootValue: JsonObject): boolean {
  for (const { folder, root, references } of kustomizations.values()) {
    if (listAt(root?.value, 'generators').length + listAt(root?.value, 'transformers').length > 0) return true;
    const targets = listAt(root?.value, 'replacements').flatMap(replacement => listAt(replacement, 'targets'));
    const inline = ['patches', 'patchesJson6902', 'patchesStrategicMerge'].flatMap(key => listAt(root?.value, key));
    if ([...inline, ...targets.flatMap(target => listAt(target, 'fieldPaths'))].some(value => RENAMES.test(stringifyJson(value)))) return true;
    for (const { text, kind } of references) {
      const bytes = kind === 'file' || kind === 'fileOrText' ? files.get(resolveIn(folder, text) ?? '') : undefined;
      if (bytes && RENAMES.test(textOf(bytes))) return true;
    }
  }
  return RENAMES.test(stringifyJson(member(rootValue, 'patches') ?? null));
}
