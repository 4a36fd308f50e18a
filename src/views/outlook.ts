import type { ApplicationState } from '../core/drift/snapshot';
import type { AfterResume } from '../core/drift/verdict';
import type { Application } from '../core/gitops/application';
import { spanText } from './spans';

/** What will happen to a live value, in one sentence without a full stop. Empty where there is nothing to say. */
export function outlookText(after: AfterResume, { application, doubt, pause }: Pick<ApplicationState, 'application' | 'doubt' | 'pause'>): string {
  if (after === 'none' || doubt !== undefined) return '';
  if (!application) return `Nobody corrects it by itself: no controller applies this folder. A push ${DOES[after]}`;
  const who = toolName(application);
  if (pause) return `Paused: nothing happens now. On resume ${who} ${DOES[after]}`;
  return after === 'kept' || after === 'unknown' ? `${who} ${DOES[after]}` : `${whenOf(application)} ${who} ${DOES[after]}`;
}

export const toolName = ({ tool, kind }: Application): string => (tool === 'argo' ? 'Argo CD' : kind === 'Helm release' ? 'Helm' : 'Flux');

/** The tool as a row names it: which of Flux's kinds it is tells what its objects come from. */
export const toolTitle = (application: Application): string => (application.kind === 'HelmRelease' ? 'Flux Helm release' : application.kind === 'Helm release' ? application.kind : toolName(application));

function whenOf(application: Application): string {
  if (application.tool === 'argo') return application.automation.kind === 'automatic' && application.automation.selfHeal ? 'By self-heal' : 'Nothing happens by itself. At the next sync';
  if (application.kind === 'Helm release') return 'Nobody corrects it by itself. At the next upgrade';
  if (application.kind === 'HelmRelease' && application.driftDetection !== 'enabled') return 'Nothing happens by itself: drift detection is off. At the next upgrade';
  const { interval } = application;
  return `At its next run${interval === undefined ? '' : ` within ${spanText(interval) === 'now' ? `${Math.round(interval / 1000)} s` : spanText(interval)}`}`;
}

const DOES: Readonly<Record<Exclude<AfterResume, 'none'>, string>> = {
  overwritten: "sets it back to Git's value",
  deleted: 'removes it',
  kept: 'leaves it as it is',
  unknown: 'may do something that we cannot tell',
};
