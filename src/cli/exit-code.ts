import type { Verdict } from '../core/drift/verdict';
import type { Report } from './report';

/** The contract with pipelines. */
export const EXIT = { inSync: 0, failed: 1, notJudged: 2, usage: 3, unreachable: 4 } as const;

export const isNotJudged = (verdict: Verdict): boolean => verdict === 'unknown' || verdict === 'undecided';

/** A finding that is certain weighs more than one that could not be made. */
export function exitCode({ objects, problems }: Pick<Report, 'objects' | 'problems'>, failOn: ReadonlySet<Verdict>): number {
  const verdicts = objects.map(({ state }) => state.verdict.verdict);
  if (verdicts.some(verdict => failOn.has(verdict))) return EXIT.failed;
  return verdicts.some(isNotJudged) || problems.some(({ lost }) => lost) ? EXIT.notJudged : EXIT.inSync;
}

/** Why a run ends without an answer. The message is for a person: one sentence, no secrets. */
export class CliFailure extends Error {
  readonly code: typeof EXIT.usage | typeof EXIT.unreachable;

  constructor(code: CliFailure['code'], message: string) {
    super(message);
    this.code = code;
  }
}
