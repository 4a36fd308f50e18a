import type { FileState, Snapshot } from '../core/drift/snapshot';

/** What the snapshot says of a file: `undefined` where it says nothing. */
export interface FileChange {
  readonly path: string;
  readonly before: FileState | undefined;
  readonly now: FileState | undefined;
}

/** The files of which one snapshot says something else than the other. Of which they say the same, they have the same object. */
export function fileChanges({ files: before }: Pick<Snapshot, 'files'>, { files: now }: Pick<Snapshot, 'files'>): FileChange[] {
  if (before === now) return [];
  const changes: FileChange[] = [];
  let kept = 0;
  for (const [path, state] of now) {
    const old = before.get(path);
    if (old) kept++;
    if (old !== state) changes.push({ path, before: old, now: state });
  }
  if (kept < before.size) for (const [path, state] of before) if (!now.has(path)) changes.push({ path, before: state, now: undefined });
  return changes;
}
