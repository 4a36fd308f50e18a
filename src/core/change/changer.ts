import type { Clock } from '../base/clock';
import type { Cluster, ClusterPin } from '../cluster/api';
import type { ClusterEngine } from '../drift/ports';
import type { Environment } from '../drift/snapshot';
import type { Found, FoundApplication } from '../drift/snapshot-lookup';
import { confirm, type Confirmation, type ConfirmDialog } from './confirmation';
import { execute } from './execute';
import type { Journal } from './journal';
import { planPause, planResume } from './pause';
import type { Outcome, PausePlan, Plan, PlanEnvironment, Planned, PushPlan, Refusal, ResumePlan } from './plan';
import { planPush } from './push';
import { untilQuiet, untilReconciled, type Quiet } from './settle';

export interface ChangerParts {
  readonly engine: Pick<ClusterEngine, 'current' | 'input' | 'session'>;
  readonly journal: Journal;
  /** Who is at the keyboard, as far as this machine knows; stands in annotations and the journal. */
  readonly person: () => string;
  readonly clock: Clock;
}

/** Longest wait for a controller, milliseconds: a run that waits for health checks may take minutes. */
const PATIENCE = 300_000;

/** Plans and their execution, on whatever session the engine has open at that moment. */
export class Changer {
  readonly #parts: ChangerParts;

  constructor(parts: ChangerParts) {
    this.#parts = parts;
  }

  /** The manifest as the engine last judged it, unsaved text included. */
  async planPush({ environment, object }: Found, force: boolean, signal?: AbortSignal): Promise<Planned<PushPlan>> {
    const input = this.#parts.engine.input(object.id);
    if (!input) return refused('invalid', 'it has not been judged yet');
    if (input.undecided !== undefined) return refused('invalid', `what its applier would send is not known: ${input.undecided}`);
    return this.#planned(environment, (cluster, where) => planPush(cluster, { ref: object.ref, desired: input.desired, applier: input.applier, environment: where, force }, this.#parts.clock, signal));
  }

  async planPause({ environment, application }: FoundApplication, reason: string, signal?: AbortSignal): Promise<Planned<PausePlan>> {
    const unit = application.application;
    if (!unit) return refused('invalid', 'no controller applies this folder');
    return this.#planned(environment, (cluster, where) => planPause(cluster, unit, { reason, by: this.#parts.person() }, where, this.#parts.clock, signal));
  }

  async planResume({ environment, application }: FoundApplication, signal?: AbortSignal): Promise<Planned<ResumePlan>> {
    return this.#planned(environment, (cluster, where) => planResume(cluster, application, where, this.#parts.clock, signal));
  }

  /** Asks the person; `undefined` when the answer was no. */
  confirm(plan: Plan, dialog: ConfirmDialog, signal?: AbortSignal): Promise<Confirmation | undefined> {
    return confirm(plan, dialog, signal);
  }

  execute(plan: Plan, confirmation: Confirmation, signal?: AbortSignal): Promise<Outcome> {
    const { engine, journal, clock } = this.#parts;
    const isWritable = (id: string): boolean => engine.current.environments.some(environment => environment.id === id && environment.writable);
    return execute(plan, confirmation, { cluster: engine.session(plan.pin.context), isWritable, journal, clock }, signal);
  }

  /** Waits until the run that was in flight when the pause was written has ended. */
  quiet({ pin, step }: PausePlan, signal: AbortSignal): Promise<Quiet> {
    const cluster = this.#session(pin);
    return cluster ? untilQuiet(cluster, step.ref, { clock: this.#parts.clock, limit: PATIENCE, signal }) : Promise.resolve('unclear');
  }

  /** Waits until the controller has answered the resume. False: not in time. */
  reconciled({ pin, step, requestedAt }: ResumePlan, signal: AbortSignal): Promise<boolean> {
    const cluster = this.#session(pin);
    return cluster ? untilReconciled(cluster, step.ref, requestedAt, { clock: this.#parts.clock, limit: PATIENCE, signal }) : Promise.resolve(false);
  }

  #session({ context, identity }: ClusterPin): Cluster | undefined {
    const cluster = this.#parts.engine.session(context);
    return cluster?.pin.identity === identity ? cluster : undefined;
  }

  async #planned<P extends Plan>(environment: Environment, plan: (cluster: Cluster, where: PlanEnvironment) => Promise<Planned<P>>): Promise<Planned<P>> {
    const cluster = this.#parts.engine.session(environment.context);
    if (!environment.writable) return refused('readOnly', `changes are not enabled in ${environment.id}`);
    if (!cluster) return this.#parts.engine.current.connection.kind === 'connected' ? refused('wrongCluster', `${environment.context} is not among the clusters that are connected now`) : refused('offline', 'not connected to a cluster');
    const { id, context, namespace, production } = environment;
    return plan(cluster, { id, context, namespace, production });
  }
}

const refused = (kind: Refusal['kind'], message: string): { readonly kind: 'refused'; readonly refusal: Refusal } => ({ kind: 'refused', refusal: { kind, message } });
