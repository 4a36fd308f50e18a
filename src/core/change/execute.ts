import { sleep, type Clock } from '../base/clock';
import type { Cluster, ClusterPin } from '../cluster/api';
import { isClusterError } from '../cluster/errors';
import { describeRef } from '../kube/identity';
import type { Live } from '../kube/live';
import { formatPath } from '../kube/path';
import { redeem, type Confirmation } from './confirmation';
import { bound, expectsOf, foresee, shownWarnings, type Expects } from './foresee';
import type { Journal, JournalResult } from './journal';
import { rawChanges } from './object-changes';
import { isExecutable, PLAN_LIFETIME, type Outcome, type Plan, type Refusal } from './plan';
import { gone, isDefinite, isMoved, refusalOf, replaced } from './refusal';

export interface ExecuteParts {
  /** The session that is open now. */
  readonly cluster: Cluster | undefined;
  /** Whether changes are enabled in this environment, now. */
  readonly isWritable: (environment: string) => boolean;
  readonly journal: Journal;
  readonly clock: Clock;
}

/** An object that changes all the time is tried so often. */
const ATTEMPTS = 3;
/** When no answer came the object is read after these waits, milliseconds, before the result is called unknown. */
const READ_AFTER = [0, 500, 1_500] as const;

/**
 * The only place that writes to a cluster. Does what the plan says, once, if a person confirmed this very plan, it is fresh, the
 * cluster is the pinned one, and the server still foretells what was shown; otherwise nothing is sent. Never repeats a write
 * whose answer was lost: it reads instead, and says so when that does not tell.
 */
export async function execute(plan: Plan, confirmation: Confirmation, parts: ExecuteParts, signal?: AbortSignal): Promise<Outcome> {
  const { cluster, journal } = parts;
  const refusal = beforehand(plan, confirmation, parts);
  if (refusal || !cluster) return { kind: 'refused', refusal: refusal ?? { kind: 'offline', message: 'not connected to a cluster' } };
  let entry: string;
  try {
    entry = await journal.begin(startOf(plan));
  } catch {
    return { kind: 'refused', refusal: { kind: 'noJournal', message: 'the journal cannot be written, and nothing is changed without it' } };
  }
  const outcome = await attempt(plan, cluster, parts, signal);
  try {
    await journal.end(entry, resultOf(outcome));
  } catch {
    // The line before stands: it reads as "result unknown", which is all that the disk can say.
  }
  return outcome;
}

/** What can be refused without asking anybody. The confirmation is used up in any case. */
function beforehand(plan: Plan, confirmation: Confirmation, { cluster, isWritable, clock }: ExecuteParts): Refusal | undefined {
  if (!redeem(confirmation, plan)) return { kind: 'notConfirmed', message: 'nobody confirmed this plan' };
  if (!isExecutable(plan)) return { kind: 'conflict', message: 'other managers own what would change' };
  if (!isWritable(plan.environment.id)) return { kind: 'readOnly', message: `changes are not enabled in ${plan.environment.id}` };
  if (!cluster) return { kind: 'offline', message: 'not connected to a cluster' };
  if (!samePin(cluster.pin, plan.pin)) return { kind: 'wrongCluster', message: `the plan was made for ${plan.pin.context}, and ${cluster.pin.context} is connected now` };
  return staleness(plan, clock);
}

function staleness(plan: Plan, clock: Clock): Refusal | undefined {
  const age = clock.now() - plan.createdAt;
  return age >= 0 && age <= PLAN_LIFETIME ? undefined : { kind: 'stale', message: 'the preview is older than two minutes; make it anew' };
}

const samePin = (a: ClusterPin, b: ClusterPin): boolean => a.identity === b.identity && a.server === b.server && a.context === b.context && a.user === b.user && a.caHash === b.caHash;

async function attempt(plan: Plan, cluster: Cluster, parts: ExecuteParts, signal: AbortSignal | undefined): Promise<Outcome> {
  const { ref } = plan.step;
  for (let count = 1; ; count++) {
    let expects: Expects | undefined;
    let before: Live | undefined;
    try {
      await cluster.verifyPin(signal);
      const now = await current(plan, cluster, signal);
      const refusal = now.refusal ?? staleness(plan, parts.clock);
      if (refusal) return { kind: 'refused', refusal };
      ({ expects, live: before } = now);
    } catch (error) {
      const refusal = refusalOf(error, ref);
      // `verifyPin` says `invalid` when another cluster answers.
      return { kind: 'refused', refusal: refusal.kind === 'invalid' && isClusterError(error) && error.answer === undefined ? { kind: 'wrongCluster', message: refusal.message } : refusal };
    }
    try {
      const { request } = plan.step.write.open();
      const { object, warnings } = await cluster.patch(bound(request, expects), signal);
      return { kind: 'done', resourceVersion: expectsOf(object)?.resourceVersion ?? '', warnings: shownWarnings(warnings, request.body, before, object) };
    } catch (error) {
      if (isMoved(error) && count < ATTEMPTS) continue;
      const refusal = refusalOf(error, ref);
      if (isClusterError(error) && isDefinite(error)) return { kind: 'refused', refusal };
      return await readBack(plan, cluster, expects, refusal, parts.clock);
    }
  }
}

/**
 * The object as it is now. One whose version alone moved (a status, a heartbeat) is still what was shown if the server foretells
 * the very same change; anything else is refused.
 */
async function current(plan: Plan, cluster: Cluster, signal: AbortSignal | undefined): Promise<{ readonly refusal?: Refusal; readonly expects: Expects | undefined; readonly live?: Live | undefined }> {
  const { ref, expects, write } = plan.step;
  const live = await cluster.get(ref, signal);
  const now = live && expectsOf(live);
  if (!expects) return live ? { refusal: { kind: 'moved', message: `${describeRef(ref)} was created since the preview` }, expects } : { expects };
  if (!live || !now) return { refusal: gone(ref), expects };
  if (now.uid !== expects.uid) return { refusal: replaced(ref), expects };
  if (now.resourceVersion === expects.resourceVersion) return { expects, live };
  const { request, foreseen } = write.open();
  const again = await foresee(cluster, request, live, signal);
  return again.hash === foreseen ? { expects: now, live } : { refusal: { kind: 'moved', message: `${describeRef(ref)} was changed since the preview` }, expects };
}

/** Finds out by reading what became of a write without an answer. */
async function readBack(plan: Plan, cluster: Cluster, expects: Expects | undefined, refusal: Refusal, clock: Clock): Promise<Outcome> {
  const { ref, preview } = plan.step;
  let live: Live | undefined;
  for (const wait of READ_AFTER) {
    await sleep(clock, wait);
    try {
      live = await cluster.get(ref);
    } catch {
      return { kind: 'unknown', message: `no answer came (${refusal.message}), and ${describeRef(ref)} cannot be read` };
    }
    const now = live && expectsOf(live);
    if (now?.resourceVersion !== expects?.resourceVersion || now?.uid !== expects?.uid) {
      const done = live && now && rawChanges(preview.predicted, live).length === 0 && !holdsSecrets(plan);
      return done ? { kind: 'done', resourceVersion: now.resourceVersion, warnings: [] } : { kind: 'unknown', message: `no answer came (${refusal.message}), and ${describeRef(ref)} has changed meanwhile` };
    }
  }
  return { kind: 'refused', refusal: { kind: refusal.kind, message: `${refusal.message}; ${describeRef(ref)} is unchanged` } };
}

/** What was shown of a Secret is masked and cannot be compared. */
const holdsSecrets = (plan: Plan): boolean => plan.step.preview.changes.some(({ before, after }) => before?.kind === 'secret' || after?.kind === 'secret');

function startOf(plan: Plan): Parameters<Journal['begin']>[0] {
  const { step, pin } = plan;
  return {
    action: plan.kind,
    ref: step.ref,
    context: pin.context,
    cluster: pin.identity,
    manager: step.manager,
    force: step.force,
    creates: step.action === 'create',
    fields: step.preview.changes.map(({ path }) => formatPath(path)),
    reason: plan.kind === 'pause' ? plan.reason : undefined,
    by: plan.kind === 'pause' ? plan.by : undefined,
  };
}

function resultOf(outcome: Outcome): JournalResult {
  switch (outcome.kind) {
    case 'done':
      return { kind: 'done' };
    case 'refused':
      return { kind: 'refused', why: outcome.refusal.kind, message: outcome.refusal.message };
    case 'unknown':
      return { kind: 'unknown', message: outcome.message };
  }
}
