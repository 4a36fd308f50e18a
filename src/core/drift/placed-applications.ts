import type { MatchedApplication } from '../gitops/match';
import { objectId } from '../kube/identity';
import { isBelow } from './groups';

/** The applications of a repository of which a folder is open, by where their own folders lie. */
export interface PlacedApplications {
  /** In the open folder. */
  readonly within: readonly MatchedApplication[];
  /** Around it: they take files of it, and others. */
  readonly above: readonly MatchedApplication[];
  /** Elsewhere in the repository: they may build upon what lies in the open folder. */
  readonly beside: readonly MatchedApplication[];
}

export interface OpenFolder {
  /** Absolute. */
  readonly root: string;
  readonly matched: readonly MatchedApplication[];
}

/** Of folders that are open, each with the applications of its repository: what is whose. An application that reaches into several is shown once; of folders that lie in each other it is the innermost one's. */
export function placeApplications(folders: readonly OpenFolder[]): PlacedApplications[] {
  const isIn = (root: string, { folder }: MatchedApplication): boolean => folder === root || isBelow(root, folder);
  const within = folders.map(({ root, matched }) => {
    const inner = folders.filter(other => isBelow(root, other.root));
    return matched.filter(one => isIn(root, one) && !inner.some(other => isIn(other.root, one) && other.matched.some(its => keyOf(its) === keyOf(one))));
  });
  const taken = new Set(within.flat().map(keyOf));
  return folders.map(({ root, matched }, i): PlacedApplications => {
    const others = matched.filter(one => !taken.has(keyOf(one)));
    const above = others.filter(({ folder }) => isBelow(folder, root));
    for (const one of above) taken.add(keyOf(one));
    return { within: within[i] ?? [], above, beside: others.filter(one => !above.includes(one)) };
  });
}

/** Tells the applications of all repositories from each other. */
export const keyOf = ({ application, repositoryRoot }: MatchedApplication): string => `${repositoryRoot}\0${objectId(application.ref)}\0${application.tool === 'argo' ? application.part.index : 0}`;
