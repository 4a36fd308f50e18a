import type { ApplicationState } from '../core/drift/snapshot';
import type { AfterResume } from '../core/drift/verdict';
import { spanText } from './spans';

/** What will happen to a live value, in one sentence without a full stop. Empty where there is nothing to say. */
export function outlookText(after: AfterResume, { application, doubt, pause }: Pick<ApplicationState, 'application' | 'doubt' | 'pause'>): string {
  if (after === 'none' || doubt !== undefined) return '';
  if (!application) return `Nobody corrects it by itself: no controller applies this folder. A push ${DOES[after]}`;
  if (pause) return `Paused: nothing happens now. On resume Flux ${DOES[after]}`;
  const within = application.interval === undefined ? '' : ` within ${spanText(application.interval) === 'now' ? `${Math.round(application.interval / 1000)} s` : spanText(application.interval)}`;
  return after === 'kept' || after === 'unknown' ? `Flux ${DOES[after]}` : `At its next run${within} Flux ${DOES[after]}`;
}

const DOES: Readonly<Record<Exclude<AfterResume, 'none'>, string>> = {
  overwritten: "sets it back to Git's value",
  deleted: 'removes it',
  kept: 'leaves it as it is',
  unknown: 'may do something that we cannot tell',
};
