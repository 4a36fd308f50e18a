import { contentLines } from '../manifests/block-lines';
import { keptLines } from '../manifests/line-diff';
import type { FieldVerdict } from './verdict';

/**
 * The field with the values of one line only, where Git and live are texts of several lines: the first line that differs,
 * which is also the one it is placed on (`placeOf`). A line that only one side has leaves the other without a value.
 * Any other field, and texts that differ only in their final line break, as they are.
 */
export function atDifferingLine(field: FieldVerdict): FieldVerdict {
  const [ours, theirs] = [textOf(field.git), textOf(field.live)];
  if (ours === undefined || theirs === undefined || !(ours.includes('\n') || theirs.includes('\n'))) return field;
  const line = differingLine(contentLines(ours), contentLines(theirs));
  if (!line) return field;
  // Indentation says nothing, unless it is what differs.
  const trims = line.git?.trim() !== line.live?.trim();
  const shown = (value: string | undefined): FieldVerdict['git'] => (value === undefined ? undefined : { kind: 'value', value: trims ? value.trim() : value });
  return { ...field, git: shown(line.git), live: shown(line.live) };
}

const textOf = (value: FieldVerdict['git']): string | undefined => (value?.kind === 'value' && typeof value.value === 'string' ? value.value : undefined);

function differingLine(git: readonly string[], live: readonly string[]): { readonly git: string | undefined; readonly live: string | undefined } | undefined {
  const kept = keptLines(git, live);
  const [own, other] = [new Map(kept), new Set(kept.map(([, theirs]) => theirs))];
  const first = git.findIndex((_, line) => !own.has(line));
  if (first === -1) {
    const added = live.findIndex((_, line) => !other.has(line));
    return added === -1 ? undefined : { git: undefined, live: live[added] };
  }
  const before = own.get(first - 1) ?? -1;
  return { git: git[first], live: other.has(before + 1) ? undefined : live[before + 1] };
}
