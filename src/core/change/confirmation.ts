import { unreachable } from '../base/unreachable';
import { valueText } from '../drift/words';
import { describeRef } from '../kube/identity';
import { formatPath } from '../kube/path';
import { isExecutable, type Plan, type PlannedChange } from './plan';
import { planHash } from './plan-hash';
import type { ResumeEntry } from './resume-preview';

/** What the person is asked. The host draws it as a modal dialog; nothing in it is Markdown. */
export interface Question {
  readonly title: string;
  /** One line each; an empty one parts what belongs together. */
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

/** Something else to decide than one plan; nothing that writes follows from it. */
export interface Choice extends Pick<Question, 'title' | 'lines'> {
  /** The buttons, the first one nearest. */
  readonly actions: readonly string[];
}

/** Resolves to what was chosen, `undefined` when the dialog is cancelled. */
export interface ChoiceDialog {
  choose(choice: Choice): Promise<string | undefined>;
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
  const lines = [
    ...meaning(plan),
    `Cluster: ${pin.context} (${pin.server})`,
    `Namespace: ${step.ref.namespace ?? '(none)'}`,
    `Object: ${describeRef(step.ref)}${step.action === 'create' ? ' (will be created)' : ''}`,
    `Field manager: ${step.manager}`,
    ...(step.action === 'create' ? [] : fieldLines(step.preview.changes)),
    ...apart([
      ...(step.force ? step.conflicts.map(({ field, manager }) => `Takes ${field} from ${manager}`) : []),
      ...plan.warnings,
      ...step.preview.warnings.map(warning => `Server: ${warning}`),
    ]),
  ];
  return { ...words(plan), lines, typed: environment.production || step.force ? environment.context : undefined };
}

const apart = (lines: readonly string[]): readonly string[] => (lines.length === 0 ? [] : ['', ...lines]);

/** Spaces at which no line is broken: a long path starts on its own line, not below an empty one. */
const INDENT = '\u00a0\u00a0';

/** What the controller acts on comes first; annotations tell people something, which stands above already. */
function fieldLines(changes: readonly PlannedChange[]): string[] {
  const notes = changes.filter(isNote);
  const ordered = [...changes.filter(change => !isNote(change)).map(change => `${formatPath(change.path)}: ${changeText(change)}`), ...notes.map(({ path }) => formatPath(path))];
  const shown = ordered.slice(0, MAX_PATHS).map(line => `${INDENT}${line}`);
  const more = changes.length - shown.length;
  return ['', 'Fields:', ...shown, ...(more > 0 ? [`${INDENT}and ${more} more`] : [])];
}

const isNote = ({ path: [first, second] }: PlannedChange): boolean => first?.kind === 'field' && first.name === 'metadata' && second?.kind === 'field' && second.name === 'annotations';

/** Characters of a value: the whole of it stands in the preview. */
const MAX_VALUE = 40;

function changeText({ before, after }: PlannedChange): string {
  if (after === undefined) return `${valueText(before, MAX_VALUE)} is removed`;
  return before === undefined ? valueText(after, MAX_VALUE) : `${valueText(before, MAX_VALUE)} → ${valueText(after, MAX_VALUE)}`;
}

/** What the plan does beyond the fields that it writes. */
function meaning(plan: Plan): string[] {
  switch (plan.kind) {
    case 'push':
      return [];
    case 'pause':
      return [`Reason: ${plan.reason}`, 'Until it is resumed, drift stays as it is and new commits are not applied', ''];
    case 'resume': {
      const { overwritten, deleted, recreated, pruned, unknown } = plan.effect;
      const fields = (entries: readonly ResumeEntry[]): number => entries.reduce((sum, entry) => sum + entry.fields.length, 0);
      const parts = [
        counted(fields(overwritten), 'field', 'set back to Git'),
        counted(fields(deleted), 'field', 'deleted'),
        counted(recreated.length, 'object', 'created again'),
        counted(pruned.length, 'object', 'deleted'),
        counted(unknown.length, 'object', 'not known'),
      ].filter(part => part !== undefined);
      return [parts.length === 0 ? 'Nothing that we can see will change' : parts.join(', '), ''];
    }
    default:
      return unreachable(plan);
  }
}

const counted = (count: number, what: string, fate: string): string | undefined => (count === 0 ? undefined : `${count} ${what}${count === 1 ? '' : 's'} ${fate}`);

function words(plan: Plan): { readonly title: string; readonly action: string } {
  const what = describeRef(plan.step.ref);
  switch (plan.kind) {
    case 'push':
      return { title: `Push ${what} to ${plan.pin.context}?`, action: plan.step.force ? 'Push and Take Over' : 'Push' };
    case 'pause':
      return { title: `Pause ${what} in ${plan.pin.context}?`, action: 'Pause' };
    case 'resume':
      return { title: `Resume ${what} in ${plan.pin.context}?`, action: 'Resume' };
    default:
      return unreachable(plan);
  }
}
