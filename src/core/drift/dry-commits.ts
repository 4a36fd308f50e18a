import { textAt } from '../base/json';
import { parseJson } from '../base/json-text';
import type { Repository } from '../git/repository';
import { sameRemote } from '../git/urls';
import { commitOf } from '../gitops/flux-values';
import type { MatchedApplication } from '../gitops/match';

/** The file in which the hydrator of Argo CD says what a commit was rendered from (commitserver/commit, `WriteForPaths`). */
const METADATA = 'hydrator.metadata';

/**
 * Finds the dry commit of what was applied where the Application does not say it: between a hydration and its sync it only names
 * the hydrated commit that was synced. That commit says it itself, where this clone has it.
 */
export class DryCommits {
  /** By repository and commit, which never changes; `null`: it says nothing of the kind. */
  readonly #known = new Map<string, string | null>();

  /** Rejects with `GitError`. */
  async told(one: MatchedApplication, repository: Repository, signal: AbortSignal): Promise<MatchedApplication> {
    const { application } = one;
    if (application.tool !== 'argo' || application.hydratedRevision === undefined) return one;
    const dry = await this.#dryOf(application.hydratedRevision, application.source?.url ?? '', repository, signal);
    if (dry === undefined) return one;
    const evidence = `what it applied is commit ${application.hydratedRevision.slice(0, 8)} of its hydrated branch, which was rendered from commit ${dry.slice(0, 8)}, as ${METADATA} in it says`;
    return { ...one, application: { ...application, appliedRevision: dry }, evidence: [...one.evidence, evidence] };
  }

  async #dryOf(hydrated: string, url: string, repository: Repository, signal: AbortSignal): Promise<string | undefined> {
    const key = [repository.root, hydrated, url].join('\0');
    const known = this.#known.get(key);
    if (known !== undefined) return known ?? undefined;
    if (!(await repository.has(hydrated, signal))) return undefined;
    const found = dryIn((await repository.blobs(hydrated, [METADATA], signal)).get(METADATA), url);
    this.#known.set(key, found ?? null);
    return found;
  }
}

/** `undefined` where it is no such file, or one of another repository. */
function dryIn(text: string | undefined, url: string): string | undefined {
  try {
    const said = parseJson(text ?? '');
    return sameRemote(textAt(said, 'repoURL') ?? '', url) ? commitOf(textAt(said, 'drySha')) : undefined;
  } catch {
    return undefined;
  }
}
