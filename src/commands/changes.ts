import type { Confirmation, ConfirmDialog } from '../core/change/confirmation';
import type { Outcome, PausePlan, Plan, Planned, PushPlan, ResumePlan } from '../core/change/plan';
import type { Quiet } from '../core/change/settle';
import type { Found, FoundApplication } from '../core/drift/snapshot-lookup';

/** What commands ask of `core/change`: plans, and their execution. Nothing is written without a confirmation of that very plan. */
export interface Changes {
  /** `force` takes over what other managers own; the plan then says so, field by field. */
  planPush(found: Found, force: boolean, signal: AbortSignal): Promise<Planned<PushPlan>>;
  planPause(found: FoundApplication, reason: string, signal: AbortSignal): Promise<Planned<PausePlan>>;
  planResume(found: FoundApplication, signal: AbortSignal): Promise<Planned<ResumePlan>>;
  /** Asks the person; `undefined` when the answer was no. The only way to a confirmation. */
  confirm(plan: Plan, dialog: ConfirmDialog, signal?: AbortSignal): Promise<Confirmation | undefined>;
  execute(plan: Plan, confirmation: Confirmation, signal: AbortSignal): Promise<Outcome>;
  /** Waits until the run that was in flight when the pause was written has ended. */
  quiet(plan: PausePlan, signal: AbortSignal): Promise<Quiet>;
  /** Waits until the controller has handled the resume. False: not in time. */
  reconciled(plan: ResumePlan, signal: AbortSignal): Promise<boolean>;
}
