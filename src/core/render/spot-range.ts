import type { Json } from '../base/json';
import { field, type Path } from '../kube/path';
import { blockLines, contentLines } from '../manifests/block-lines';
import type { Range, SourceNode } from '../manifests/document';
import { readDocuments } from '../manifests/documents';
import { keptLines } from '../manifests/line-diff';
import { locate } from '../manifests/locate';
import { nodeAt, placeOf } from '../manifests/place';
import type { Inner, Part, Spot, Steps } from './sites';

type InFile = Extract<Spot, { readonly file: string }>;

/** Where a spot shows in its file's `text`: as `placeOf` says, also inside a patch that is written in a block; of a whole file the first line that differs from `live`. */
export function spotRange(spot: InFile, roots: readonly SourceNode[], text: string, live: Json | undefined): Range {
  if (spot.kind === 'text') return differingLine(text.slice(spot.start, spot.end), spot.start, live);
  const root = spot.kind === 'bytes' ? undefined : roots[spot.document];
  if (!root || spot.kind === 'bytes') return { start: 0, end: 0 };
  return rangeAt(root, pathOf(spot.path), spot, text, live);
}

/** Where a value below `root` shows, or what of it a spot means: a place in the YAML text that stands there, a part of it. */
export function rangeAt(root: SourceNode, path: Path, { inner, part }: Pick<Extract<Spot, { readonly path: Steps }>, 'inner' | 'part'>, text: string, live: Json | undefined): Range {
  const range = inner ? innerRange(root, path, inner, text, live) : placeOf(root, path, live, text);
  return part ? partOf(range, part, text) : range;
}

/** That part of a scalar; all of it where it does not stand in the file as it is. */
function partOf({ start, end }: Range, part: Part, text: string): Range {
  const quote = /^["']/.test(text.slice(start, end)) ? 1 : 0;
  const plain = !/[\n\\]/.test(text.slice(start, end)) && part.end <= end - start - 2 * quote && text[start] !== '*';
  return plain ? { start: start + quote + part.start, end: start + quote + part.end } : { start, end };
}

export const pathOf = (steps: Steps): Path => steps.map(step => (typeof step === 'number' ? { kind: 'index', index: step } : field(step)));

function innerRange(root: SourceNode, path: Path, inner: Inner, text: string, live: Json | undefined): Range {
  const node = nodeAt(root, path);
  const whole = locate(root, path).range;
  if (node?.kind !== 'scalar' || typeof node.value !== 'string' || node.range.start !== whole.start) return whole;
  const inside = readDocuments(node.value, 'K3').flatMap(({ root: found }) => found ?? [])[inner.document];
  if (!inside) return whole;
  const { start, end } = inner.inner ? innerRange(inside, pathOf(inner.path), inner.inner, node.value, live) : placeOf(inside, pathOf(inner.path), live, node.value);
  const at = offsets(node, text, node.value);
  const [from, to] = [at(start), at(end)];
  return from === undefined || to === undefined ? whole : { start: from, end: to };
}

/** From offsets of a scalar's value to offsets of the file, where its characters stand in the file as they are. */
function offsets(node: Extract<SourceNode, { readonly kind: 'scalar' }>, text: string, value: string): (offset: number) => number | undefined {
  const lines = blockLines(node, text);
  if (lines) {
    return offset => {
      const before = value.slice(0, offset).split('\n');
      const line = lines[before.length - 1];
      return line && Math.min(line.start + (before.at(-1)?.length ?? 0), line.end);
    };
  }
  const quote = node.style === 'single' || node.style === 'double' ? 1 : 0;
  const asIs = text.slice(node.range.start + quote, node.range.end - quote) === value;
  return offset => (asIs ? node.range.start + quote + offset : undefined);
}

function differingLine(text: string, offset: number, live: Json | undefined): Range {
  const lines = contentLines(text);
  const kept = typeof live === 'string' ? new Set(keptLines(lines, contentLines(live)).map(([own]) => own)) : new Set<number>();
  const first = Math.max(0, lines.findIndex((_, i) => !kept.has(i)));
  const start = offset + lines.slice(0, first).reduce((sum, line) => sum + line.length + 1, 0);
  return { start, end: start + (lines[first] ?? '').replace(/\r$/, '').length };
}
