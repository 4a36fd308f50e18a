import type { Json } from '../base/json';
import type { Path } from '../kube/path';
import { changedLines } from './block-lines';
import type { Range, SourceNode } from './document';
import { commonKeyFallback, findItem, findPair, locate, resolved } from './locate';

/**
 * Where a field shows: at its value, a map or list at its key; what is not in the file at the key of its nearest
 * ancestor; what comes through an alias at the alias; a literal block at its first line that differs from `live`, when
 * the file's text is at hand.
 */
export function placeOf(root: SourceNode, path: Path, live: Json | undefined, text: string | undefined): Range {
  const { range, exact, keyRange } = locate(root, path);
  if (!exact) return range;
  const node = nodeAt(root, path);
  if (node?.kind === 'map' || node?.kind === 'list') return keyRange ?? range;
  // Through an alias the range is the alias token: the block stands elsewhere, and may serve other fields.
  const isOwn = node?.kind === 'scalar' && node.range.start === range.start && node.range.end === range.end;
  return isOwn && text !== undefined && typeof live === 'string' ? (changedLines(node, text, live)[0] ?? range) : range;
}

/** The node at a path; an alias stands for itself at the end of it. */
export function nodeAt(root: SourceNode, path: Path): SourceNode | undefined {
  let node: SourceNode | undefined = root;
  for (const step of path) {
    const here: SourceNode = resolved(node);
    if (step.kind === 'field') node = here.kind === 'map' ? findPair(here, step.name)?.node : undefined;
    else node = here.kind === 'list' ? here.items[findItem(here, step, key => commonKeyFallback(key, []))] : undefined;
    if (!node) return undefined;
  }
  return node;
}
