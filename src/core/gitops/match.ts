import { join } from 'node:path';
import { remoteKey, sameRemote } from '../git/urls';
import { describeRef } from '../kube/identity';
import type { Application } from './application';

export interface LocalRepository {
  /** Absolute. */
  readonly root: string;
  readonly remotes: readonly { readonly name: string; readonly url: string }[];
}

export interface MatchedApplication {
  readonly application: Application;
  readonly repositoryRoot: string;
  /** Absolute; it need not exist in the checkout. */
  readonly folder: string;
  /** How the match was found, one sentence each, without a full stop. Holds no user or password of a URL. */
  readonly evidence: readonly string[];
  /** Its folder is not known: no file is said to be its own. */
  readonly unplaced?: true;
}

export interface UnmatchedApplication {
  readonly application: Application;
  /** One sentence, without a full stop. */
  readonly reason: string;
}

/**
 * Finds each application's folder on this machine: its source's address against every remote of every repository, then
 * `spec.path` below the root. A repository that is cloned twice matches twice. `named`: a person says that these are the
 * sources, whatever their addresses say.
 */
export function matchApplications(
  applications: readonly Application[],
  repositories: readonly LocalRepository[],
  named = false,
): { readonly matched: MatchedApplication[]; readonly unmatched: UnmatchedApplication[] } {
  const matched: MatchedApplication[] = [];
  const unmatched: UnmatchedApplication[] = [];
  for (const application of applications.flatMap((one): Application[] => (one.tool === 'argo' ? [one, ...one.further] : [one]))) {
    const found = repositories.flatMap(repository => match(application, repository, named) ?? []);
    matched.push(...found);
    if (found.length === 0) unmatched.push({ application, reason: whyNot(application) });
  }
  return { matched, unmatched };
}

function match(application: Application, { root, remotes }: LocalRepository, named: boolean): MatchedApplication | undefined {
  const { source, path } = application;
  // Where an artifact was packed is for the objects to tell.
  if (source?.artifact !== undefined && !named) return undefined;
  const remote = source && remotes.find(({ url }) => sameRemote(url, source.url));
  if (!remote && !named) return undefined;
  const where = path === '' ? 'the whole repository' : `the folder ${path}`;
  return {
    application,
    repositoryRoot: root,
    folder: join(root, path),
    evidence: [
      source && remote ? `${describeRef(source.ref)} reads ${remoteKey(source.url) ?? 'this repository'}${source.branch === undefined ? '' : `, ${application.tool === 'argo' ? 'revision' : 'branch'} ${source.branch}`}: remote ${remote.name} of this repository` : 'it was asked for by its name',
      `${describeRef(application.ref)} applies ${where}${application.tool === 'argo' && application.part.of > 1 ? `, source ${application.part.index + 1} of ${application.part.of}` : ''}`,
      ...automationsOf(application),
      ...(application.tool === 'argo' && application.assumed !== undefined ? [application.assumed] : []),
    ],
  };
}

/** Image automation that writes below the folder, or above it. */
function automationsOf({ source, path }: Application): string[] {
  const reaches = (other: string): boolean => other === '' || path === '' || other === path || path.startsWith(`${other}/`) || other.startsWith(`${path}/`);
  return (source?.automations ?? [])
    .filter(automation => reaches(automation.path))
    .map(({ ref, path: below, branch, suspended }) => `${describeRef(ref)} commits images below ${below === '' ? 'the root' : below}${branch === undefined ? '' : ` to branch ${branch}`}${suspended ? '; it is suspended' : ''}`);
}

function whyNot(application: Application): string {
  const { source } = application;
  if (source?.artifact !== undefined) return `its source is an artifact: ${describeRef(source.ref)}, ${source.artifact}`;
  if (!source) return application.tool === 'argo' ? 'its source is no Git repository' : 'its source is not a GitRepository that can be read here';
  return `no repository opened here has ${remoteKey(source.url) ?? 'its source'} as a remote`;
}
