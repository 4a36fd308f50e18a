import { unreachable } from '../base/unreachable';
import { describeRef } from '../kube/identity';
import { formatPath } from '../kube/path';
import { isExecutable, type Plan } from './plan';
import { planHash } from './plan-hash';

/** What the person is asked. The host draws it as a modal dialog; nothing in it is Markdown. */
export interface Question {
  readonly title: string;
  /** One line each. */
  readonly lines: readonly string[];
  /** The button's word: `Push`. */
  readonly action: string;
  /** A text that the person must type in full before the button counts; `undefined` where a click is enough. */
  readonly typed: string | undefined;
}

/** The only door through which a person says yes. Resolves to false when the dialog is cancelled, or closed in any other way. */
export interface ConfirmDialog {
  ask(question: Question, signal?: AbortSignal): Promise<boolean>;
}

class Token {
  readonly #hash: string;
  #used = false;

  constructor(hash: string) {
    this.#hash = hash;
  }

  /** True once, for the plan it was made for, and for objects made here only. */
  static redeem(token: unknown, hash: string): boolean {
    if (typeof token !== 'object' || token === null || !(#hash in token)) return false;
    if (token.#used || token.#hash !== hash) return false;
    token.#used = true;
    return true;
  }
}

/** Proof that a person confirmed one plan. Cannot be built, copied or used twice. */
export type Confirmation = Token;

/** Asks; `undefined` when the person said no, or the plan is not executable. */
export async function confirm(plan: Plan, dialog: ConfirmDialog, signal?: AbortSignal): Promise<Confirmation | undefined> {
  if (!isExecutable(plan)) return undefined;
  const hash = planHash(plan);
  return (await dialog.ask(question(plan), signal)) ? new Token(hash) : undefined;
}

/** Uses the confirmation up. False: it is not one, was used, or belongs to another plan. */
export const redeem = (confirmation: unknown, plan: Plan): boolean => Token.redeem(confirmation, planHash(plan));

/** Paths listed in the dialog; more are counted. */
const MAX_PATHS = 12;

function question(plan: Plan): Question {
  const { step, environment, pin } = plan;
  const paths = step.preview.changes.map(change => formatPath(change.path));
  const lines = [
    `Cluster: ${pin.context} (${pin.server})`,
    `Namespace: ${step.ref.namespace ?? '(none)'}`,
    `Object: ${describeRef(step.ref)}${step.action === 'create' ? ' (will be created)' : ''}`,
    `Field manager: ${step.manager}`,
    ...(step.action === 'create' ? [] : [`Fields: ${paths.slice(0, MAX_PATHS).join(', ')}${paths.length > MAX_PATHS ? ` and ${paths.length - MAX_PATHS} more` : ''}`]),
    ...(step.force ? step.conflicts.map(({ field, manager }) => `Takes ${field} from ${manager}`) : []),
    ...plan.warnings,
    ...step.preview.warnings.map(warning => `Server: ${warning}`),
  ];
  return { ...words(plan), lines, typed: environment.production || step.force ? environment.context : undefined };
}

function words(plan: Plan): { readonly title: string; readonly action: string } {
  const what = describeRef(plan.step.ref);
  switch (plan.kind) {
    case 'push':
      return { title: `Push ${what} to ${plan.pin.context}?`, action: plan.step.force ? 'Push and take over' : 'Push' };
    case 'pause':
      return { title: `Pause ${what} in ${plan.pin.context}?`, action: 'Pause' };
    case 'resume':
      return { title: `Resume ${what} in ${plan.pin.context}?`, action: 'Resume' };
    default:
      return unreachable(plan);
  }
}
