import { isObject, member, type Json } from '../base/json';
import type { MapNode, Range, SourceNode } from '../manifests/document';
import type { Path, PathElement } from '../kube/path';

interface Values {
  readonly git: Json | undefined;
  readonly live: Json | undefined;
}

/**
 * Where a field shows: at its value; for what is not in the file at the nearest ancestor's key (an item at the value that
 * names it); for a value that comes through an alias at the alias; inside a literal block at its first line that differs.
 */
export function placeOf(root: MapNode, path: Path, _values: Values): Range {
  let node: SourceNode = root;
  let key: Range = nameOf(root) ?? { start: root.range.start, end: root.range.start };
  for (const step of path) {
    const found = stepInto(node, step);
    if (!found) return key;
    if (found.alias) return found.alias;
    node = found.node;
    key = found.key;
  }
  return node.kind === 'map' || node.kind === 'list' ? key : node.range;
}

interface Found {
  readonly node: SourceNode;
  readonly key: Range;
  readonly alias: Range | undefined;
}

function stepInto(node: SourceNode, step: PathElement): Found | undefined {
  if (step.kind === 'field') {
    const pair = node.kind === 'map' ? node.pairs.find(({ key }) => key === step.name) : undefined;
    if (!pair) return undefined;
    const alias = pair.merged ?? (pair.node.kind === 'alias' ? pair.node.range : undefined);
    return { node: pair.node, key: pair.keyRange, alias };
  }
  if (node.kind !== 'list') return undefined;
  const item = node.items.find((candidate, index) => fits(candidate.value, index, step));
  if (!item) return undefined;
  return { node: item, key: nameOf(item) ?? { start: item.range.start, end: item.range.start }, alias: item.kind === 'alias' ? item.range : undefined };
}

function fits(value: Json, index: number, step: PathElement): boolean {
  switch (step.kind) {
    case 'index':
      return index === step.index;
    case 'value':
      return value === step.value;
    case 'key':
      return isObject(value) && step.fields.every(([name, wanted]) => (member(value, name) ?? wanted) === wanted);
    case 'field':
      return false;
  }
}

/** The value that names an item or an object to a person. */
function nameOf(node: SourceNode): Range | undefined {
  if (node.kind !== 'map') return undefined;
  const metadata = node.pairs.find(({ key }) => key === 'metadata')?.node;
  const named = metadata?.kind === 'map' ? metadata : node;
  return named.pairs.find(({ key, node: value }) => key === 'name' && value.kind === 'scalar')?.node.range ?? node.pairs[0]?.keyRange;
}

