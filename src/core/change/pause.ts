import { randomUUID } from 'node:crypto';
import type { Clock } from '../base/clock';
import { at, listAt, textAt, type Json, type JsonObject } from '../base/json';
import type { Cluster, PatchRequest } from '../cluster/api';
import type { ApplicationState } from '../drift/snapshot';
import type { Application } from '../gitops/application';
import { pauseOf, suspendOwners } from '../gitops/flux-pause';
import { PAUSED_AT, PAUSED_BY, PAUSED_REASON, PAUSED_TICKET, REQUESTED_AT, SUSPENDED_BY, WEAVE_SUSPENDED_BY } from '../gitops/pause-annotations';
import { describeRef } from '../kube/identity';
import type { Live } from '../kube/live';
import { foresee, stepOf } from './foresee';
import { MANAGER, type PausePlan, type PlanEnvironment, type Planned, type Refusal, type ResumePlan, type Step } from './plan';
import { isMoved, refusalOf, replaced } from './refusal';
import { resumePreview } from './resume-preview';

export interface PauseNote {
  readonly reason: string;
  readonly by: string;
  readonly ticket?: string;
}

/** Characters of a note in an annotation. */
const MAX_NOTE = 500;
const ATTEMPTS = 3;

/** Lets people edit live: the controller stops applying this application. Sends a dry-run only. */
export async function planPause(cluster: Cluster, application: Application, note: PauseNote, environment: PlanEnvironment, clock: Clock, signal?: AbortSignal): Promise<Planned<PausePlan>> {
  if (application.tool !== 'flux') return refused(notFlux(application));
  const [reason, by, ticket] = [note.reason, note.by, note.ticket ?? ''].map(oneLine);
  if (!reason) return refused({ kind: 'invalid', message: 'a pause needs a reason' });
  const createdAt = clock.now();
  const annotations = { [PAUSED_REASON]: reason, [PAUSED_BY]: by ?? '', [PAUSED_AT]: new Date(createdAt).toISOString(), [SUSPENDED_BY]: by ?? '', ...(ticket ? { [PAUSED_TICKET]: ticket } : {}) };
  const made = await makeStep(cluster, application, { metadata: { annotations }, spec: { suspend: true } }, signal, live => {
    if (pauseOf(live)) return { kind: 'invalid', message: `${describeRef(application.ref)} is already paused` };
    return at(live, 'metadata', 'deletionTimestamp') === undefined ? undefined : { kind: 'invalid', message: `${describeRef(application.ref)} is being deleted; paused, it would leave its objects behind` };
  });
  if ('refusal' in made) return refused(made.refusal);
  const warnings = await willItStick(cluster, application, made.live, signal);
  return { kind: 'plan', plan: { kind: 'pause', id: randomUUID(), createdAt, pin: cluster.pin, environment, step: made.step, warnings, reason, by: by ?? '' } };
}

/** Starts the controller again, and asks it to run at once. The effect is read from the snapshot's verdicts. Sends a dry-run only. */
export async function planResume(cluster: Cluster, state: ApplicationState, environment: PlanEnvironment, clock: Clock, signal?: AbortSignal): Promise<Planned<ResumePlan>> {
  const { application } = state;
  if (!application) return refused({ kind: 'invalid', message: 'no controller applies this folder' });
  if (application.tool !== 'flux') return refused(notFlux(application));
  const createdAt = clock.now();
  const requestedAt = new Date(createdAt).toISOString();
  const gone = Object.fromEntries([PAUSED_REASON, PAUSED_BY, PAUSED_AT, PAUSED_TICKET, SUSPENDED_BY, WEAVE_SUSPENDED_BY].map((key): [string, null] => [key, null]));
  const made = await makeStep(cluster, application, { metadata: { annotations: { ...gone, [REQUESTED_AT]: requestedAt } }, spec: { suspend: null } }, signal, live =>
    pauseOf(live) ? undefined : { kind: 'invalid', message: `${describeRef(application.ref)} is not paused` },
  );
  if ('refusal' in made) return refused(made.refusal);
  return {
    kind: 'plan',
    plan: { kind: 'resume', id: randomUUID(), createdAt, pin: cluster.pin, environment, step: made.step, warnings: resumeWarnings(application, made.live), effect: resumePreview(state), requestedAt },
  };
}

const refused = (refusal: Refusal): { readonly kind: 'refused'; readonly refusal: Refusal } => ({ kind: 'refused', refusal });

const notFlux = ({ ref, tool }: Application): Refusal => ({ kind: 'invalid', message: tool === 'helm' ? `${describeRef(ref)} can only be paused and resumed by hand so far, by spec.suspend` : `${describeRef(ref)} is one of Argo CD: it is paused and resumed there, by spec.syncPolicy.automated.enabled` });

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
      if (refusal) return { refusal };
      const request: PatchRequest = { ref, type: 'merge', body, fieldManager: MANAGER };
      return { live, step: stepOf(request, live, await foresee(cluster, request, live, signal)) };
    } catch (error) {
      if (!isMoved(error) || attempt === ATTEMPTS) return { refusal: refusalOf(error, ref) };
    }
  }
}

/**
 * Who would undo the pause. A parent Kustomization sets `spec.suspend` back when Git states it, and only then: its controller
 * then owns the field by Apply. Ours is under a manager that it does not take over (`reference/controllers.md` 2.1.5).
 */
async function willItStick(cluster: Cluster, { parent, ref, manager }: Application, live: Live, signal: AbortSignal | undefined): Promise<string[]> {
  if (!parent || (parent.name === ref.name && parent.namespace === ref.namespace) || !statedInGit(live, manager)) return [];
  const above = describeRef(parent);
  try {
    const object = await cluster.get(parent, signal);
    if (!object) return [`Git states spec.suspend for it; ${above}, which applies it, is not there`];
    if (pauseOf(object)) return [`Git states spec.suspend for it: ${above} undoes this pause as soon as it is resumed itself`];
    return [`this pause will not hold: Git states spec.suspend for it, and ${above} sets it back at its next run (every ${textAt(object, 'spec', 'interval') ?? 'interval'}); pause ${above} first`];
  } catch {
    return [`Git states spec.suspend for it: ${above} may undo this pause; it cannot be read`];
  }
}

const statedInGit = (live: Live, manager: string): boolean => suspendOwners(live).some((owner: Json) => textAt(owner, 'manager') === manager && textAt(owner, 'operation') === 'Apply');

function resumeWarnings({ parent, source, manager, appliedRevision, notComputed }: Application, live: Live): string[] {
  const next = source?.revision;
  return [
    ...(parent && statedInGit(live, manager) ? [`Git states spec.suspend for it: ${describeRef(parent)}, which applies it, pauses it again`] : []),
    ...(source?.suspended === true ? [`${describeRef(source.ref)} is suspended: it is resumed at the commit it has`] : []),
    ...(next !== undefined && next !== appliedRevision ? [`commits land that were not applied yet: ${appliedRevision?.slice(0, 8) ?? 'nothing'} to ${next.slice(0, 8)}`] : []),
    ...(notComputed.length > 0 ? [`what it does is not fully known here: ${notComputed.join('; ')}`] : []),
    ...(listAt(live, 'spec', 'dependsOn').length > 0 ? ['it waits for the Kustomizations it depends on'] : []),
  ];
}
