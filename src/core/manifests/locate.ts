import { sameJson, type Json } from '../base/json';
import { field, type Path, type PathElement } from '../kube/path';
import type { ListNode, Manifest, MapNode, Pair, Range, ScalarNode, SourceNode } from './document';

/** Where a path of an object stands in its source. */
export interface Located {
  /** `exact`: the value's own range (the `*alias` token for a value that comes through an alias or `<<`). Otherwise where to say it: the key of the deepest ancestor that exists. */
  readonly range: Range;
  /** Whether the value itself is written in the source. */
  readonly exact: boolean;
  /** The key of the pair, or of the list item (its `name`, else its first key): what to underline when the value is a map or a list. Absent for items without keys and for what `<<` brings in. */
  readonly keyRange?: Range;
}

/** The value that the items of a list have for a key field they leave out (`protocol: TCP`), from the schema. `list` is the path of the list. */
export type KeyFallback = (key: string, list: Path) => Json | undefined;

/** Without a schema: the one default among the keys of built-in lists. */
export const commonKeyFallback: KeyFallback = key => (key === 'protocol' ? 'TCP' : undefined);

/** Finds a path below `root`, the root of a manifest. */
export function locate(root: SourceNode, path: Path, keyFallback: KeyFallback = commonKeyFallback): Located {
  let here: Place = { node: root, key: undefined, token: undefined };
  for (const [depth, element] of path.entries()) {
    const next = step(here, element, key => keyFallback(key, path.slice(0, depth)));
    if (!next) return { range: here.token ?? here.key ?? rootKey(here.node), exact: false };
    here = next;
  }
  const { key } = here;
  const range = here.token ?? here.node.range;
  return key ? { range, exact: true, keyRange: key } : { range, exact: true };
}

const NAME: Path = [field('metadata'), field('name')];

/** What a manifest says of its place, of the tree below its root. */
export const rooted = (root: MapNode): Pick<Manifest, 'root' | 'range' | 'named'> => ({ root, range: root.range, named: locate(root, NAME).range });

interface Place {
  readonly node: SourceNode;
  readonly key: Range | undefined;
  /** The alias that everything from here on comes through. */
  readonly token: Range | undefined;
}

function step(from: Place, element: PathElement, fallback: (key: string) => Json | undefined): Place | undefined {
  const token = from.token ?? (from.node.kind === 'alias' ? from.node.range : undefined);
  const node = resolved(from.node);
  if (element.kind === 'field') {
    const pair = node.kind === 'map' ? findPair(node, element.name) : undefined;
    if (!pair) return undefined;
    return { node: pair.node, key: token || pair.merged ? undefined : pair.keyRange, token: token ?? pair.merged ?? aliasOf(pair.node) };
  }
  const index = node.kind === 'list' ? findItem(node, element, fallback) : -1;
  const item = node.kind === 'list' ? node.items[index] : undefined;
  if (!item) return undefined;
  const itemToken = token ?? aliasOf(item);
  return { node: item, key: itemToken ? undefined : itemKey(item), token: itemToken };
}

const aliasOf = (node: SourceNode): Range | undefined => (node.kind === 'alias' ? node.range : undefined);

/** The node itself, or what its alias stands for. */
export const resolved = (node: SourceNode): ScalarNode | MapNode | ListNode => (node.kind === 'alias' ? node.target : node);

export const findPair = (map: MapNode, key: string): Pair | undefined => map.pairs.find(pair => pair.key === key);

/** Index of the item that a path element of a list names; -1 if there is none. */
export function findItem(list: ListNode, element: PathElement, fallback: (key: string) => Json | undefined): number {
  switch (element.kind) {
    case 'field':
      return -1;
    case 'index':
      return element.index < list.items.length ? element.index : -1;
    case 'value':
      return list.items.findIndex(item => sameJson(item.value, element.value));
    case 'key':
      return list.items.findIndex(item => {
        const map = resolved(item);
        return map.kind === 'map' && element.fields.every(([name, value]) => sameJson(findPair(map, name)?.node.value ?? fallback(name), value));
      });
  }
}

/** What stands for a list item: its `name`, else its first key, else its own text. */
function itemKey(item: SourceNode): Range {
  if (item.kind !== 'map') return item.range;
  const pair = findPair(item, 'name') ?? item.pairs[0];
  return pair && !pair.merged ? pair.keyRange : firstCharacter(item.range);
}

function rootKey(node: SourceNode): Range {
  if (node.kind !== 'map') return node.range;
  return (findPair(node, 'kind') ?? node.pairs[0])?.keyRange ?? firstCharacter(node.range);
}

const firstCharacter = ({ start, end }: Range): Range => ({ start, end: Math.min(start + 1, end) });
