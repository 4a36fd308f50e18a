import type { Log } from '../base/log';
import { isClusterError } from '../cluster/errors';
import type { Inputs } from './computed';
import type { DryRuns } from './dry-runs';
import type { JudgeInput } from './judge-input';
import type { ObjectState } from './snapshot';

export interface VerifyOpenParts {
  readonly dryRuns: Pick<DryRuns, 'ask' | 'canAsk' | 'known'>;
  /** Whether a person has allowed it for this cluster; looked at before every few requests. */
  readonly allowed: () => boolean;
  /** Some answers have come: judge again. */
  readonly onMore: () => void;
  readonly log: Log;
}

/** Between two looks at whether it is still allowed. */
const AT_ONCE = 4;
/** Answers are shown after so many. */
const ROUND = 40;

/** Asks the server, by itself, about the objects whose verdict only it can tell, where that was allowed once for the cluster. One round at a time. */
export class VerifyOpen {
  readonly #parts: VerifyOpenParts;
  #running = false;

  constructor(parts: VerifyOpenParts) {
    this.#parts = parts;
  }

  /** What was judged last. Only objects with an undecided field are asked about, and those that were not asked about as they are now. */
  judged(groups: Iterable<{ readonly objects: readonly ObjectState[] }>, inputs: Inputs): void {
    const { dryRuns, allowed, onMore, log } = this.#parts;
    if (this.#running || !allowed()) return;
    const open = [...groups].flatMap(({ objects }) => objects).flatMap(({ id, verdict }) => {
      const input = verdict.fields.some(field => field.verdict === 'undecided') ? inputs.get(id) : undefined;
      return input && !dryRuns.known(input) && dryRuns.canAsk(input) ? [input] : [];
    });
    if (open.length === 0) return;
    this.#running = true;
    this.#ask(open.slice(0, ROUND))
      .catch((error: unknown) => {
        // The session has ended, and its requests with it.
        if (!isClusterError(error) || error.kind !== 'aborted') log.error('verifying failed', error);
      })
      .finally(() => {
        this.#running = false;
        onMore();
      });
  }

  async #ask(inputs: readonly JudgeInput[]): Promise<void> {
    const { signal } = new AbortController();
    for (let at = 0; at < inputs.length && this.#parts.allowed(); at += AT_ONCE) await this.#parts.dryRuns.ask(inputs.slice(at, at + AT_ONCE), signal);
  }
}
