import { randomUUID } from 'node:crypto';
import type { Clock } from '../base/clock';
import { textAt, type JsonObject } from '../base/json';
import type { Cluster, PatchRequest } from '../cluster/api';
import type { ApplicationState } from '../drift/snapshot';
import type { Application } from '../gitops/application';
import { PAUSED_AT, PAUSED_BY, PAUSED_REASON, PAUSED_TICKET } from '../gitops/pause-annotations';
import { describeRef } from '../kube/identity';
import type { Live } from '../kube/live';
import { argoSwitch } from './argo-switch';
import { fluxSwitch } from './flux-switch';
import { foresee, stepOf } from './foresee';
import { MANAGER, type PausePlan, type PlanEnvironment, type Planned, type Refusal, type ResumePlan, type Step } from './plan';
import { isMoved, refusalOf, replaced } from './refusal';
import { resumePreview } from './resume-preview';
import type { Switch } from './switch';

export interface PauseNote {
  readonly reason: string;
  readonly by: string;
  readonly ticket?: string;
}

/** Characters of a note in an annotation. */
const MAX_NOTE = 500;
const ATTEMPTS = 3;

const switchOf = ({ tool }: Application): Switch => (tool === 'argo' ? argoSwitch : fluxSwitch);

/** Lets people edit live: the controller stops applying this application. Sends a dry-run only. */
export async function planPause(cluster: Cluster, application: Application, note: PauseNote, environment: PlanEnvironment, clock: Clock, signal?: AbortSignal): Promise<Planned<PausePlan>> {
  const how = switchOf(application);
  const [reason, by, ticket] = [note.reason, note.by, note.ticket ?? ''].map(oneLine);
  if (!reason) return refused({ kind: 'invalid', message: 'a pause needs a reason' });
  const createdAt = clock.now();
  const annotations = { [PAUSED_REASON]: reason, [PAUSED_BY]: by ?? '', [PAUSED_AT]: new Date(createdAt).toISOString(), ...(ticket ? { [PAUSED_TICKET]: ticket } : {}) };
  const made = await makeStep(cluster, application, how.pause(annotations), signal, live => (how.isPaused(live) ? { kind: 'invalid', message: 'it is already paused' } : how.cannotPause(live)));
  if ('refusal' in made) return refused(made.refusal);
  const idle = how.hasNoEffect(made.step.preview.predicted);
  if (idle) return refused(about(application, idle));
  const warnings = await how.willItStick(cluster, application, made.live, signal);
  if ('kind' in warnings) return refused(about(application, warnings));
  return { kind: 'plan', plan: { kind: 'pause', id: randomUUID(), createdAt, pin: cluster.pin, environment, step: made.step, warnings, reason, by: by ?? '' } };
}

/** Starts the controller again, and asks it to run at once. The effect is read from the snapshot's verdicts. Sends a dry-run only. */
export async function planResume(cluster: Cluster, state: ApplicationState, environment: PlanEnvironment, clock: Clock, signal?: AbortSignal): Promise<Planned<ResumePlan>> {
  const { application } = state;
  if (!application) return refused({ kind: 'invalid', message: 'no controller applies this folder' });
  const how = switchOf(application);
  const createdAt = clock.now();
  const requestedAt = new Date(createdAt).toISOString();
  const gone = Object.fromEntries([PAUSED_REASON, PAUSED_BY, PAUSED_AT, PAUSED_TICKET].map((key): [string, null] => [key, null]));
  const made = await makeStep(cluster, application, how.resume(gone, requestedAt), signal, live => (how.isPaused(live) ? undefined : { kind: 'invalid', message: 'it is not paused' }));
  if ('refusal' in made) return refused(made.refusal);
  const warnings = [...how.resumeWarnings(application, made.live), ...resumeWarnings(application)];
  return { kind: 'plan', plan: { kind: 'resume', id: randomUUID(), createdAt, pin: cluster.pin, environment, step: made.step, warnings, effect: resumePreview(state), requestedAt } };
}

const refused = (refusal: Refusal): { readonly kind: 'refused'; readonly refusal: Refusal } => ({ kind: 'refused', refusal });

/** A refusal that says "it". */
const about = ({ ref }: Application, { kind, message }: Refusal): Refusal => ({ kind, message: message.startsWith('it ') ? `${describeRef(ref)} ${message.slice(3)}` : message });

/** What a person typed, as one line without control characters. */
const oneLine = (text: string): string => text.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim().slice(0, MAX_NOTE);

type Made = { readonly step: Step; readonly live: Live } | { readonly refusal: Refusal };

async function makeStep(cluster: Cluster, application: Application, body: JsonObject, signal: AbortSignal | undefined, check: (live: Live) => Refusal | undefined): Promise<Made> {
  const { ref, uid } = application;
  for (let attempt = 1; ; attempt++) {
    try {
      const live = await cluster.get(ref, signal);
      if (!live) return { refusal: { kind: 'deleted', message: `${describeRef(ref)} is not there any more` } };
      const refusal = textAt(live, 'metadata', 'uid') === uid ? check(live) : replaced(ref);
      if (refusal) return { refusal: about(application, refusal) };
      const request: PatchRequest = { ref, type: 'merge', body, fieldManager: MANAGER };
      return { live, step: stepOf(request, live, await foresee(cluster, request, live, signal)) };
    } catch (error) {
      if (!isMoved(error) || attempt === ATTEMPTS) return { refusal: refusalOf(error, ref) };
    }
  }
}

/** What is so for every controller. */
function resumeWarnings({ source, appliedRevision, notComputed }: Application): string[] {
  const next = source?.revision;
  return [
    ...(source?.suspended === true ? [`${describeRef(source.ref)} is suspended: it is resumed at the commit it has`] : []),
    ...(next !== undefined && next !== appliedRevision ? [`commits land that were not applied yet: ${appliedRevision?.slice(0, 8) ?? 'nothing'} to ${next.slice(0, 8)}`] : []),
    ...(notComputed.length > 0 ? [`what it does is not fully known here: ${notComputed.join('; ')}`] : []),
  ];
}
