import { relative, sep } from 'node:path';
import type { Application } from '../gitops/application';
import type { Entry } from './group-reader';

/** Tells one object of all groups from all others: `object` is its `objectId`, `copy` counts those of one group from 1. One text and not a chain of its parts, which takes three times the room: one is kept of every object. */
export const entryId = (group: string, object: string, copy = 1): string => copyId([group, '|', object].join(''), copy);

const copyId = (first: string, copy: number): string => (copy === 1 ? first : `${first}#${copy}`);

/**
 * What becomes of an object that the files of one group have more than once. `entries` come in the order in which the applier
 * reads them, `top` is the folder that paths are told from. Each copy gets an id of its own: all are shown.
 */
export function withTwins(entries: readonly Entry[], tool: Application['tool'] | undefined, top: string): readonly Entry[] {
  if (new Set(entries.map(({ id }) => id)).size === entries.length) return entries;
  const byId = new Map<string, Entry[]>();
  for (const entry of entries) byId.set(entry.id, [...(byId.get(entry.id) ?? []), entry]);
  return entries.map(entry => {
    const copies = byId.get(entry.id) ?? [];
    const at = copies.indexOf(entry);
    const own = at === 0 ? entry : { ...entry, id: copyId(entry.id, at + 1) };
    // What is not sent as it stands may be a patch of the other.
    const others = copies.filter(copy => copy !== entry && copy.undecided === undefined);
    return others.length === 0 || entry.undecided !== undefined ? own : judgedByTool(own, tool, others, at === copies.length - 1, top);
  });
}

function judgedByTool(entry: Entry, tool: Application['tool'] | undefined, others: readonly Entry[], isLast: boolean, top: string): Entry {
  const where = (other: Entry | undefined): string => (other === undefined || other.manifest.file === entry.manifest.file ? 'in this file' : `in ${relative(top, other.manifest.file).split(sep).join('/')}`);
  switch (tool) {
    case 'flux':
      // It makes a kustomization of the folder, and kustomize refuses an id that it has already.
      return { ...entry, refused: `the same object stands once more ${where(others[0])}: kustomize refuses that, and the controller applies nothing of the folder` };
    case 'argo':
      // Of several the last one counts (application controller, `NormalizeTargetObjects`).
      return isLast ? entry : { ...entry, superseded: `the same object stands once more ${where(others.at(-1))}, and Argo CD applies that one` };
    case 'helm':
    case undefined:
      return entry;
  }
}
