import { basename, dirname, join } from 'node:path';
import { nearPath } from '../core/drift/set-words';
import { openFields } from '../core/drift/snapshot-lookup';
import type { ObjectState } from '../core/drift/snapshot';
import type { FieldVerdict } from '../core/drift/verdict';
import { clean } from '../core/drift/words';
import type { TreeNode } from './node';
import { shortPath } from './short-path';

/** A file that an object comes from, below its row. */
export interface FileRow {
  readonly id: string;
  /** Where a click leads: to the object's own document, or to the value that the file sets. */
  readonly node: TreeNode;
  readonly label: string;
  readonly description: string;
  /** Absolute path. */
  readonly file: string;
}

/** The file that an object is written in, then those that set a value of it which differs. Made when its row is opened: few ever are. */
export function fileRows(object: ObjectState, folder: string): readonly FileRow[] {
  const { manifest } = object;
  if (!manifest) return [];
  const sets = new Map<string, { readonly index: number; readonly paths: string[] }>();
  for (const [index, field] of openFields(object).entries()) {
    const file = setterOf(field);
    if (file === undefined || file === manifest.file) continue;
    const known = sets.get(file);
    if (known) known.paths.push(shortPath(field.path));
    else sets.set(file, { index, paths: [shortPath(field.path)] });
  }
  const row = (file: string, node: TreeNode, says: string): FileRow => {
    const near = dirname(nearPath(file, join(folder, 'file')));
    return { id: `file:${object.id}|${file}`, node, label: clean(basename(file)), description: [says, near === '.' ? '' : near].filter(part => part !== '').join(' · '), file };
  };
  return [row(manifest.file, { kind: 'object', id: object.id }, ''), ...[...sets].map(([file, { index, paths }]) => row(file, { kind: 'field', id: object.id, field: index }, `sets ${paths.join(', ')}`))];
}

const setterOf = ({ set }: FieldVerdict): string | undefined => (set?.certain === true ? set.file : undefined);

/** Tells one set of file rows from another. */
export const setters = (object: ObjectState): string => openFields(object).map(field => setterOf(field) ?? '').join('|');
