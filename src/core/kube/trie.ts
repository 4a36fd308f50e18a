/**
 * The tree behind a field set: children by the canonical spelling of their path element (`element-key.ts`). `member`
 * says that the node itself is in the set. Never changed once it is in a field set, hence shared freely.
 */
export interface Trie {
  readonly member: boolean;
  readonly children: ReadonlyMap<string, Trie> | undefined;
}

export const EMPTY: Trie = { member: false, children: undefined };
export const LEAF: Trie = { member: true, children: undefined };

/** A tree under construction. */
export interface GrowingTrie {
  member: boolean;
  children: Map<string, Trie> | undefined;
}

export const growing = (): GrowingTrie => ({ member: false, children: undefined });

export const isEmpty = (node: Trie): boolean => !node.member && node.children === undefined;

export function addChild(node: GrowingTrie, key: string, child: Trie): void {
  if (isEmpty(child)) return;
  node.children ??= new Map();
  node.children.set(key, child);
}

/** Puts one more member into a tree under construction; every node on the way must be under construction too. */
export function insert(root: GrowingTrie, keys: readonly string[]): void {
  let node = root;
  for (const key of keys) {
    node.children ??= new Map();
    let child = node.children.get(key) as GrowingTrie | undefined;
    if (child === undefined) {
      child = growing();
      node.children.set(key, child);
    }
    node = child;
  }
  if (keys.length > 0) node.member = true;
}

export function union(a: Trie, b: Trie): Trie {
  if (a === b || isEmpty(b)) return a;
  if (isEmpty(a)) return b;
  if (b.children === undefined) return a.member ? a : { member: true, children: a.children };
  const children = new Map(a.children);
  for (const [key, theirs] of b.children) {
    const ours = children.get(key);
    children.set(key, ours === undefined ? theirs : union(ours, theirs));
  }
  return { member: a.member || b.member, children };
}

export function intersection(a: Trie, b: Trie): Trie {
  const out = growing();
  out.member = a.member && b.member;
  if (a.children !== undefined && b.children !== undefined) {
    for (const [key, ours] of a.children) {
      const theirs = b.children.get(key);
      if (theirs !== undefined) addChild(out, key, intersection(ours, theirs));
    }
  }
  return out;
}

/** Members of `a` that are not members of `b`; what lies below a member of `b` stays. */
export function difference(a: Trie, b: Trie): Trie {
  return subtract(a, b, false);
}

/** Members of `a` that are neither members of `b` nor below one. */
export function recursiveDifference(a: Trie, b: Trie): Trie {
  return subtract(a, b, true);
}

function subtract(a: Trie, b: Trie, recursive: boolean): Trie {
  if (isEmpty(b)) return a;
  if (b.member && recursive) return EMPTY;
  const out = growing();
  out.member = a.member && !b.member;
  if (a.children !== undefined) {
    for (const [key, ours] of a.children) {
      const theirs = b.children?.get(key);
      addChild(out, key, theirs === undefined ? ours : subtract(ours, theirs, recursive));
    }
  }
  return out;
}

export function sameTrie(a: Trie, b: Trie): boolean {
  if (a === b) return true;
  if (a.member !== b.member || (a.children?.size ?? 0) !== (b.children?.size ?? 0)) return false;
  if (a.children === undefined) return true;
  for (const [key, ours] of a.children) {
    const theirs = b.children?.get(key);
    if (theirs === undefined || !sameTrie(ours, theirs)) return false;
  }
  return true;
}
