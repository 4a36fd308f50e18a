import { fromEntries, isObject, type Json, type JsonObject } from '../base/json';
import { compareElements, elementKey, normalizeKey, parseElementKey } from './element-key';
import { MAX_DEPTH } from './depth';
import type { Path, PathElement } from './path';
import { difference, EMPTY, growing, insert, intersection, isEmpty, LEAF, recursiveDifference, sameTrie, union, type Trie } from './trie';

/** A set of paths, as a managedFields entry holds it (`fieldsV1`). Immutable. */
export class FieldSet {
  static readonly empty = new FieldSet(EMPTY);

  /** The tree itself, for the walks of this layer. */
  readonly trie: Trie;

  constructor(trie: Trie) {
    this.trie = trie;
  }

  /** `undefined` for anything that the API server would not accept as FieldsV1. Elements of an unknown kind are passed over. */
  static parse(fieldsV1: Json | undefined): FieldSet | undefined {
    if (!isObject(fieldsV1)) return undefined;
    const root = readNode(fieldsV1, 0);
    return root && new FieldSet(root.children === undefined ? EMPTY : { member: false, children: root.children });
  }

  static of(paths: Iterable<Path>): FieldSet {
    const root = growing();
    for (const path of paths) insert(root, path.map(elementKey));
    return new FieldSet(root);
  }

  get isEmpty(): boolean {
    return isEmpty(this.trie);
  }

  /** The path itself is in the set, not only something below it. The object as a whole never is. */
  has(path: Path): boolean {
    return this.#node(path)?.member ?? false;
  }

  /** The path is in the set, or lies below a member that has nothing below it in the set: the whole of an atomic list or map. */
  contains(path: Path): boolean {
    let node: Trie = this.trie;
    for (const element of path) {
      const child = node.children?.get(elementKey(element));
      if (child === undefined) return node.member && node.children === undefined;
      node = child;
    }
    return node.member;
  }

  /** What is in the set below one step; empty when nothing is. Whether the step itself is a member is `has([element])`. */
  child(element: PathElement): FieldSet {
    const node = this.trie.children?.get(elementKey(element));
    return node?.children === undefined ? FieldSet.empty : new FieldSet({ member: false, children: node.children });
  }

  union(other: FieldSet): FieldSet {
    return new FieldSet(union(this.trie, other.trie));
  }

  intersection(other: FieldSet): FieldSet {
    return new FieldSet(intersection(this.trie, other.trie));
  }

  /** Without the members of `other`; what lies below them stays. */
  difference(other: FieldSet): FieldSet {
    return new FieldSet(difference(this.trie, other.trie));
  }

  /** Without the members of `other` and all that lies below them. */
  recursiveDifference(other: FieldSet): FieldSet {
    return new FieldSet(recursiveDifference(this.trie, other.trie));
  }

  equals(other: FieldSet): boolean {
    return sameTrie(this.trie, other.trie);
  }

  /** Every member, in the order of structured-merge-diff: a node's own members first, then what lies below them. */
  paths(): Path[] {
    const out: Path[] = [];
    collect(this.trie, [], out);
    return out;
  }

  /** FieldsV1, ordered as the API server orders it. */
  toJson(): JsonObject {
    return toJson(this.trie, false);
  }

  #node(path: Path): Trie | undefined {
    let node: Trie | undefined = this.trie;
    for (const element of path) {
      node = node.children?.get(elementKey(element));
      if (node === undefined) return undefined;
    }
    return node;
  }
}

/** `undefined` when it is not FieldsV1, or nested too deeply to be. */
function readNode(source: JsonObject, depth: number): Trie | undefined {
  if (depth > MAX_DEPTH) return undefined;
  let member = false;
  let children: Map<string, Trie> | undefined;
  for (const key in source) {
    if (key === '.') {
      member = true;
      continue;
    }
    const normal = normalizeKey(key);
    if (normal === undefined) return undefined;
    if (normal === 'unknown') continue;
    const below = source[key] ?? {};
    const child = isObject(below) ? readNode(below, depth + 1) : undefined;
    if (child === undefined) return undefined;
    children ??= new Map();
    const known = children.get(normal);
    children.set(normal, known === undefined ? child : union(known, child));
  }
  return children === undefined ? LEAF : { member, children };
}

function sortedChildren(node: Trie): { readonly key: string; readonly element: PathElement; readonly child: Trie }[] {
  const out: { readonly key: string; readonly element: PathElement; readonly child: Trie }[] = [];
  for (const [key, child] of node.children ?? []) {
    const element = parseElementKey(key);
    if (element !== undefined && element !== 'unknown') out.push({ key, element, child });
  }
  return out.sort((a, b) => compareElements(a.element, b.element));
}

function collect(node: Trie, prefix: Path, out: Path[]): void {
  const children = sortedChildren(node);
  for (const { element, child } of children) if (child.member) out.push([...prefix, element]);
  for (const { element, child } of children) if (child.children !== undefined) collect(child, [...prefix, element], out);
}

function toJson(node: Trie, withSelf: boolean): JsonObject {
  const entries = sortedChildren(node).map(({ key, child }) => [key, toJson(child, child.member && child.children !== undefined)] as const);
  return fromEntries(withSelf ? [['.', {}], ...entries] : entries);
}
