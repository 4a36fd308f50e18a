import type { ClusterPin, PatchRequest } from '../cluster/api';
import type { ShownValue } from '../drift/verdict';
import type { ObjectRef } from '../kube/identity';
import type { Shown } from '../kube/live';
import type { Path } from '../kube/path';
import type { ResumePreview } from './resume-preview';
import type { Sealed } from './sealed';

/** A plan older than this is not executed: it must be made anew. Milliseconds. */
export const PLAN_LIFETIME = 120_000;

/** Our own managedFields name. */
export const MANAGER = 'plumbline';

/**
 * What is going to be written, to the letter, and what the server answered to a dry-run of it.
 * Immutable; `planHash` covers all of it. `execute` takes it together with a confirmation of this very plan, and nothing else writes.
 */
export type Plan = PushPlan | PausePlan | ResumePlan;

interface PlanBase {
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly pin: ClusterPin;
  readonly environment: PlanEnvironment;
  readonly step: Step;
  /** Things to know before saying yes, one sentence each, without a full stop; empty when there are none. */
  readonly warnings: readonly string[];
}

export interface PushPlan extends PlanBase {
  readonly kind: 'push';
}

export interface PausePlan extends PlanBase {
  readonly kind: 'pause';
  readonly reason: string;
  readonly by: string;
}

export interface ResumePlan extends PlanBase {
  readonly kind: 'resume';
  /** What the controller will do to the application's objects once it runs again. */
  readonly effect: ResumePreview;
  /** The value of `reconcile.fluxcd.io/requestedAt` that is written, to wait for. */
  readonly requestedAt: string;
}

/** As in the snapshot; `production` asks for the environment's name to be typed. */
export interface PlanEnvironment {
  readonly id: string;
  readonly context: string;
  readonly namespace: string;
  readonly production: boolean;
}

/** One object, one request. */
export interface Step {
  readonly ref: ObjectRef;
  readonly action: 'create' | 'change' | 'none';
  /** Secrets in clear: only `execute` opens it. */
  readonly write: Sealed<Write>;
  readonly manager: string;
  readonly force: boolean;
  /** What must still be true at the moment of writing; `undefined`: the object must not exist. */
  readonly expects: { readonly uid: string; readonly resourceVersion: string } | undefined;
  /** Fields that another manager owns with another value. With `force` they are taken over; without, the plan is not executable. */
  readonly conflicts: readonly FieldConflict[];
  readonly preview: Preview;
}

/** The exact request, and what it was foreseen to do. */
export interface Write {
  /** Without preconditions; `expects` adds them at the moment of sending. */
  readonly request: PatchRequest;
  /** Hash of the changes and conflicts that the server foretold, values in clear. */
  readonly foreseen: string;
}

export interface FieldConflict {
  /** The server's notation: `.spec.template.spec.containers[name="web"].image`. */
  readonly field: string;
  readonly manager: string;
}

export interface Preview {
  /** `undefined`: the object does not exist. */
  readonly live: Shown | undefined;
  /** The server's answer to the dry-run. */
  readonly predicted: Shown;
  /** Outside `status` and what the server keeps for itself (`managedFields`, `resourceVersion`, `generation`, …), in the object's order. */
  readonly changes: readonly PlannedChange[];
  /** The server's `Warning` headers. */
  readonly warnings: readonly string[];
}

export interface PlannedChange {
  readonly path: Path;
  /** Absent when there is no such field before, or after. */
  readonly before: ShownValue | undefined;
  readonly after: ShownValue | undefined;
}

/** Why there is no plan, or why a plan was not executed. Nothing was changed. */
export type RefusalKind =
  | 'readOnly'
  | 'notConfirmed'
  | 'stale'
  | 'wrongCluster'
  | 'moved'
  | 'deleted'
  | 'recreated'
  | 'conflict'
  | 'forbidden'
  | 'noJournal'
  | 'invalid'
  | 'notServed'
  | 'offline'
  | 'aborted';

export interface Refusal {
  readonly kind: RefusalKind;
  /** One sentence, without a full stop, fit for a person; holds no secret. */
  readonly message: string;
}

export type Planned<P extends Plan> = { readonly kind: 'plan'; readonly plan: P } | { readonly kind: 'refused'; readonly refusal: Refusal };

/** False when nothing would change, and when a conflict is not forced. */
export function isExecutable(plan: Plan): boolean {
  return plan.step.action !== 'none' && (plan.step.force || plan.step.conflicts.length === 0);
}

/** What became of a plan. */
export type Outcome =
  /** The server wrote it. */
  | { readonly kind: 'done'; readonly resourceVersion: string; readonly warnings: readonly string[] }
  /** Nothing was written. */
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  /** It was sent, and no answer came; reading afterwards did not settle it either. Never repeated by itself. */
  | { readonly kind: 'unknown'; readonly message: string };
