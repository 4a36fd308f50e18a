import { listAt, textAt } from '../base/json';
import { isClusterError } from '../cluster/errors';
import type { Live } from '../kube/live';
import { redactText, secretsOf } from '../kube/secret-text';
import type { JudgeInput } from './judge-input';
import { plainWords } from './server-words';

/** One thing that the server holds against a request. `field` is in its own notation, empty where it names none. */
export interface Cause {
  readonly field: string;
  readonly message: string;
}

/** What the server said to a dry-run of the applier's own request (`reference/drift.md` 2.5). Its words hold no secret. */
export type DryRunAnswer =
  /** `conflicts`: an apply without force, which is how this applier sends it, is refused over these; with force the answer is `object`. */
  | { readonly kind: 'answered'; readonly object: Live; readonly warnings: readonly string[]; readonly conflicts: readonly Cause[] }
  /** It would not accept the request: the schema, validation or admission. */
  | { readonly kind: 'refused'; readonly message: string; readonly causes: readonly Cause[] }
  /** A webhook stands in the way that cannot tell a trial from the real thing. */
  | { readonly kind: 'unsupported'; readonly message: string }
  /** What the object needs is not there: its namespace, or the definition of its kind. */
  | { readonly kind: 'dependency'; readonly message: string }
  | { readonly kind: 'forbidden' }
  /** Nothing was sent, or no answer came; one sentence. */
  | { readonly kind: 'notAsked'; readonly reason: string };

/** Without the right to patch, in the words of the authorizer; admission says no with the same status. */
const NO_RIGHT = /\bcannot (?:patch|create|update) resource\b/;

/** The server's no as an answer. Rethrows what is no `ClusterError`, and a cancellation. */
export function refusalAnswer(error: unknown, { desired, live }: Pick<JudgeInput, 'desired' | 'live'>): DryRunAnswer {
  if (!isClusterError(error) || error.kind === 'aborted') throw error;
  const secrets = [...secretsOf(desired), ...(live.kind === 'present' ? secretsOf(live.object) : [])];
  const clear = (text: string): string => plainWords(redactText(text, secrets));
  const said = textAt(error.answer, 'message');
  const message = clear(said ?? error.message);
  const causes = listAt(error.answer, 'details', 'causes').map((cause): Cause => ({ field: textAt(cause, 'field') ?? '', message: clear(textAt(cause, 'message') ?? '') }));
  switch (error.kind) {
    case 'denied':
      return said === undefined || NO_RIGHT.test(said) ? { kind: 'forbidden' } : { kind: 'refused', message, causes };
    case 'invalid':
      return /does not support dry.?run/i.test(message) ? { kind: 'unsupported', message } : { kind: 'refused', message, causes };
    case 'notFound':
      return { kind: 'dependency', message };
    case 'conflict':
      // Without causes it is no owner who is in the way, but somebody who wrote at the same moment.
      return causes.length > 0 ? { kind: 'refused', message, causes } : { kind: 'notAsked', reason: message };
    case 'consent':
    case 'unauthenticated':
    case 'offline':
    case 'throttled':
    case 'badAnswer':
      return { kind: 'notAsked', reason: clear(error.message) };
  }
}

/** Who owns what an apply without force would change; empty when that is not what the server holds against it. */
export function conflictsIn(error: unknown): readonly Cause[] {
  if (!isClusterError(error) || error.kind !== 'conflict') return [];
  return listAt(error.answer, 'details', 'causes').flatMap(cause => (textAt(cause, 'reason') === 'FieldManagerConflict' ? [{ field: textAt(cause, 'field') ?? '', message: textAt(cause, 'message') ?? '' }] : []));
}

/** What a person should know of the answer beside the verdict. */
export function answerNotes({ dryRun }: Pick<JudgeInput, 'dryRun'>): string[] {
  switch (dryRun?.kind) {
    case undefined:
    case 'refused':
      return [];
    case 'answered':
      return ['verified with the API server', ...dryRun.warnings.map(warning => `the API server warns: ${warning}`)];
    case 'unsupported':
      return [`compared locally only: a webhook does not support dry-run (${dryRun.message})`];
    case 'dependency':
      return [`an apply would fail now: ${dryRun.message}`];
    case 'forbidden':
      return ['local comparison, no patch permission'];
    case 'notAsked':
      return [`not verified: ${dryRun.reason}`];
  }
}

/** In the server's words, for a list of steps. */
export function askedText(answer: DryRunAnswer): string {
  switch (answer.kind) {
    case 'answered':
      return answer.conflicts.length === 0
        ? 'the API server accepts the apply (dry-run, nothing was written); what it would change is in the fields below'
        : `the API server refuses the apply without force: ${causesText(answer.conflicts)}`;
    case 'refused':
      return `the API server refuses the apply: ${answer.message}`;
    case 'unsupported':
      return `a webhook does not support dry-run: ${answer.message}`;
    case 'dependency':
      return `the API server cannot apply it yet: ${answer.message}`;
    case 'forbidden':
      return 'not allowed: a dry-run needs the right to patch; what follows is a local comparison';
    case 'notAsked':
      return `no answer: ${answer.reason}`;
  }
}

export const causesText = (causes: readonly Cause[]): string => causes.map(({ field, message }) => (field === '' ? message : `${field}: ${message}`)).join('; ');
